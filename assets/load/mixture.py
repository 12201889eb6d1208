class MixtureOfExperts(nn.Module):
    """The sum over a position's kept choices of weight * expert(x)."""  #if not shared_experts
    """The sum over a position's kept choices of weight * expert(x), and what the shared experts make of x."""  #if shared_experts
    def __init__(self, block):
        super().__init__()
        self.block = block  #if gate=random or drops
        self.gate = Router()  #if not shared_router
        self.noise = nn.Linear(D_MODEL, EXPERTS, bias=ROUTER_BIAS)                 # for training alone  #if noise_weights and not shared_router
        self.experts = nn.ModuleList(FeedForward(D_MODEL, D_FF) for _ in range(EXPERTS))
        self.shared_experts = FeedForward(D_MODEL, SHARED_EXPERTS * D_FF)  #if shared_experts

    def forward(self, x, chosen):                                                  # [B, T, d] [B, T, k]  #if gate=hash  #else def forward(self, x):                                                          # [B, T, d]
        experts, weights, z = self.gate(x)                                         # [B, T, k] [B, T, k] [B, T, N]  #if logits and not gate=expert-choice
        experts, weights, kept, z = self.gate(x)                                   # [B, T, k] thrice, [B, T, N]  #if gate=expert-choice
        experts, weights, z = self.gate(x, chosen)                                 # [B, T, k] [B, T, k], no logits  #if gate=hash
        experts, weights, z = self.gate(x, self.block)                             # [B, T, k] [B, T, k], no logits  #if gate=random
        kept = torch.ones_like(experts, dtype=torch.bool)                          # in evaluation nothing is dropped  #if not drops and not gate=expert-choice
        kept = kept_choices(experts, weights, z, self.block)                       # [B, T, k]  #if drops
        y = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            b, t, j = torch.where(kept & (experts == i))
            y[b, t] += weights[b, t, j, None] * expert(x[b, t])
        self.seen = dict(experts=experts, weights=weights, kept=kept, router_logits=z, router_inputs=x)
        return y  #if not shared_experts
        return y + self.shared_experts(x)  #if shared_experts

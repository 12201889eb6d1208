class MixtureOfExperts(nn.Module):
    """Soft MoE (2308.00951): experts compute slots, mixtures of all positions; a position gets a mixture of what they made."""
    def __init__(self, block):
        super().__init__()
        self.slots = nn.ParameterDict({"weight": torch.randn(EXPERTS, SLOTS, D_MODEL), "scale": torch.ones(1)})
        self.experts = nn.ModuleList(FeedForward(D_MODEL, D_FF) for _ in range(EXPERTS))
        self.shared_experts = FeedForward(D_MODEL, SHARED_EXPERTS * D_FF)  #if shared_experts

    def forward(self, x):                                                          # [B, T, d]
        def unit(v):
            return v / (v.square().sum(-1, keepdim=True) + 1e-12).sqrt()
        logits = unit(x) @ (self.slots["scale"] * unit(self.slots["weight"]).flatten(0, 1)).T    # [B, T, N p]
        slots = logits.softmax(1).transpose(1, 2) @ x                              # [B, N p, d]
        made = torch.cat([expert(own) for expert, own in zip(self.experts, slots.split(SLOTS, 1))], 1)
        shares = logits.softmax(2)
        y = shares @ made
        by_expert = shares.unflatten(-1, (EXPERTS, SLOTS)).sum(-1)                 # [B, T, N]
        experts = top(by_expert, TOP_K)
        self.seen = dict(experts=experts, weights=by_expert.gather(-1, experts), kept=torch.ones_like(experts, dtype=torch.bool),
                         router_logits=logits, router_inputs=x)
        return y  #if not shared_experts
        return y + self.shared_experts(x)  #if shared_experts

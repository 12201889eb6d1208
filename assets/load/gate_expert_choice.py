class Router(nn.Linear):
    """p = softmax(x W^T): each expert takes the C positions of a sequence with its largest p, weighed by p (Zhou 2022)."""
    def __init__(self):
        super().__init__(D_MODEL, EXPERTS, bias=ROUTER_BIAS)                       # W [N, d]
        self.register_buffer("e_score_correction_bias", torch.zeros(EXPERTS))      # of another gate  #if selection_bias

    def forward(self, x):                                                          # [B, T, d]
        z = super().forward(x)                                                     # [B, T, N]
        p = z.softmax(-1)
        fair = CAPACITY_FACTOR * x.shape[1] / EXPERTS  #if not eval_capacity_factor
        fair = EVAL_CAPACITY_FACTOR * x.shape[1] / EXPERTS  #if eval_capacity_factor
        room = max(1, min(x.shape[1], math.ceil(fair - 1e-6)))                     # C
        taken = torch.zeros_like(p, dtype=torch.bool).scatter(1, top(p.transpose(1, 2), room).transpose(1, 2), True)
        experts = top(p, EXPERTS)                                                  # those that took it first, by falling p
        experts = experts.gather(-1, top(taken.gather(-1, experts).int(), EXPERTS))
        experts = experts[..., :max(1, taken.sum(-1).max().item())]                # [B, T, k], k the most of a position
        return experts, (p * taken).gather(-1, experts), taken.gather(-1, experts), z

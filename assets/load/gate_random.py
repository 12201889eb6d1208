class Router(nn.Linear):
    """k experts drawn for each position, each weighed by 1/k; in evaluation the same draws always. What it has learned is not used."""
    def __init__(self):
        super().__init__(D_MODEL, EXPERTS, bias=ROUTER_BIAS)
        self.register_buffer("e_score_correction_bias", torch.zeros(EXPERTS))  #if selection_bias

    def forward(self, x, block):                                                   # [B, T, d]
        draws = torch.rand(x.shape[0] * x.shape[1], EXPERTS, generator=torch.Generator().manual_seed(block))
        experts = top(draws, TOP_K).view(*x.shape[:2], TOP_K).to(x.device)         # [B, T, k]
        return experts, torch.full(experts.shape, 1 / TOP_K, device=x.device), None

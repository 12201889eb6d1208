class Router(nn.Linear):
    """z = x W^T: the k experts with the largest z; balanced by a plan in training alone."""
    def __init__(self):
        super().__init__(D_MODEL, EXPERTS, bias=ROUTER_BIAS)                       # W [N, d]
        self.register_buffer("e_score_correction_bias", torch.zeros(EXPERTS))      # of another gate  #if selection_bias

    def forward(self, x):                                                          # [B, T, d]
        z = super().forward(x)                                                     # [B, T, N]
        experts = top(z, TOP_K)                                                    # [B, T, k]
        weights = z.sigmoid() if TOP_K == 1 else z.softmax(-1)
        return experts, weights.gather(-1, experts), z

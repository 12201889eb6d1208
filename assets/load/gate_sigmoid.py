class Router(nn.Linear):
    """z = x W^T, s = sigmoid(z): the k experts with the largest s, weighed by s over the sum of those k (DeepSeek-V3)."""
    def __init__(self):
        super().__init__(D_MODEL, EXPERTS, bias=ROUTER_BIAS)                       # W [N, d]
        self.register_buffer("e_score_correction_bias", torch.zeros(EXPERTS))      # b  #if selection_bias

    def forward(self, x):                                                          # [B, T, d]
        z = super().forward(x)                                                     # [B, T, N]
        scores = z.sigmoid() + self.e_score_correction_bias                        # b chooses, it does not weigh  #if selection_bias
        scores = in_best_groups(z, z.sigmoid())  #if groups and not selection_bias
        scores = in_best_groups(scores, scores)  #if groups and selection_bias
        experts = top(scores, TOP_K)                                               # [B, T, k]  #if selection_bias or groups  #else experts = top(z, TOP_K)                                                    # [B, T, k], in the order of s too
        weights = F.logsigmoid(z).gather(-1, experts).softmax(-1)                  # s / sum s, where s underflows too
        return experts, weights * ROUTE_SCALE, z

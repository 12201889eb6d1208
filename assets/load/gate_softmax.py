class Router(nn.Linear):
    """z = x W^T, p = softmax(z): the k experts with the largest z, weighed by p (Switch, OLMoE)."""  #if gate=softmax
    """z = x W^T: the k experts with the largest z, weighed by the softmax over those k (Shazeer 2017, Mixtral)."""  #if gate=softmax-renormalised
    def __init__(self):
        super().__init__(D_MODEL, EXPERTS, bias=ROUTER_BIAS)                       # W [N, d]
        self.register_buffer("e_score_correction_bias", torch.zeros(EXPERTS))      # b  #if selection_bias

    def forward(self, x):                                                          # [B, T, d]
        z = super().forward(x)                                                     # [B, T, N]
        p = z.softmax(-1)  #if gate=softmax or selection_bias or groups
        scores = p + self.e_score_correction_bias                                  # b chooses, it does not weigh  #if selection_bias
        scores = in_best_groups(z, p)  #if groups and not selection_bias
        scores = in_best_groups(scores, scores)  #if groups and selection_bias
        experts = top(scores, TOP_K)                                               # [B, T, k]  #if selection_bias or groups  #else experts = top(z, TOP_K)                                                    # [B, T, k]
        return experts, p.gather(-1, experts), z  #if gate=softmax
        return experts, z.gather(-1, experts).softmax(-1), z  #if gate=softmax-renormalised

def in_best_groups(scores, worth):                                                 # [B, T, N] both
    """Scores, -inf outside the groups whose two best are worth most together (DeepSeek-V3, 2412.19437)."""
    groups = worth.unflatten(-1, (ROUTE_GROUPS, -1))
    best = groups.topk(min(2, groups.shape[-1])).values.sum(-1)                    # [B, T, groups]
    kept = torch.zeros_like(best, dtype=torch.bool).scatter(-1, top(best, ROUTE_GROUPS_KEPT), True)
    return scores.masked_fill(~kept.repeat_interleave(groups.shape[-1], -1), -math.inf)

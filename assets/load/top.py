def top(scores, k):
    """Indices of the k largest along the last axis, best first; of equal ones the lower index first."""
    return scores.sort(dim=-1, descending=True, stable=True).indices[..., :k]

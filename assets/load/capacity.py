def kept_choices(experts, weights, z, block):                                      # [B, T, k] [B, T, k] [B, T, N]
    """[B, T, k]: of each sequence an expert keeps C = ceil(factor k T / N) choices, ..."""
    # ... all first choices by position, then all second ones (GShard, Switch).  #if overflow=drop-late
    # ... position by position.  #if overflow=drop-late-token
    # ... those with the largest weights (Megatron).  #if overflow=drop-low
    # ... all first choices, positions with the largest p first, then all second ones (V-MoE).  #if overflow=drop-bpr
    # ... at random; in evaluation the same draws always.  #if overflow=drop-random
    sequences, length, k = experts.shape
    room = max(1, min(length, math.ceil(EVAL_CAPACITY_FACTOR * k * length / EXPERTS - 1e-6)))
    choices = torch.arange(length * k, device=experts.device).view(length, k)  #if overflow=drop-late or overflow=drop-late-token or overflow=drop-bpr
    order = choices.T.flatten()  #if overflow=drop-late
    order = choices.flatten()  #if overflow=drop-late-token
    order = top(weights.flatten(1), length * k)  #if overflow=drop-low
    p = z.softmax(-1)  #if overflow=drop-bpr and not gate=sigmoid and logits
    p = F.logsigmoid(z).softmax(-1)                                                # s / sum s  #if overflow=drop-bpr and gate=sigmoid
    order = choices[top(p.amax(-1), length)].transpose(1, 2).flatten(1)  #if overflow=drop-bpr and logits
    order = choices.T.flatten()                                                    # no p: by position  #if overflow=drop-bpr and not logits
    order = torch.randperm(length * k, generator=torch.Generator().manual_seed(block)).to(experts.device)  #if overflow=drop-random
    order = order.expand(sequences, -1)                                            # [B, T k]
    ordered = F.one_hot(experts.flatten(1).gather(1, order), EXPERTS)              # [B, T k, N]
    place = (ordered.cumsum(1) * ordered).sum(-1)                                  # 1 for an expert's first, ...
    return torch.zeros_like(order, dtype=torch.bool).scatter(1, order, place <= room).view_as(experts)

class Attention(nn.Module):
    """Causal: each head averages the values of positions up to its own by softmax(q k / sqrt(d / H))."""
    def __init__(self):
        super().__init__()
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(D_MODEL, D_MODEL, bias=ATTENTION_BIAS))

    def forward(self, x):                                                          # [B, T, d]
        q, k, v = (part(x).unflatten(-1, (HEADS, -1)).transpose(1, 2)              # [B, H, T, d / H]
                   for part in (self.q_proj, self.k_proj, self.v_proj))
        scores = q @ k.transpose(2, 3) / math.sqrt(D_MODEL // HEADS)               # [B, H, T, T]
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=x.device).triu(1)
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ v
        return self.o_proj(mixed.transpose(1, 2).flatten(2))

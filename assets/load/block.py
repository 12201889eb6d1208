class Block(nn.Module):
    """x + A(norm(x)), then x + F(norm(x)): attention and a feed-forward."""  #if residual and task=language
    """A(x), then F(x): attention and a feed-forward."""  #if not residual and task=language
    """x + F(norm(x)): a feed-forward."""  #if residual and task=clusters
    """F(x): a feed-forward."""  #if not residual and task=clusters
    def __init__(self, block):
        super().__init__()
        self.input_layernorm = Norm(D_MODEL)  #if residual
        self.self_attn = Attention()  #if task=language
        self.post_attention_layernorm = Norm(D_MODEL)  #if residual and task=language
        self.mlp = FeedForward(D_MODEL, D_FF)  #if not moe
        self.block_sparse_moe = MixtureOfExperts(block)  #if moe and not mixed
        self.is_mixture = block % MOE_EVERY == MOE_EVERY - 1  #if mixed
        if self.is_mixture:  #if mixed
            self.block_sparse_moe = MixtureOfExperts(block)  #if mixed
        else:  #if mixed
            self.mlp = FeedForward(D_MODEL, D_FF)  #if mixed

    def forward(self, x, chosen):  #if gate=hash  #else def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))  #if residual and task=language
        x = self.self_attn(x)  #if not residual and task=language
        h = self.post_attention_layernorm(x)  #if residual and task=language
        h = self.input_layernorm(x)  #if residual and task=clusters
        h = x  #if not residual
        made = self.mlp(h)  #if not moe
        made = self.block_sparse_moe(h)  #if moe and not mixed and not gate=hash
        made = self.block_sparse_moe(h, chosen)  #if moe and not mixed and gate=hash
        made = self.block_sparse_moe(h) if self.is_mixture else self.mlp(h)  #if mixed and not gate=hash
        made = self.block_sparse_moe(h, chosen) if self.is_mixture else self.mlp(h)  #if mixed and gate=hash
        return x + made  #if residual
        return made  #if not residual

class FeedForward(nn.Module):
    """w2 relu(w1 x)."""  #if expert=relu
    """w2 gelu(w1 x), the exact gelu."""  #if expert=gelu
    """w2 (silu(w1 x) * w3 x) (SwiGLU, 2002.05202)."""  #if expert=swiglu
    """w2 (gelu(w1 x) * w3 x), the exact gelu (GEGLU, 2002.05202)."""  #if expert=geglu
    def __init__(self, width, hidden):
        super().__init__()
        self.w1 = nn.Linear(width, hidden, bias=EXPERT_BIAS)
        self.w2 = nn.Linear(hidden, width, bias=EXPERT_BIAS)
        self.w3 = nn.Linear(width, hidden, bias=EXPERT_BIAS)  #if gated

    def forward(self, x):                                                          # [..., d]
        return self.w2(F.relu(self.w1(x)))  #if expert=relu
        return self.w2(F.gelu(self.w1(x)))  #if expert=gelu
        return self.w2(F.silu(self.w1(x)) * self.w3(x))  #if expert=swiglu
        return self.w2(F.gelu(self.w1(x)) * self.w3(x))  #if expert=geglu

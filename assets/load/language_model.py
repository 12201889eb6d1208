class Model(nn.Module):
    """Logits of the character after each position."""
    def __init__(self):
        super().__init__()
        self.model = Stack()
        self.lm_head = nn.Linear(D_MODEL, VOCABULARY, bias=False)  #if not tied_head

    def forward(self, ids):                                                        # [B, T], T at most CONTEXT
        return self.lm_head(self.model(ids))                                       # [B, T, V]  #if not tied_head
        return F.linear(self.model(ids), self.model.embed_tokens.weight)           # [B, T, V]  #if tied_head

class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(VOCABULARY, D_MODEL)  #if task=language
        self.embed_positions = nn.Embedding(CONTEXT, D_MODEL)  #if task=language
        self.register_buffer("token_counts", torch.zeros(VOCABULARY))              # how often each id occurs in training  #if token_counts
        self.input_map = nn.Linear(DIMS, D_MODEL)  #if input_map
        self.layers = nn.ModuleList(Block(block) for block in range(LAYERS))
        self.norm = Norm(D_MODEL)  #if residual
        self.shared_router = nn.ModuleDict({"gate": Router()})  #if shared_router
        self.shared_router["noise"] = nn.Linear(D_MODEL, EXPERTS, bias=ROUTER_BIAS)    # for training alone  #if shared_router and noise_weights
        for part in self.modules():  #if shared_router
            if isinstance(part, MixtureOfExperts):  #if shared_router
                part.__dict__["gate"] = self.shared_router["gate"]                 # past nn.Module: weights of its own it has none  #if shared_router

    def forward(self, ids):                                                        # [B, T]  #if task=language  #else def forward(self, points):                                                     # [B, T, dims]
        x = self.embed_tokens(ids) + self.embed_positions.weight[:ids.shape[1]]    # [B, T, d]  #if task=language
        if not hasattr(self, "tables"):  #if gate=hash
            self.tables = hash_tables(self.token_counts)                           # [k, V]  #if gate=hash
        chosen = self.tables[:, ids.cpu()].permute(1, 2, 0).to(x.device)           # [B, T, k]  #if gate=hash
        x = self.input_map(points)                                                 # [B, T, d]  #if input_map
        x = points                                                                 # dims = d  #if task=clusters and not input_map
        for layer in self.layers:
            x = layer(x, chosen)  #if gate=hash  #else x = layer(x)
        return self.norm(x)  #if residual
        return x  #if not residual

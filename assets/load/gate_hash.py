class Router(nn.Linear):
    """The k experts that the tables have for the character, each weighed by 1/k (Roller 2021). What it has learned is not used."""
    def __init__(self):
        super().__init__(D_MODEL, EXPERTS, bias=ROUTER_BIAS)
        self.register_buffer("e_score_correction_bias", torch.zeros(EXPERTS))  #if selection_bias

    def forward(self, x, experts):                                                 # [B, T, d], [B, T, k]
        return experts, torch.full(experts.shape, 1 / TOP_K, device=x.device), None


def hash_tables(counts):
    """[k, V]: k experts for each id; the most frequent id first, each to the expert that has least, of equal ones the first."""
    counts, tables = counts.tolist(), []
    for _ in range(TOP_K):
        loads, table = [0.0] * EXPERTS, [0] * len(counts)
        for i in sorted(range(len(counts)), key=lambda i: (-counts[i], i)):
            table[i] = min(set(range(EXPERTS)) - {earlier[i] for earlier in tables}, key=lambda e: (loads[e], e))
            loads[table[i]] += max(counts[i], 0.001)                               # what never occurs is spread as well
        tables.append(table)
    return torch.tensor(tables)

class Norm(nn.Module):
    """x / sqrt(mean(x^2) + 1e-5) * weight (RMSNorm, 1910.07467)."""
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * self.weight

Norm = nn.LayerNorm  # (x - mean) / sqrt(variance + 1e-5) * weight + bias

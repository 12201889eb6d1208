def encode(model, text):
    """Points [T, dims] of "x,y x,y ...", in the units of the file they came from, standardised as in training."""
    points = torch.tensor([[float(number) for number in point.split(",")] for point in text.split()], dtype=torch.float64)
    if points.shape[-1] != DIMS:
        raise ValueError(f"a point has {DIMS} coordinates")
    data = model.info["data"]
    if "centre" in data:
        centre, spread = (torch.tensor(data[key], dtype=torch.float64) for key in ("centre", "spread"))
        points = (points - centre) / spread
    return points.clamp(-1e6, 1e6).float()

def load(path=WEIGHTS):
    """The model with its weights; what its file says of it is in model.info."""
    tensors, info = read(path)
    info |= {key: json.loads(info[key]) for key in ("config", "data", "vocabulary")}
    for key, value in info["config"].items():
        if globals().get(key.upper(), value) != value:
            raise ValueError(f"{path}: {key} is {value!r} there; this file was written for {globals()[key.upper()]!r}")
    said = info["config"]  #if moe
    if said.get("muted", "none") != "none" or said.get("steer", 0) and said.get("steered", "none") != "none":  #if moe
        raise ValueError(f"{path}: experts are muted or steered there, which this file does not know")  #if moe
    model = Model()
    # Buffers of zeros are not in the file.
    model.load_state_dict({**dict(model.named_buffers()), **tensors})
    model.info = info
    return model.eval()

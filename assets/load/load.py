def load(path=WEIGHTS):
    """The model with its weights; what its file says of it is in model.info."""
    tensors, info = read(path)
    info |= {key: json.loads(info[key]) for key in ("config", "data", "vocabulary")}
    written = {"MUTED": "none", "STEER": 0.0, **globals()}
    for key, value in info["config"].items():
        if written.get(key.upper(), value) != value:
            raise ValueError(f"{path}: {key} is {value!r} there; this file was written for {written[key.upper()]!r}")
    model = Model()
    model.load_state_dict({**dict(model.named_buffers()), **tensors})              # buffers of zeros are not in the file
    model.info = info
    return model.eval()

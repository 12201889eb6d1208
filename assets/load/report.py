@torch.no_grad()
def report(model, text):
    """Every decision on a text, in the form of `switchyard route --json --full`."""  #if task=language
    """Every decision on points, in the form of `switchyard route --json --full`."""  #if task=clusters
    given = encode(model, text)
    if not 1 <= given.shape[1] <= CONTEXT:  #if task=language
        raise ValueError(f"{given.shape[1]} characters that it knows: allowed is 1 to {CONTEXT}")  #if task=language
    logits = model(given)[0]                                                       # [T, V]  #if task=language
    logits = model(given)                                                          # [T, C]  #if task=clusters
    told = {key: model.info[key] for key in ("switchyard", "config", "vocabulary")} | {"precision": "fp32"}
    told["tokens"] = [told["vocabulary"][i] for i in given[0]]  #if task=language
    told["tokens"] = text.split()  #if task=clusters
    told |= {"logits": logits.tolist(), "layers": []}
    for block, layer in enumerate(model.model.layers):  #if moe
        if hasattr(layer, "block_sparse_moe"):  #if moe
            seen = layer.block_sparse_moe.seen.items()  #if moe
            told["layers"].append({"layer": block} | {key: None if value is None else value[0].tolist() for key, value in seen})  #if moe
    return told


def shown(text):
    """What comes from a file may hold anything: nothing in it moves a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_table(told):
    """A line a position: its experts in each mixture with their weights, in brackets where dropped; the likeliest of what follows."""  #if task=language and moe
    """A line a position: the likeliest of what follows."""  #if task=language and not moe
    """A line a point: its experts in each mixture with their weights, in brackets where dropped; its class."""  #if task=clusters and moe
    """A line a point: its class."""  #if task=clusters and not moe
    for t, token in enumerate(told["tokens"]):
        line = f"{t:4}  {shown(token):10}"
        for layer in told["layers"]:  #if moe
            for expert, weight, kept in zip(layer["experts"][t], layer["weights"][t], layer["kept"][t]):  #if moe
                line += f"  E{expert:02} {weight:.2f} " if kept else f" (E{expert:02} {weight:.2f})"  #if moe
            line += "  |"  #if moe
        chances = torch.tensor(told["logits"][t]).softmax(-1)
        best = top(chances, min(3, len(chances)))
        print(line, ", ".join(f"'{shown(told['vocabulary'][i])}' {chances[i]:.2f}" for i in best))

def encode(model, text):
    """Ids [1, T] of a text's characters. As in training CR LF is one newline; what has no id is <unk>, or left out."""
    ids = {token: i for i, token in enumerate(model.info["vocabulary"])}
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found = [ids.get(character, ids.get("<unk>")) for character in text]
    return torch.tensor([[i for i in found if i is not None]], dtype=torch.long)


@torch.no_grad()
def generate(model, prompt, count, temperature=1.0, top_k=0, seed=0):
    """`count` characters after a prompt, each drawn from softmax(logits / temperature) of the top_k likeliest (0: of all)."""
    tokens = model.info["vocabulary"]
    most = 1 if temperature <= 0 else top_k or VOCABULARY
    draws = torch.Generator().manual_seed(seed)
    ids = encode(model, prompt or "\n")[0].tolist() or [0]
    for _ in range(count):
        logits = model(torch.tensor([ids[-CONTEXT:]]))[0, -1]
        best = [i for i in top(logits, VOCABULARY).tolist() if tokens[i] != "<unk>"][:most]
        chances = (logits[best] / (temperature or 1)).softmax(-1)
        ids.append(best[torch.multinomial(chances, 1, generator=draws).item()])
        yield tokens[ids[-1]]

"""Runs the load.py of every folder in one, and compares what it finds with what the program said (route.json)."""
import ast
import contextlib
import importlib.util
import io
import json
import pathlib
import struct
import sys

import torch

TOLERANCE = 1e-4
MOST_LINES = 300

root = pathlib.Path(sys.argv[1])
torch.set_num_threads(1)


def check_format(path):
    """The rules of the safetensors format, from its description alone."""
    data = path.read_bytes()
    length, = struct.unpack("<Q", data[:8])
    assert length % 8 == 0, "the data are not aligned"
    header = data[8:8 + length]
    assert header[:1] == b"{" and not header.rstrip(b" ").endswith(b" ")

    def without_twins(pairs):
        assert len({key for key, _ in pairs}) == len(pairs), "a key is there twice"
        return dict(pairs)

    entries = json.loads(header.decode("utf-8"), object_pairs_hook=without_twins)
    texts = entries.pop("__metadata__")
    assert all(isinstance(text, str) for text in texts.values()), "metadata that is no text"
    assert texts["format"] == "pt"
    reached = 0
    for name, entry in entries.items():
        assert set(entry) == {"dtype", "shape", "data_offsets"} and entry["dtype"] == "F32", name
        begin, end = entry["data_offsets"]
        count = 1
        for size in entry["shape"]:
            assert isinstance(size, int) and size > 0
            count *= size
        assert begin == reached and end - begin == 4 * count, f"{name}: a gap, an overlap or another size"
        reached = end
    assert 8 + length + reached == len(data), "more behind the last tensor"


checked = set()


def check_source(source):
    """What a person opens: short, plain ASCII, and no name in it that is not used."""
    assert source.isascii() and "\t" not in source and "#if" not in source and "\n\n\n\n" not in source
    lines = source.split("\n")
    assert len(lines) <= MOST_LINES, f"{len(lines)} lines"
    assert all(line == line.rstrip() and len(line) <= 140 for line in lines), max(lines, key=len)
    code = "\n".join(line for line in lines if not line[:1].isupper())
    if code in checked:
        return
    checked.add(code)
    tree = ast.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in tree.body:
        if isinstance(node, ast.Import):
            assert all(name.name in used for name in node.names), f"import {node.names[0].name} is not used"
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            assert node.name in used, f"{node.name} is not used"
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            own = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            loaded = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
            assert own <= loaded | {"_"}, f"{function.name}: {own - loaded} not used"


def largest(a, b):
    a, b = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    assert a.shape == b.shape, f"shape {list(a.shape)} for {list(b.shape)}"
    return (a - b).abs().max().item() if a.numel() else 0.0


def printed(module, *arguments):
    out = io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True)
    before, sys.argv = sys.argv, ["load.py", *arguments]
    try:
        with contextlib.redirect_stdout(out):
            module.main()
    finally:
        sys.argv = before
    return out.buffer.getvalue().decode()


class Unsure:
    """A model to which <unk> is likeliest always."""

    def __init__(self, info):
        self.info = info

    def __call__(self, ids):
        return torch.tensor([[[9.0 if token == "<unk>" else 0.0 for token in self.info["vocabulary"]]]])


def compare(folder, number, name):
    check_format(folder / "model.safetensors")
    check_source((folder / "load.py").read_text())
    spec = importlib.util.spec_from_file_location(f"load{number}", folder / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load()
    asked = json.loads((folder / "expected.json").read_text())
    told = json.loads((folder / "route.json").read_text())
    points = "classifier.weight" in model.state_dict()
    given = [f"--points={asked['given']}"] if points else ["--text", asked["given"]]
    mine = module.report(model, asked["given"])
    if points:
        assert [len(mine["tokens"]), len(mine["vocabulary"])] == list(torch.tensor(mine["logits"]).shape)
        mine |= {"tokens": told["tokens"], "vocabulary": told["vocabulary"]}
    else:
        if "greedy" in asked:
            greedy = "".join(module.generate(model, "Once", 8, temperature=0))
            assert greedy == asked["greedy"], f"{greedy!r} for {asked['greedy']!r}"
        assert "<unk>" not in list(module.generate(Unsure(model.info), "Once", 3)), "<unk> is no text"
        if number % 12 == 0:
            texts = [printed(module, "--generate", "9", "--prompt", "Once", "--seed", seed) for seed in ("1", "1", "2")]
            assert texts[0] == texts[1] != texts[2], texts
            far = list(module.generate(model, "", module.CONTEXT + 3, top_k=2))
            assert len(far) == module.CONTEXT + 3
    assert set(mine) == set(told), set(mine) ^ set(told)
    for key in set(told) - {"logits", "layers"}:
        assert mine[key] == told[key], f"{key}: {mine[key]} for {told[key]}"
    off = {"logits": largest(mine["logits"], told["logits"]), "weights": 0.0, "router": 0.0}
    assert len(mine["layers"]) == len(told["layers"])
    dropped = 0
    for own, other in zip(mine["layers"], told["layers"]):
        assert set(own) == set(other), set(own) ^ set(other)
        assert own["layer"] == other["layer"]
        assert own["experts"] == other["experts"] and own["kept"] == other["kept"], f"layer {own['layer']} chooses otherwise"
        off["weights"] = max(off["weights"], largest(own["weights"], other["weights"]))
        off["router"] = max(off["router"], largest(own["router_inputs"], other["router_inputs"]))
        assert (own["router_logits"] is None) == (other["router_logits"] is None)
        if own["router_logits"] is not None:
            off["router"] = max(off["router"], largest(own["router_logits"], other["router_logits"]))
        dropped += sum(not kept for row in own["kept"] for kept in row)
    if number % 12 == 0 or "yours" in name:
        assert json.loads(printed(module, "--json", *given))["logits"] == mine["logits"]
        for text in (printed(module), printed(module, *given)):
            assert text.count("\n") > 3 and not any(c < " " and c != "\n" for c in text), text
    return off, dropped, len((folder / "load.py").read_text().splitlines())


def check_another(root, names):
    """Weights of another configuration are refused, by name."""
    spec = importlib.util.spec_from_file_location("first", root / "0" / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for number in range(1, len(names)):
        there = json.loads(module.read(root / str(number) / "model.safetensors")[1]["config"])
        if there["gate"] != module.GATE:
            try:
                module.load(root / str(number) / "model.safetensors")
            except ValueError as error:
                assert "gate" in str(error) or "expert" in str(error) or "norm" in str(error), error
                return
            raise AssertionError("weights of another gate were taken")


names = json.loads((root / "rows.json").read_text())
check_another(root, names)
bad = 0
for number, name in enumerate(names):
    try:
        off, dropped, lines = compare(root / str(number), number, name)
        wrong = "" if max(off.values()) <= TOLERANCE else "DEVIATES"
        figures = "  ".join(f"{key} {value:.1e}" for key, value in off.items())
        print(f"{name:66} {figures}  dropped {dropped:3}  {lines} lines {wrong}")
    except (Exception, SystemExit) as error:
        wrong = f"{type(error).__name__}: {error}"
        print(f"{name:66} {wrong}")
    bad += bool(wrong)
print(f"{number + 1} models, {bad} of them wrong")
sys.exit(bad > 0)

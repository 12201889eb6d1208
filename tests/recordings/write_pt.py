"""Files as torch.save leaves them, and what numpy makes of them: write_pt.py CASE FOLDER. expected.json has the counts of each
step/layer; what is evil in them would make the file MARK beside them."""
import io
import json
import os
import shutil
import sys
import tarfile
import warnings
import zipfile

import numpy as np
import torch

CASE, FOLDER = sys.argv[1:3]
rng = np.random.default_rng(5)
counts = {}


def save(name, data):
    torch.save(data, os.path.join(FOLDER, name))


def count(step, layer, ids, n):
    key = f"{step}/{layer}"
    ids = np.asarray(ids).ravel()
    counts[key] = (np.array(counts.get(key, [0] * n)) + np.bincount(ids[ids >= 0], minlength=n)).tolist()


def stat():
    """5 passes of 4 layers, 6 experts; layer 0 is dense, place 2 of the ring is empty: pass 0 is behind it."""
    all_counts = rng.integers(0, 40, (5, 4, 6)).astype("i4")
    all_counts[:, 0] = 0
    all_counts[2] = 0
    for step, at in enumerate((3, 4, 0, 1)):
        for layer in (1, 2, 3):
            counts[f"{step}/{layer}"] = all_counts[at, layer].tolist()
    save("a.pt", {"rank": 0, "logical_count": torch.tensor(all_counts), "average_utilization_rate_over_window": None})
    save("float.pt", {"rank": 0, "logical_count": torch.tensor(all_counts), "average_utilization_rate_over_window": {5: 0.5}})
    # A full ring, and one whose end was never written.
    save("full.pt", {"rank": 0, "logical_count": torch.tensor(all_counts[3:])})
    save("begun.pt", {"rank": 0, "logical_count": torch.tensor(all_counts[[3, 4, 0, 1, 2]])})


def per_token():
    """Two ranks, 3 layers of 5 experts in 7 places, k 2 in rows of 8; pass 4 in two halves, the last row of a pass is padding."""
    places = np.stack([rng.permutation(np.r_[np.arange(5), [0, 3]]) for _ in range(3)])
    tokens = {}
    for rank in (0, 1):
        records = []
        for step, lengths in ((3, [4, 5]), (4, [1]), (4, [2]), (6, [3, 3])):
            t = sum(lengths)
            ids = np.full((3, t + 1, 8), -1, "i4")
            for layer in (0, 1, 2):
                for row in range(t):
                    ids[layer, row, :2] = rng.permutation(7)[:2]
                if layer == 1:
                    ids[layer, 0, 0] = -1  # one expert alone, in the second place
                own = ids[layer, :t]
                count(step, layer, np.where(own >= 0, places[layer][np.maximum(own, 0)], -1), 5)
            inputs = rng.integers(0, 100, t)
            tokens.setdefault(f"{rank}/{step}", []).extend(inputs.tolist())
            positions = np.concatenate([np.arange(n) for n in lengths])
            records.append({"forward_pass_id": step, "rank": rank, "gatherer_key": "primary", "input_ids": inputs.tolist(),
                            "positions": positions.tolist(), "extend_seq_lens": lengths, "forward_mode": 1,
                            "topk_ids_of_layer": torch.tensor(ids), "misc_objects": []})
        save(f"rank{rank}.pt", {"records": records, "last_physical_to_logical_map": torch.tensor(places)})
    # Another rank that saw the same tokens, but for one expert of its last pass; and a copy.
    for record in records:
        record["rank"] = 2
    records[-1]["topk_ids_of_layer"][0, 0, :2] = records[-1]["topk_ids_of_layer"][0, 0, :2].flip(0)
    save("rank2.pt", {"records": records, "last_physical_to_logical_map": torch.tensor(places)})
    shutil.copy(os.path.join(FOLDER, "rank1.pt"), os.path.join(FOLDER, "again.pt"))
    return {"tokens": tokens}


def flat():
    """One record by itself, without a map."""
    ids = np.full((2, 6, 8), -1, "i4")
    for layer in (0, 1):
        for row in range(6):
            ids[layer, row, :3] = rng.permutation(300)[:3]
        count(0, layer, ids[layer], 300)
    save("a.pt", {"rank": 2, "input_ids": torch.arange(6), "positions": torch.tensor([0, 1, 2, 0, 1, 2]),
                  "topk_ids_of_layer": torch.tensor(ids)})
    return {"highest": int(ids.max())}


def per_pass():
    """3 layers of 4 experts in 6 places; layer 0 is dense, pass 8 had no token."""
    places = np.stack([rng.permutation(np.r_[np.arange(4), [1, 2]]) for _ in range(3)])
    records = []
    for step in (7, 8, 9):
        own = rng.integers(0, 30, (3, 6)).astype("i4")
        own[0 if step != 8 else slice(None)] = 0
        for layer in (1, 2) if step != 8 else ():
            made = np.zeros(4, int)
            np.add.at(made, places[layer], own[layer])
            counts[f"{step}/{layer}"] = made.tolist()
        records.append({"forward_pass_id": step, "rank": 0, "gatherer_key": "primary", "global_physical_count": torch.tensor(own)})
    save("a.pt", {"records": records, "last_physical_to_logical_map": torch.tensor(places)})


def logits():
    """Two steps of layers 0 and 2 (layer 1 is dense) with 2 x 5 rows; probabilities.pt has their softmax."""
    steps, as_p = [], []
    for step in (1, 2):
        layers, ps = [], []
        for layer in range(3):
            if layer == 1:
                layers.append(None), ps.append(None)
                continue
            z = torch.tensor(rng.normal(size=(10, 6)) * 2, dtype=torch.float32).bfloat16()
            best = np.argsort(-z.float().numpy(), 1, kind="stable")[:, :2]
            count(step, layer, best, 6)
            layers.append(z), ps.append(torch.softmax(z.float(), 1))
        steps.append(tuple(layers)), as_p.append(tuple(ps))
    save("a.pt", steps)
    save("probabilities.pt", as_p)
    save("counts.pt", {"rank": 0, "logical_count": torch.ones((1, 3, 6), dtype=torch.int32)})
    save("one.pt", {"router_logits": steps[0], "input_ids": torch.arange(10).reshape(2, 5)})


class Evil:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch '{self.mark}'",)


def evil():
    """What must be refused, by name."""
    mark = os.path.join(FOLDER, "MARK")
    save("call.pt", {"rank": 0, "logical_count": Evil(mark)})
    torch.save({"logical_count": Evil(mark)}, os.path.join(FOLDER, "old.pt"), _use_new_zipfile_serialization=False)

    class Program(torch.nn.Module):
        def forward(self, x):
            return x

    torch.jit.script(Program()).save(os.path.join(FOLDER, "script.pt"))
    save("array.pt", {"logical_count": np.zeros((1, 1, 2))})
    save("repeats.pt", {"logical_count": torch.ones(1, dtype=torch.int32).expand(100000, 100000, 4)})
    save("flat.pt", {"logical_count": torch.ones(3, 4, dtype=torch.int32)})
    save("floats.pt", {"logical_count": torch.ones(3, 2, 4)})
    save("below.pt", {"logical_count": -torch.ones(3, 2, 4, dtype=torch.int32)})
    save("other.pt", {"state_dict": {"a": torch.ones(2)}})
    save("many.pt", {"logical_count": torch.ones(1, 1, 70000, dtype=torch.int32)})
    save("place.pt", {"records": [{"topk_ids_of_layer": torch.full((2, 3, 8), 9, dtype=torch.int32)}],
                      "last_physical_to_logical_map": torch.zeros(2, 4, dtype=torch.int64)})
    save("good.pt", {"logical_count": torch.ones(1, 1, 4, dtype=torch.int32)})
    with open(os.path.join(FOLDER, "good.pt"), "rb") as file:
        whole = file.read()
    with open(os.path.join(FOLDER, "cut.pt"), "wb") as file:
        file.write(whole[:len(whole) // 2])
    with open(os.path.join(FOLDER, "text.pt"), "w") as file:
        file.write("no archive")
    with zipfile.ZipFile(os.path.join(FOLDER, "good.pt")) as good, \
            zipfile.ZipFile(os.path.join(FOLDER, "packed.pt"), "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in good.infolist():
            packed.writestr(entry.filename, good.read(entry) + b"\0" * 100000)
    otherwise(whole)


def otherwise(whole):
    """What torch would read in another way than it looks, or beyond what is there."""
    def put(name, data):
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)

    def archive(name, changed={}, more=()):
        with zipfile.ZipFile(io.BytesIO(whole)) as good, zipfile.ZipFile(os.path.join(FOLDER, name), "w") as to:
            for entry in good.infolist():
                data = good.read(entry)
                for old, new in changed.items() if entry.filename.endswith("data.pkl") else ():
                    assert data.count(old) == 1, (name, old)
                    data = data.replace(old, new)
                to.writestr(entry.filename, data)
            for entry in more:
                to.writestr(entry, b"x")

    # zipfile looks at the end, torch at the beginning.
    with open(os.path.join(FOLDER, "old.pt"), "rb") as file:
        put("before.pt", file.read() + whole)
    with tarfile.open(os.path.join(FOLDER, "tape.pt"), "w") as tape:
        tape.addfile(tarfile.TarInfo("storages"))
    with open(os.path.join(FOLDER, "tape.pt"), "ab") as file:
        file.write(whole)
    zipfile.ZIP64_LIMIT, limit = 1, zipfile.ZIP64_LIMIT  # sizes and places as they are beyond 4 GB
    archive("sizes.pt")
    zipfile.ZIP64_LIMIT = limit
    archive("upper.pt", more=["good/Constants.PKL"])
    archive("code.pt", more=["good/CODE/a.py"])
    archive("long.pt", more=["good/" + "a" * 600])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive("twice.pt", more=["good/version"])
    archive("case.pt", more=["GOOD/data.pkl"])
    # 4 numbers of 4 bytes are there.
    archive("numel.pt", {b"K\x04tq\x07Q": b"K\x7ftq\x07Q"})
    archive("fewer.pt", {b"K\x04tq\x07Q": b"K\x03tq\x07Q"})
    archive("wider.pt", {b"IntStorage": b"LongStorage"})
    archive("past.pt", {b"QK\x00K\x01": b"QK\x01K\x01"})
    archive("stride.pt", {b"K\x04K\x04K\x01\x87q\x09": b"K\x04K\x04K\x02\x87q\x09"})
    archive("absent.pt", {b"X\x01\x00\x00\x000q\x05": b"X\x01\x00\x00\x007q\x05"})
    save("layers.pt", {"records": [{"global_physical_count": torch.ones((5000, 1), dtype=torch.int8)}]})
    save("cells.pt", {"logical_count": torch.ones((2000, 4000, 1), dtype=torch.int8)})
    wide = {"rank": 0, "topk_ids_of_layer": torch.arange(1024, dtype=torch.int16).reshape(1, 1, 1024)}
    tall = {"rank": 0, "topk_ids_of_layer": torch.zeros((1, 100000, 1), dtype=torch.int8)}
    save("widened.pt", {"records": [wide, tall], "last_physical_to_logical_map": torch.arange(1024).reshape(1, 1024)})
    archive("operand.pt", {b"\x89c": b"\x89\x81c"})
    broken = bytearray(whole)
    broken[whole.index(b"\1\0\0\0" * 4)] = 2
    put("checksum.pt", broken)
    save("sparse.pt", {"logical_count": torch.ones(1, 1, 4).to_sparse()})
    save("cube.pt", {"router_logits": (torch.ones(1).expand(1 << 20, 1 << 20, 64),)})
    save("lengths.pt", {"records": [{"topk_ids_of_layer": torch.zeros((1, 4, 1), dtype=torch.int32),
                                     "extend_seq_lens": torch.tensor([2**63 - 1, 1, 2**63 - 1, 5])}],
                        "last_physical_to_logical_map": torch.zeros(1, 4, dtype=torch.int64)})
    save("tokens.pt", {"records": [{"topk_ids_of_layer": torch.zeros((1, 1, 1), dtype=torch.int32), "input_ids": [1 << 40]}],
                       "last_physical_to_logical_map": torch.zeros(1, 4, dtype=torch.int64)})
    save("invented.pt", {"records": [{"topk_ids_of_layer": torch.zeros((1, 1, 1), dtype=torch.int32)}],
                         "last_physical_to_logical_map": torch.full((1, 4), 4)})
    record = {"global_physical_count": torch.ones((1, 100), dtype=torch.int32)}
    save("alias.pt", {"records": [record] * 100})
    save("terminal.pt", {"\x1b[31mred": 1})


os.makedirs(FOLDER, exist_ok=True)
more = globals()[CASE]() or {}
with open(os.path.join(FOLDER, "expected.json"), "w") as file:
    json.dump({"counts": counts, **more}, file)

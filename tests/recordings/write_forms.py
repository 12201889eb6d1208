"""Recordings as others write them, and what they hold: write_forms.py FORM FOLDER. Nothing is shared with the program."""
import json
import os
import sys

import numpy as np

FORM, FOLDER = sys.argv[1:3]
rng = np.random.default_rng(11)


def save(expected):
    with open(os.path.join(FOLDER, "expected.json"), "w") as file:
        json.dump(expected, file)


def lines(name, rows):
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))


def bf16(values):
    return (np.ascontiguousarray(values, "<f4").view("<u4") >> 16).astype("<u2")


def megatron():
    """Two ranks of two stages with two layers each, N 8, k 2, two micro-batches; rank 0 with logits. Expected: counts."""
    n, k, t = 8, 2, 48
    counts = {}
    first = []
    for rank in (0, 1):
        rows, blob = [], b""
        for step in range(3, 6):
            for micro in range(2):
                for layer in (0, 1):
                    logits = bf16(rng.normal(size=(t, n)) * 2)
                    z = (logits.astype("<u4") << 16).view("<f4")
                    best = np.argsort(-z, 1, kind="stable")[:, :k]
                    if rank == 0 and step == 3 and layer == 0:
                        first += best[:, 0].tolist()
                    ids = np.sort(best, 1)  # ascending, not by gate
                    line = {"step": step, "stage": "pre_dispatch", "block": "decoder", "layer": layer, "rank": rank,
                            "num_tokens": t, "topk": k, "top_indices": ids.tolist()}
                    if rank == 0:
                        line |= {"logit_offset": len(blob), "logit_bytes": 2 * t * n, "logit_shape": [t, n]}
                        blob += logits.tobytes()
                    rows.append(line)
                    key = f"{step}/{2 * rank + layer}"
                    counts[key] = (np.array(counts.get(key, [0] * n)) + np.bincount(ids.ravel(), minlength=n)).tolist()
                    if step == 4 and micro == 1 and layer == 1:
                        rows.append(line)  # recomputed: the same line again
        rows.insert(5, "half a li")
        # Rows folded together from what capacity left do not rise.
        rows.append({"step": 5, "block": "decoder", "layer": 0, "num_tokens": 1, "topk": 2, "top_indices": [[3, 3]]})
        rows.append({"step": 5, "block": "decoder", "layer": 7, "num_tokens": 1, "topk": 2, "top_indices": [[2, 3]]})
        lines(f"router_trace_rank{rank}.jsonl", rows)
        if rank == 0:
            with open(os.path.join(FOLDER, "logits_rank0.bin"), "wb") as file:
                file.write(blob)
    save({"counts": counts, "first": first})


def megatron_loads():
    counts = {}
    for rank in (0, 1):
        rows = []
        for step in (10, 20):
            for block, layer in (("decoder", 0), ("decoder", 1), ("mtp", 0)):
                tpe = rng.integers(0, 90, (3, 5))
                rows.append({"iter": step, "block": block, "layer": layer, "tpe": tpe.tolist()})
                key = f"{step}/{block} {layer}"
                counts[key] = (np.array(counts.get(key, [0] * 5)) + tpe.sum(0)).tolist()
        rows.append({"iter": 20, "block": "decoder", "layer": 0, "tpe": [[1, 2], [3]]})
        lines(f"tokens_per_expert/rank{rank}.jsonl", rows)
    save({"counts": counts})


def csv():
    rows, counts = ["Count,Step,note,Layer,Expert"], {}
    for step in (1, 2, 7):
        for layer in (4, 9):
            of = rng.integers(0, 50, 6)
            of[3] = 0
            of[5] = 7
            rows += [f'{c},{step},"a, b",{layer},{e}' for e, c in enumerate(of) if e != 3]
            counts[f"{step}/{layer}"] = of.tolist()
    rows.insert(4, "3,x,,4,1")
    rows.insert(5, "1.5,1,,4,1")
    lines("loads.csv", rows)
    lines("plain.csv", ["0,2,0,5", "0,2,1,3\r", "1,2,0,8", "1,2,1,8"])
    save({"counts": counts})


os.makedirs(FOLDER, exist_ok=True)
globals()[FORM]()

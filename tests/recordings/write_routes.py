"""A recording in the canonical form, and beside it what numpy makes of it: write_routes.py FOLDER.

FOLDER/routes has two ranks, six steps in three chunks a rank, three layers of different widths and types, holes, a layer that
rank 1 does not have, and one with a varying number of experts a token. FOLDER/expected.json holds the figures.
"""
import json
import os
import sys

import numpy as np

from written_safetensors import Bf16, safetensors

LAYERS = [
    {"id": 1, "block": "decoder", "n_experts": 8, "k": 2},
    {"id": 3, "block": "decoder", "n_experts": 300, "k": 4},
    {"id": 0, "block": "mtp", "n_experts": 6, "k": 3},
]
T, STEPS_A_CHUNK = 40, 2


def top(logits, k):
    return np.argsort(-logits, axis=1, kind="stable")[:, :k]


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def entropy(p):
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def chunk(rng, rank, first):
    steps = np.repeat(np.arange(first, first + STEPS_A_CHUNK), T)
    rows = len(steps)
    made = {"step": steps.astype("i8"), "tokens": np.arange(rows, dtype="i4") % 17,
            "sequence": (np.arange(rows, dtype="i4") // 20)}
    seen = []  # a layer: (experts rows as lists, logits or None)
    # U8, BF16 logits, F32 weights
    logits = Bf16(rng.normal(size=(rows, 8)) * 2)
    ids = top(logits.values(), 2)
    made |= {"experts.0": ids.astype("u1"), "router_logits.0": logits,
             "weights.0": np.take_along_axis(softmax(logits.values()), ids, 1).astype("f4")}
    seen.append((ids.tolist(), logits.values().astype("f8")))
    # I16 with holes; F16 logits; rank 0 alone
    if rank == 0:
        logits = (rng.normal(size=(rows, 300)) * 3).astype("f2")
        ids = top(logits.astype("f4"), 4).astype("i2")
        ids[5] = -1
        ids[7, 2:] = -1
        made |= {"experts.1": ids, "router_logits.1": logits, "weights.1": np.ones(ids.shape, "f2") / 4}
        seen.append(([[e for e in row if e >= 0] for row in ids.tolist()], logits.astype("f8")))
    else:
        seen.append(None)
    # k varies; no logits; counts of more tokens than were recorded
    several = rng.integers(0, 4, rows)
    start = np.concatenate([[0], np.cumsum(several)]).astype("i8")
    rows_of = [sorted(rng.permutation(6)[:n].tolist()) for n in several]
    made |= {"experts.2": np.array(sum(rows_of, []), "i4"), "start.2": start}
    seen.append((rows_of, None))
    made["counted_steps"] = np.arange(first, first + STEPS_A_CHUNK, dtype="i8")
    made["losses"] = np.array([3.0 + first / 10, np.nan], "f4")
    counts = rng.integers(0, 50, (STEPS_A_CHUNK, 6)).astype("i8")
    counts[1] = -1
    made["counts.2"] = counts
    made["hidden.0"] = Bf16(np.random.default_rng(100 * first + rank).normal(size=(rows, 4)))
    return made, seen, counts


def balance(counts):
    counts = np.asarray(counts, "f8")
    return {"counts": counts.tolist(), "load_entropy": entropy(counts / counts.sum()) / np.log(len(counts)),
            "max_violation": float(counts.max() / counts.mean() - 1)}


def figures(parts, step):
    """Of [(steps, seen, counts, first)], all ranks."""
    layers = []
    for l, spec in enumerate(LAYERS):
        n = spec["n_experts"]
        loads, p, h, tokens = np.zeros(n), np.zeros(n), 0.0, 0
        for steps, seen, counts, first in parts:
            if seen[l] is None:
                continue
            rows = np.flatnonzero(steps == step)
            if l == 2 and counts[step - first][0] >= 0:
                loads += counts[step - first]
            else:
                for t in rows:
                    for e in seen[l][0][t]:
                        loads[e] += 1
            if seen[l][1] is not None:
                probs = softmax(seen[l][1][rows])
                p += probs.sum(0)
                h += sum(entropy(row) for row in probs)
                tokens += len(rows)
        one = balance(loads)
        if tokens:
            one |= {"mean_prob": (p / tokens).tolist(), "token_entropy": h / tokens / np.log(n)}
        layers.append(one)
    return layers


def pairs(rows, n):
    made = np.zeros((n, n), int)
    for row in rows:
        for i in row:
            for j in row:
                made[i, j] += i != j
    return made.flatten().tolist()


def flow(a, b, n, m):
    made = np.zeros((n, m), int)
    for x, y in zip(a, b):
        for i in x:
            for j in y:
                made[i, j] += 1
    return made.flatten().tolist()


def main(folder):
    rng = np.random.default_rng(7)
    routes = os.path.join(folder, "routes")
    os.makedirs(routes)
    lines = [{"format": "switchyard-routes/2", "layers": LAYERS, "order": "gate", "vocabulary": 17, "model": "toy", "later": [1]}]
    parts, expected = [], {"chunks": []}
    for first in (1, 3, 10):  # steps have a hole
        for rank in (0, 1):
            tensors, seen, counts = chunk(rng, rank, first)
            name = f"chunk-r{rank:03d}-{first:06d}.safetensors"
            with open(os.path.join(routes, name), "wb") as file:
                file.write(safetensors(tensors))
            lines.append({"file": name, "rank": rank, "first_step": first, "last_step": first + STEPS_A_CHUNK - 1,
                          "wall_s": first + rank / 10, "tokens": STEPS_A_CHUNK * T, "loss": 9.0, "unknown": {}})
            parts.append((tensors["step"], seen, counts, first))
            expected["chunks"].append({"file": name, "rank": rank, "experts": [s and s[0] for s in seen],
                                       "weights_0": tensors["weights.0"].flatten().tolist(),
                                       "hidden_0": tensors["hidden.0"].values().flatten().tolist(),
                                       "logits_0": seen[0][1].flatten().tolist()})
    with open(os.path.join(routes, "manifest.jsonl"), "w") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))
    expected["steps"] = {str(s): figures([p for p in parts if s in p[0]], s) for s in (1, 2, 3, 4, 10, 11)}
    rows = [parts[0][1][l][0] for l in range(3)]
    expected["pairs"] = pairs(rows[1], 300)
    expected["flow"] = flow(rows[0], rows[1], 8, 300)
    kept = [len(set(a) & set(b)) for a, b in zip(rows[0], parts[2][1][0][0])]
    expected["saturation"] = float(np.mean(kept) / 2)
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)


main(sys.argv[1])

"""Checkpoints as others write them, with a writer of its own, and what numpy makes of them.

    write_checkpoint.py small DIR [MEGABYTES]   mixtral.safetensors (BF16), qwen/ (F16, two shards and an index),
                                                fused.safetensors (F32), and expected.json
    write_checkpoint.py sparse FILE             a head of Mixtral-8x7B's shape, and 93 GB of nothing behind it
"""
import json
import os
import struct
import sys

import numpy as np

SIZES = {"BF16": 2, "F16": 2, "F32": 4}


def stored(values, dtype):
    """The numbers as that type holds them: bytes, and as float64."""
    values = np.asarray(values, "<f4")
    if dtype == "BF16":
        bits = (values.view("<u4") + 0x8000 >> 16).astype("<u2")
        return bits.tobytes(), (bits.astype("<u4") << 16).view("<f4").astype(np.float64)
    if dtype == "F16":
        half = values.astype("<f2")
        return half.tobytes(), half.astype(np.float64)
    return values.tobytes(), values.astype(np.float64)


def head_of(tensors):
    """tensors: [(name, dtype, shape)]; the head and the bytes behind it"""
    head, at = {"__metadata__": {"format": "pt"}}, 0
    for name, dtype, shape in tensors:
        size = SIZES[dtype] * int(np.prod(shape, dtype=np.int64))
        head[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text, at


def write(path, tensors):
    """tensors: {name: (dtype, array)}"""
    with open(path, "wb") as file:
        file.write(head_of([(name, dtype, value.shape) for name, (dtype, value) in tensors.items()])[0])
        for dtype, value in tensors.values():
            file.write(stored(value, dtype)[0])


def cosines(rows):
    norms = np.linalg.norm(rows, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows @ rows.T / norms[:, None] / norms[None, :]


def spectrum(matrix):
    values = np.linalg.svd(matrix, compute_uv=False)
    share = values / values.sum()
    share = share[share > 0]
    least = values[0] * max(matrix.shape) * np.finfo(np.float32).eps
    return {"singular_values": values.tolist(), "rank": int((values > least).sum()),
            "effective_rank": float(np.exp(-(share * np.log(share)).sum()))}


def layer(random, n, d, ff, dtype, router_dtype):
    """One layer's matrices, and what is expected of them."""
    router = random.standard_normal((n, d)) * random.uniform(0.5, 2, (n, 1))
    router[n - 1] = router[1]  # so its rank is n - 1
    common = [random.standard_normal(shape) for shape in ((ff, d), (ff, d), (d, ff))]
    experts = []
    for e in range(n):
        alike = 0.2 * (e % 5)  # of what all share: cosines from 0 to 0.9
        experts.append([0.02 * (alike * part + random.standard_normal(part.shape)) for part in common])
    exact = [[stored(part, dtype)[1] for part in expert] for expert in experts]
    whole = np.stack([np.concatenate([part.ravel() for part in expert]) for expert in exact])
    rows = stored(router, router_dtype)[1]
    expected = {"n": n, "d": d, "ff": ff, "norms": [[float(np.linalg.norm(part)) for part in e] for e in exact],
                "whole": np.linalg.norm(whole, axis=1).tolist(), "cosines": cosines(whole).tolist(),
                "router": {"norms": np.linalg.norm(rows, axis=1).tolist(), "cosines": cosines(rows).tolist(),
                           **spectrum(rows)},
                "first": [spectrum(part) for part in exact[0]] if n * d * ff < 1e7 else None}
    return router, experts, expected


def small(folder, megabytes):
    random = np.random.default_rng(5)
    expected = {}
    # d and ff so that 2 layers of 8 experts have about so many bytes; not multiples of anything.
    d = max(24, int((megabytes * 1e6 / 2 / 2 / 8 / 3 / 2.5) ** 0.5) - 1)
    ff = int(2.5 * d) + 1

    tensors, layers = {}, []
    for number in range(2):
        router, experts, told = layer(random, 8, d, ff, "BF16", "BF16")
        at = f"model.layers.{number}.block_sparse_moe."
        tensors[f"model.layers.{number}.self_attn.q_proj.weight"] = ("BF16", random.standard_normal((3, 5)))
        tensors[at + "gate.weight"] = ("BF16", router)
        for e, parts in enumerate(experts):
            for name, part in zip(("w1", "w3", "w2"), parts):
                tensors[f"{at}experts.{e}.{name}.weight"] = ("BF16", part)
        layers.append(told)
    write(os.path.join(folder, "mixtral.safetensors"), tensors)
    expected["mixtral"] = layers

    tensors, layers = {}, []
    for number in (1, 3):  # the others are dense
        router, experts, told = layer(random, 6, 20, 14, "F16", "F32")
        at = f"model.layers.{number}.mlp."
        tensors[at + "gate.weight"] = ("F32", router)
        tensors[at + "gate.e_score_correction_bias"] = ("F32", np.linspace(-0.5, 0.25, 6))
        for e, parts in enumerate(experts):
            for name, part in zip(("gate_proj", "up_proj", "down_proj"), parts):
                tensors[f"{at}experts.{e}.{name}.weight"] = ("F16", part)
        for name, shape in (("gate_proj", (28, 20)), ("up_proj", (28, 20)), ("down_proj", (20, 28))):
            tensors[f"{at}shared_experts.{name}.weight"] = ("F16", random.standard_normal(shape))
        tensors[f"model.layers.{number - 1}.mlp.gate_proj.weight"] = ("F16", random.standard_normal((9, 20)))
        layers.append(told)
    os.makedirs(os.path.join(folder, "qwen"))
    names = sorted(tensors)
    weight_map = {}
    for shard in range(2):
        file = f"model-{shard + 1:05d}-of-00002.safetensors"
        own = {name: tensors[name] for i, name in enumerate(names) if i % 2 == shard}
        write(os.path.join(folder, "qwen", file), own)
        weight_map.update({name: file for name in own})
    with open(os.path.join(folder, "qwen", "model.safetensors.index.json"), "w") as file:
        json.dump({"metadata": {"total_size": 1}, "weight_map": weight_map}, file)
    expected["qwen"] = layers

    router, experts, told = layer(random, 5, 16, 12, "F32", "F32")
    write(os.path.join(folder, "fused.safetensors"), {
        "model.layers.0.mlp.gate.weight": ("F32", router),
        "model.layers.0.mlp.experts.gate_up_proj": ("F32", np.stack([np.concatenate(e[:2]) for e in experts])),
        "model.layers.0.mlp.experts.down_proj": ("F32", np.stack([e[2] for e in experts]))})
    expected["fused"] = [told]
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)


def sparse(path):
    tensors = []
    for number in range(32):
        at = f"model.layers.{number}.block_sparse_moe."
        tensors.append((at + "gate.weight", "BF16", (8, 4096)))
        for e in range(8):
            for name, shape in (("w1", (14336, 4096)), ("w2", (4096, 14336)), ("w3", (14336, 4096))):
                tensors.append((f"{at}experts.{e}.{name}.weight", "BF16", shape))
    head, size = head_of(tensors)
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(len(head) + size)


if __name__ == "__main__":
    if sys.argv[1] == "small":
        small(sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0)
    else:
        sparse(sys.argv[2])

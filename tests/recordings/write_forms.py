"""Recordings as others write them, and what they hold: write_forms.py FORM FOLDER. Nothing is shared with the program."""
import base64
import io
import json
import os
import struct
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
    first, states = [], []
    of_states = np.random.default_rng(12)
    for rank in (0, 1):
        rows, blob, hidden = [], b"", b""
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
                        own = bf16(of_states.normal(size=(t, 5)))
                        line |= {"hs_offset": len(hidden), "hs_bytes": 2 * t * 5, "hs_shape": [t, 5]}
                        hidden += own.tobytes()
                        if step == 3 and layer == 0:
                            states += (own.astype("<u4") << 16).view("<f4").flatten().tolist()
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
            with open(os.path.join(FOLDER, "hidden_states_rank0.bin"), "wb") as file:
                file.write(hidden)
    save({"counts": counts, "first": first, "states": states})


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


def answers(n, k, layers, counts):
    """Rows [T, layers, k] of five answers, and what they count."""
    made = []
    for answer in range(5):
        t = 9 + answer
        ids = np.argsort(-rng.normal(size=(t, layers, n)), 2)[:, :, :k]
        made.append(ids)
        for layer in range(layers):
            counts[f"{answer}/{layer}"] = np.bincount(ids[:, layer].ravel(), minlength=n).tolist()
    return made


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return base64.b64encode(file.getvalue()).decode()


def vllm():
    """answers.jsonl: bytes, then two bytes, then an array of objects, which is refused; lists.json as v0.21 wrote them."""
    counts = {}
    made = answers(8, 2, 3, counts)
    rows = [{"choices": [{"text": "a", "routed_experts": npy(ids.astype(t))}]} for ids, t in
            zip(made, ("u1", "<u2", "<i4", "<i8", "i1"))]
    evil = io.BytesIO()
    np.save(evil, np.array([[[print]]], dtype=object), allow_pickle=True)
    rows.insert(2, {"choices": [{"routed_experts": base64.b64encode(evil.getvalue()).decode()}]})
    rows.insert(3, {"choices": [{"routed_experts": npy(np.asfortranarray(made[0].astype("u1")))}]})
    rows.insert(4, {"choices": [{"routed_experts": npy(made[0].astype(">i4"))}]})
    lines("answers.jsonl", rows)
    # Lists, -1 for what was cached; layer 0 is dense and was counted along.
    prompt, generated = made[0].copy(), made[1]
    prompt[:4] = -1
    prompt[:, 0] = generated[:, 0] = 0
    with open(os.path.join(FOLDER, "lists.json"), "w") as file:
        json.dump({"prompt_routed_experts": prompt.tolist(), "choices": [{"routed_experts": generated.tolist()}]}, file)
    both = np.concatenate([prompt[4:, 1], generated[:, 1]])
    save({"counts": counts, "lists": np.bincount(both.ravel(), minlength=8).tolist()})


def sglang():
    counts = {}
    made = answers(8, 2, 3, counts)
    lines("answers.jsonl", [{"meta_info": {"prompt_tokens": 4, "completion_tokens": len(ids) - 3,
                                           "routed_experts": base64.b64encode(ids.astype("<i4").tobytes()).decode()}} for ids in made])
    with open(os.path.join(FOLDER, "one.json"), "w") as file:
        json.dump({"choices": [{"sgl_ext": {"routed_experts": base64.b64encode(made[0].astype("<i4").tobytes()).decode()}}]}, file)
    save({"counts": counts})


def nemo():
    counts = {}
    rows = []
    for ids in answers(300, 4, 2, counts):
        rows.append(f"nrlre1:int16:{'x'.join(map(str, ids.shape))}:" + base64.b64encode(ids.astype("<i2").tobytes()).decode())
    rows.insert(1, "nrlre1:int16:2x2x2:AAAA")
    rows.insert(2, "nrlre1:int16:268435456x268435456x268435456:AAAA")
    lines("routes.txt", rows)
    save({"counts": counts})


def colibri():
    counts, first, rows = {}, [], []
    for call in range(4):
        for row in range(7 if call == 0 else 1):
            for layer in (2, 3):
                ids = rng.permutation(8)[:2]
                gates = rng.random(2)
                rows.append(f"{call} {row} {layer} " + " ".join(f"{e}:{g:.6f}" for e, g in zip(ids, gates)))
                key = f"{call}/{layer}"
                counts[key] = (np.array(counts.get(key, [0] * 8)) + np.bincount(ids, minlength=8)).tolist()
                if call == 0 and layer == 2:
                    first.append(int(ids[np.argmax(gates)]))
    rows.insert(3, "0 1 2 5")
    lines("trace.txt", rows)
    save({"counts": counts, "first": first})


def gguf_text(text):
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf(version, keys, tensors):
    """bytes of a GGUF file; keys {name: (type, packed value)}, tensors {name: float32 array, outermost first}."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys))
    for name, (kind, value) in keys.items():
        head += gguf_text(name) + struct.pack("<I", kind) + value
    blob = b""
    for name, array in tensors.items():
        blob += b"\0" * (-len(blob) % 32)
        head += gguf_text(name) + struct.pack("<I", array.ndim)
        head += b"".join(struct.pack("<Q", size) for size in array.shape[::-1]) + struct.pack("<IQ", 0, len(blob))
        blob += np.ascontiguousarray(array, "<f4").tobytes()
    return head + b"\0" * (-len(head) % 32) + blob


def imatrix():
    """Layers 1, 2 and 7 of 6 experts, as llama-imatrix writes them; the down matrix of layer 2 was watched less, layer 7 has
    down alone."""
    counts, tensors = {}, {}
    for layer in (1, 2, 7):
        of = rng.integers(0, 5000, 6)
        counts[f"1/{layer}"] = of.tolist()
        for matrix in ("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps")[2 if layer == 7 else 0:]:
            own = of - (of > 0) if layer == 2 and matrix == "ffn_down_exps" else of
            tensors[f"blk.{layer}.{matrix}.weight.in_sum2"] = rng.random((6, 16))
            tensors[f"blk.{layer}.{matrix}.weight.counts"] = own.reshape(6, 1)
        tensors[f"blk.{layer}.attn_q.weight.in_sum2"] = rng.random((1, 16))
        tensors[f"blk.{layer}.attn_q.weight.counts"] = np.full((1, 1), 512)
    tensors = dict(sorted(tensors.items()))
    datasets = struct.pack("<IQ", 8, 2) + gguf_text("wiki.train.raw") + gguf_text("code.txt")
    keys = {"general.type": (8, gguf_text("imatrix")), "imatrix.datasets": (9, datasets),
            "imatrix.chunk_count": (4, struct.pack("<I", 45)), "imatrix.chunk_size": (4, struct.pack("<I", 512))}
    for version in (2, 3):
        with open(os.path.join(FOLDER, f"imatrix{version}.gguf"), "wb") as file:
            file.write(gguf(version, keys, tensors))
    keys["general.type"] = (8, gguf_text("model"))
    with open(os.path.join(FOLDER, "model.gguf"), "wb") as file:
        file.write(gguf(3, keys, tensors))
    save({"counts": counts})


os.makedirs(FOLDER, exist_ok=True)
globals()[FORM]()

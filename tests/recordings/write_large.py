"""A recording of any size, skewed and seeded: write_large.py FOLDER [--tokens 10000000] [--layers 16] [--experts 64] ...

FOLDER/routes is the canonical form: steps of 16,384 tokens, chunks of at most 64 MB, experts as U8. FOLDER/expected.json has how
often each layer chose each expert, counted by numpy alone. With --text also FOLDER/router_trace_rank0.jsonl, Megatron-LM's trace of
the same choices, and FOLDER/routes.nemo, NeMo's text.
"""
import argparse
import base64
import json
import os

import numpy as np

POOL = 1 << 15  # rows of choices a layer draws from
MOST_CHUNK = 60_000_000


def pool(rng, experts, k):
    """[POOL, k] distinct experts a row, best first, some experts far more often than others."""
    skew = -1.2 * np.log1p(np.arange(experts)[rng.permutation(experts)])
    noise = rng.gumbel(size=(POOL, experts)).astype("f4") + skew.astype("f4")
    return np.argsort(-noise, axis=1)[:, :k].astype("u1")


def write_chunk(path, tensors):
    head, at = {}, 0
    names = {"uint8": "U8", "int64": "I64", "float32": "F32"}
    for name, values in tensors.items():
        head[name] = {"dtype": names[values.dtype.name], "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
        at += values.nbytes
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for values in tensors.values():
            values.tofile(out)
    os.rename(path + ".part", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--tokens", type=int, default=10_000_000)
    parser.add_argument("--step", type=int, default=16_384)
    parser.add_argument("--layers", type=int, default=16)
    parser.add_argument("--experts", type=int, default=64)
    parser.add_argument("--k", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=MOST_CHUNK, help="bytes of a chunk, at most")
    parser.add_argument("--text", action="store_true")
    args = parser.parse_args()
    assert args.experts <= 256 and args.chunk <= MOST_CHUNK
    rng = np.random.default_rng(args.seed)
    routes = os.path.join(args.folder, "routes")
    os.makedirs(routes)
    pools = [pool(rng, args.experts, args.k) for _ in range(args.layers)]
    packed = [np.ascontiguousarray(p).view(f"V{args.k}").ravel() for p in pools]
    counts = np.zeros((args.layers, args.experts), "i8")
    used = np.zeros((args.layers, POOL), "i8")
    a_chunk = max(1, args.chunk // (args.step * (args.layers * args.k + 8)))
    trace = open(os.path.join(args.folder, "router_trace_rank0.jsonl"), "w") if args.text else None
    nemo = open(os.path.join(args.folder, "routes.nemo"), "w") if args.text else None
    steps = [(s + 1, min(args.step, args.tokens - s * args.step)) for s in range(-(-args.tokens // args.step))]
    with open(os.path.join(routes, "manifest.jsonl"), "w") as manifest:
        layers = [{"id": l, "n_experts": args.experts, "k": args.k} for l in range(args.layers)]
        print(json.dumps({"format": "switchyard-routes/2", "layers": layers, "order": "gate", "model": "large"}), file=manifest)
        for c in range(0, len(steps), a_chunk):
            part = steps[c:c + a_chunk]
            rows = sum(n for _, n in part)
            tensors = {"step": np.repeat([s for s, _ in part], [n for _, n in part]).astype("i8"),
                       "counted_steps": np.array([s for s, _ in part], "i8"),
                       "losses": np.array([3 + 2 / s for s, _ in part], "f4")}
            for l in range(args.layers):
                # The first rows of a pool more often as training goes on: loads drift.
                drawn = rng.integers(0, POOL - POOL // 2 * c // len(steps), rows)
                used[l] += np.bincount(drawn, minlength=POOL)
                tensors[f"experts.{l}"] = packed[l][drawn].view("u1").reshape(rows, args.k)
            name = f"chunk-r000-{c // a_chunk + 1:06}.safetensors"
            write_chunk(os.path.join(routes, name), tensors)
            print(json.dumps({"file": name, "rank": 0, "first_step": part[0][0], "last_step": part[-1][0], "wall_s": float(c),
                              "tokens": rows}), file=manifest)
            at = 0
            for step, n in part if args.text else ():
                for l in range(args.layers):
                    ids = np.sort(tensors[f"experts.{l}"][at:at + n], axis=1).tolist()
                    trace.write(json.dumps({"step": step, "stage": "pre_dispatch", "block": "decoder", "layer": l, "rank": 0,
                                            "num_tokens": n, "topk": args.k, "top_indices": ids}) + "\n")
                block = np.stack([tensors[f"experts.{l}"][at:at + n] for l in range(args.layers)], 1).astype("<i2")
                shape = "x".join(map(str, block.shape))
                nemo.write(f"nrlre1:int16:{shape}:{base64.b64encode(block.tobytes()).decode()}\n")
                at += n
    for l in range(args.layers):
        for j in range(args.k):
            counts[l] += np.bincount(pools[l][:, j], weights=used[l], minlength=args.experts).astype("i8")
    with open(os.path.join(args.folder, "expected.json"), "w") as out:
        json.dump({"counts": counts.tolist(), "steps": len(steps), "tokens": args.tokens}, out)


main()

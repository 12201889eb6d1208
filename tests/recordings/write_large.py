"""A recording of any size, skewed and seeded: write_large.py FOLDER [--tokens 10000000] [--layers 16] [--experts 64] ...

FOLDER/routes is the canonical form: steps of 16,384 tokens, chunks of at most 64 MB, experts as U8. FOLDER/expected.json has how
often each layer chose each expert, counted by numpy alone. With --text also the same choices in the forms of others: FOLDER/
router_trace_rank0.jsonl (Megatron-LM), routes.nemo (NeMo), vllm.jsonl (vLLM, base64), vllm_lists.jsonl (vLLM's earlier lists),
sglang.jsonl (SGLang), colibri.txt (colibri), loads.csv (loads). --forms takes some of them.
"""
import argparse
import base64
import io
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


class Texts:
    """The same choices as other programs write them, a step an answer."""

    NAMES = {"megatron": "router_trace_rank0.jsonl", "nemo": "routes.nemo", "vllm": "vllm.jsonl", "vllm-lists": "vllm_lists.jsonl",
             "sglang": "sglang.jsonl", "colibri": "colibri.txt", "csv": "loads.csv"}

    def __init__(self, folder, forms, experts):
        self.out = {form: open(os.path.join(folder, self.NAMES[form]), "w") for form in forms}
        self.experts = experts

    def write(self, step, block):
        """block: [T, L, k]"""
        for form, out in self.out.items():
            getattr(self, form.replace("-", "_"))(out, step, block)

    def megatron(self, out, step, block):
        for layer in range(block.shape[1]):
            ids = np.sort(block[:, layer], axis=1).tolist()
            out.write(json.dumps({"step": step, "stage": "pre_dispatch", "block": "decoder", "layer": layer, "rank": 0,
                                  "num_tokens": len(ids), "topk": block.shape[2], "top_indices": ids}) + "\n")

    def nemo(self, out, step, block):
        text = base64.b64encode(block.astype("<i2").tobytes()).decode()
        out.write(f"nrlre1:int16:{'x'.join(map(str, block.shape))}:{text}\n")

    def vllm(self, out, step, block):
        array = io.BytesIO()
        np.save(array, block)
        text = base64.b64encode(array.getvalue()).decode()
        out.write(json.dumps({"id": f"cmpl-{step}", "choices": [{"index": 0, "text": "…", "routed_experts": text}]}) + "\n")

    def vllm_lists(self, out, step, block):
        out.write(json.dumps({"id": f"cmpl-{step}", "prompt_routed_experts": block[:-1].tolist(),
                              "choices": [{"index": 0, "text": "…", "routed_experts": block[-1:].tolist()}]}) + "\n")

    def sglang(self, out, step, block):
        text = base64.b64encode(block.astype("<i4").tobytes()).decode()
        out.write(json.dumps({"text": "…", "meta_info": {"prompt_tokens": len(block), "completion_tokens": 1,
                                                         "routed_experts": text}}) + "\n")

    def colibri(self, out, step, block):
        gates = [f"{0.4 / (j + 1):.4f}" for j in range(block.shape[2])]
        for row, layers in enumerate(block.tolist()):
            for layer, ids in enumerate(layers):
                out.write(f"{step} {row} {layer} " + " ".join(f"{e}:{g}" for e, g in zip(ids, gates)) + "\n")

    def csv(self, out, step, block):
        if out.tell() == 0:
            out.write("step,layer,expert,count\n")
        for layer in range(block.shape[1]):
            counts = np.bincount(block[:, layer].ravel(), minlength=self.experts).tolist()
            out.write("".join(f"{step},{layer},{e},{n}\n" for e, n in enumerate(counts)))


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
    parser.add_argument("--text", action="store_true", help="all forms")
    parser.add_argument("--forms", nargs="*", choices=Texts.NAMES)
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
    texts = Texts(args.folder, args.forms or (Texts.NAMES if args.text else ()), args.experts)
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
            for step, n in part if texts.out else ():
                texts.write(step, np.stack([tensors[f"experts.{l}"][at:at + n] for l in range(args.layers)], 1))
                at += n
    for l in range(args.layers):
        for j in range(args.k):
            counts[l] += np.bincount(pools[l][:, j], weights=used[l], minlength=args.experts).astype("i8")
    with open(os.path.join(args.folder, "expected.json"), "w") as out:
        json.dump({"counts": counts.tolist(), "steps": len(steps), "tokens": args.tokens}, out)


main()

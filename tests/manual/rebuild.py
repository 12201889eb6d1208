#!/usr/bin/python3
"""The language model of core/model/README.md in plain PyTorch, against the program.

    tests/manual/rebuild.py [path of switchyard] [--only TEXT]

Trains a few steps of many small configurations and of every preset of a text, asks the program for its decisions on a text
(`route --json --full`), makes them again from model.safetensors alone and compares logits, experts, weights and drops. Needs
python3-torch. Written from the page, in double precision: it shares no code with the program.
"""
import itertools
import json
import math
import struct
import subprocess
import sys
import tempfile

import torch

TEXT = "Once upon a time, a fox said: 3 + 4 = 7!"
TINY = dict(layers=2, d_model=16, d_ff=12, heads=2, context=48, batch_size=2, experts=6, top_k=2, val_batches=1, threads=1,
            learning_rate=0.03, warmup_steps=0, weight_decay=0.5, accumulation=1)
TOLERANCE = 2e-4


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32).double()
        tensors[name] = values.reshape(entry["shape"])
    return json.loads(metadata["config"]), json.loads(metadata["vocabulary"]), tensors


def gelu(a):
    return a * (1 + torch.erf(a / math.sqrt(2))) / 2


def silu(a):
    return a / (1 + torch.exp(-a))


def stable_top(scores, k):
    return torch.sort(scores, dim=-1, descending=True, stable=True)[1][..., :k]


def room(factor, k, tokens, experts):
    return max(1, min(tokens, math.ceil(factor * k * tokens / experts - 1e-6)))


class Model:
    def __init__(self, config, tensors):
        self.c, self.w = config, tensors
        self.used = set()

    def get(self, name):
        self.used.add(name)
        return self.w[name]

    def linear(self, x, name, bias):
        y = x @ self.get(name + ".weight").T
        return y + self.get(name + ".bias") if bias else y

    def norm(self, x, name):
        if not self.c["residual"]:
            return x
        if self.c["norm"] == "rmsnorm":
            return x / torch.sqrt((x ** 2).mean(-1, keepdim=True) + 1e-5) * self.get(name + ".weight")
        x = x - x.mean(-1, keepdim=True)
        return x / torch.sqrt((x ** 2).mean(-1, keepdim=True) + 1e-5) * self.get(name + ".weight") + self.get(name + ".bias")

    def attention(self, x, name):
        bias, heads = self.c["attention_bias"], self.c["heads"]
        q, k, v = (self.linear(x, f"{name}{part}_proj", bias) for part in "qkv")
        size = x.shape[1] // heads
        out = []
        for h in range(heads):
            own = slice(h * size, (h + 1) * size)
            scores = q[:, own] @ k[:, own].T / math.sqrt(size)
            scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -math.inf)
            out.append(torch.softmax(scores, -1) @ v[:, own])
        return self.linear(torch.cat(out, 1), name + "o_proj", bias)

    def expert(self, x, name):
        kind, bias = self.c["expert"], self.c["expert_bias"]
        a = self.linear(x, name + "w1", bias)
        if kind == "relu":
            a = a.clamp(min=0)
        elif kind == "gelu":
            a = gelu(a)
        elif kind == "swiglu":
            a = silu(a) * self.linear(x, name + "w3", bias)
        else:
            a = gelu(a) * self.linear(x, name + "w3", bias)
        return self.linear(a, name + "w2", bias)

    def tables(self, vocabulary):
        counts = self.w.get("model.token_counts", torch.zeros(vocabulary)).tolist()
        self.used.add("model.token_counts")
        order = sorted(range(vocabulary), key=lambda i: (-counts[i], i))
        tables = []
        for _ in range(self.c["top_k"]):
            loads, table = [0.0] * self.c["experts"], [0] * vocabulary
            for i in order:
                taken = {earlier[i] for earlier in tables}
                table[i] = min((e for e in range(self.c["experts"]) if e not in taken), key=lambda e: (loads[e], e))
                loads[table[i]] += max(counts[i], 0.001)
            tables.append(table)
        return tables

    def groups(self, scores, k):
        g = self.c["route_groups"]
        if g > 1:
            parts = scores.reshape(len(scores), g, -1)
            worth = parts.sort(dim=-1, descending=True)[0][:, :, :2].sum(-1)
            kept = torch.zeros_like(worth).scatter(1, stable_top(worth, self.c["route_groups_kept"]), 1).bool()
            scores = parts.masked_fill(~kept[:, :, None], -math.inf).reshape(scores.shape)
        return stable_top(scores, k)

    def choose(self, x, block, name, ids, vocabulary):
        """Lists of experts and weights a position, p (None), and the logits."""
        c, n, k, gate = self.c, self.c["experts"], self.c["top_k"], self.c["gate"]
        if gate == "hash":
            tables = self.tables(vocabulary)
            return [[table[i] for table in tables] for i in ids], [[1 / k] * k] * len(ids), None, None
        if gate == "random":
            draws = torch.empty(len(ids), n).uniform_(0, 1, generator=torch.Generator().manual_seed(block))
            return stable_top(draws, k).tolist(), [[1 / k] * k] * len(ids), None, None
        prefix = "model.shared_router." if c["shared_router"] else name
        z = self.linear(x, prefix + "gate", c["router_bias"])
        bias = self.w.get(prefix + "gate.e_score_correction_bias", torch.zeros(n))
        self.used.add(prefix + "gate.e_score_correction_bias")
        scores = torch.sigmoid(z) if gate == "sigmoid" else torch.softmax(z, -1)
        p = scores / scores.sum(-1, keepdim=True)
        if gate == "expert-choice":
            c_room = room(c["eval_capacity_factor"] or c["capacity_factor"], 1, len(x), n)
            taken = stable_top(p.T, c_room)
            chosen = [[] for _ in ids]
            for e in range(n):
                for t in taken[e].tolist():
                    chosen[t].append(e)
            chosen = [sorted(own, key=lambda e: (-p[t, e].item(), e)) for t, own in enumerate(chosen)]
            return chosen, [[p[t, e].item() for e in own] for t, own in enumerate(chosen)], p, z
        if gate in ("sinkhorn", "base"):
            chosen = stable_top(z, k)
            weights = torch.sigmoid(z) if k == 1 else p
            return chosen.tolist(), weights.gather(1, chosen).tolist(), p, z
        biased = bool((bias != 0).any())
        chosen = self.groups(scores + bias, k) if biased or c["route_groups"] > 1 else stable_top(z, k)
        weights = scores.gather(1, chosen)
        if gate != "softmax":
            weights = weights / weights.sum(-1, keepdim=True)
        if gate == "sigmoid":
            weights = weights * c["route_scale"]
        return chosen.tolist(), weights.tolist(), p, z

    def kept(self, block, chosen, weights, p):
        c = self.c
        keep = [[True] * len(own) for own in chosen]
        factor, overflow = c["eval_capacity_factor"], c["overflow"]
        if overflow == "dropless" or factor == 0 or c["gate"] in ("expert-choice", "soft"):
            return keep
        tokens, k = len(chosen), c["top_k"]
        places = [room(factor, k, tokens, c["experts"])] * c["experts"]
        all_choices = [(t, j) for t in range(tokens) for j in range(k)]
        if overflow == "drop-late":
            order = sorted(all_choices, key=lambda a: (a[1], a[0]))
        elif overflow == "drop-late-token":
            order = all_choices
        elif overflow == "drop-low":
            order = sorted(all_choices, key=lambda a: -weights[a[0]][a[1]])
        elif overflow == "drop-bpr":
            sure = [-(p[t].max().item() if p is not None else max(weights[t])) for t in range(tokens)]
            order = sorted(all_choices, key=lambda a: (a[1], sure[a[0]], a[0]))
        else:
            mixed = torch.randperm(tokens * k, generator=torch.Generator().manual_seed(block)).tolist()
            order = [all_choices[a] for a in mixed]
        for t, j in order:
            keep[t][j] = places[chosen[t][j]] > 0
            places[chosen[t][j]] -= keep[t][j]
        return keep

    def soft(self, x, name):
        c = self.c

        def unit(v):
            return v / torch.sqrt((v ** 2).sum(-1, keepdim=True) + 1e-12)
        phi = self.get(name + "slots.weight")
        n, p, d = phi.shape
        logits = self.get(name + "slots.scale") * unit(x) @ unit(phi).reshape(n * p, d).T
        slots = torch.softmax(logits, 0).T @ x
        made = torch.cat([self.expert(slots[e * p:(e + 1) * p], f"{name}experts.{e}.") for e in range(n)])
        combine = torch.softmax(logits, 1)
        share = combine.reshape(len(x), n, p).sum(-1)
        chosen = stable_top(share, c["top_k"])
        return combine @ made, chosen.tolist(), share.gather(1, chosen).tolist(), logits

    def forward(self, ids, vocabulary):
        c, layers = self.c, []
        x = self.get("model.embed_tokens.weight")[ids] + self.get("model.embed_positions.weight")[:len(ids)]

        def joined(x, made):
            return x + made if c["residual"] else made
        for b in range(c["layers"]):
            block = f"model.layers.{b}."
            x = joined(x, self.attention(self.norm(x, block + "input_layernorm"), block + "self_attn."))
            h = self.norm(x, block + "post_attention_layernorm")
            if c["ffn"] == "dense" or b % c["moe_every"] != c["moe_every"] - 1:
                x = joined(x, self.expert(h, block + "mlp."))
                continue
            name = block + "block_sparse_moe."
            if c["gate"] == "soft":
                y, chosen, weights, logits = self.soft(h, name)
                keep = [[True] * len(own) for own in chosen]
            else:
                chosen, weights, p, logits = self.choose(h, b, name, ids, vocabulary)
                keep = self.kept(b, chosen, weights, p)
                y = torch.zeros_like(h)
                for e in range(c["experts"]):
                    rows = [(t, w) for t in range(len(ids)) for f, w, k in zip(chosen[t], weights[t], keep[t]) if f == e and k]
                    if rows:
                        own = [t for t, _ in rows]
                        y[own] += torch.tensor([w for _, w in rows]).double()[:, None] * self.expert(h[own], f"{name}experts.{e}.")
            if c["shared_experts"] > 0:
                y = y + self.expert(h, name + "shared_experts.")
            x = joined(x, y)
            layers.append(dict(layer=b, experts=chosen, weights=weights, kept=keep, logits=logits, inputs=h))
        x = self.norm(x, "model.norm")
        head = "model.embed_tokens" if c["tied_head"] else "lm_head"
        return self.linear(x, head, False), layers


def largest(a, b):
    return (torch.as_tensor(a).double() - torch.as_tensor(b).double()).abs().max().item()


def compare(program, name, arguments, folder):
    run = f"{folder}/{name}"
    made = subprocess.run([program, "--headless", "--steps", "2" if name.startswith("preset-") else "6", "--out", run] + arguments, capture_output=True, text=True)
    if made.returncode != 0:
        return name, None, made.stderr.strip().splitlines()[-1:]
    told = subprocess.run([program, "route", "--run", run, "--text", TEXT[:48], "--json", "--full"], capture_output=True, text=True)
    if told.returncode != 0:
        return name, None, told.stderr.strip()
    told = json.loads(told.stdout)
    config, vocabulary, tensors = read(f"{run}/model.safetensors")
    model = Model(config, tensors)
    with torch.no_grad():
        logits, layers = model.forward([vocabulary.index(token) for token in told["tokens"]], len(vocabulary))
    wrong, off = [], dict(logits=largest(logits, told["logits"]) / max(1, logits.abs().max().item()))
    for mine, theirs in zip(layers, told["layers"], strict=True):
        for t, own in enumerate(mine["experts"]):
            count = len(own)
            if own != theirs["experts"][t][:count] or mine["kept"][t] != theirs["kept"][t][:count] or any(theirs["kept"][t][count:]):
                wrong.append(f"layer {mine['layer']} token {t}: {own} {mine['kept'][t]} for {theirs['experts'][t]} {theirs['kept'][t]}")
            elif count:
                off["weights"] = max(off.get("weights", 0), largest(mine["weights"][t], theirs["weights"][t][:count]))
        off["inputs"] = max(off.get("inputs", 0), largest(mine["inputs"], theirs["router_inputs"]))
        if mine["logits"] is not None:
            off["router"] = max(off.get("router", 0), largest(mine["logits"], theirs["router_logits"]))
    unread = [key for key in set(tensors) - model.used if "e_score_correction_bias" not in key and ".noise." not in key and "experts." not in key]
    if config["gate"] in ("hash", "random"):
        unread = [key for key in unread if ".gate." not in key]
    if unread:
        wrong.append(f"the page does not use {sorted(unread)[:3]}")
    if max(off.values()) > TOLERANCE:
        wrong.append("off")
    return name, off, wrong


def cases(program):
    def tiny(name, **knobs):
        knobs = {**TINY, **knobs}
        if knobs.get("gate") in ("expert-choice", "soft", "hash", "random"):
            knobs["aux_coef"] = 0
            if knobs["gate"] != "expert-choice":
                knobs["z_coef"] = 0
        return name, [part for key, value in knobs.items() for part in ("--set", f"{key}={value}")]

    gates = ["softmax-renormalised", "softmax", "sigmoid", "sinkhorn", "expert-choice", "soft", "hash", "random", "base"]
    for gate, expert, norm in itertools.product(gates, ["relu", "gelu", "swiglu", "geglu"], ["layernorm", "rmsnorm"]):
        yield tiny(f"{gate}-{expert}-{norm}", gate=gate, expert=expert, norm=norm, slots=3)
    for gate in gates:
        yield tiny(f"{gate}-bare", gate=gate, residual="false", slots=3)
        yield tiny(f"{gate}-bare-biasless-tied", gate=gate, residual="false", slots=3, tied_head="true", expert_bias="false",
                   attention_bias="false", moe_every=2, shared_experts=2)
        yield tiny(f"{gate}-shared-all", gate=gate, slots=2, shared_experts=2, shared_router="true" if gate != "soft" else "false",
                   router_bias="true" if gate != "soft" else "false", tied_head="true", layers=3)
        for k in (1, 6):
            yield tiny(f"{gate}-k{k}", gate=gate, top_k=k, slots=1)
        if gate in ("expert-choice", "soft"):
            continue
        for overflow in ("drop-late", "drop-late-token", "drop-low", "drop-bpr", "drop-random"):
            yield tiny(f"{gate}-{overflow}", gate=gate, overflow=overflow, eval_capacity_factor=0.7)
    yield tiny("expert-choice-eval", gate="expert-choice", eval_capacity_factor=2.3)
    for gate in ("softmax", "softmax-renormalised", "sigmoid"):
        yield tiny(f"{gate}-groups", gate=gate, route_groups=3, route_groups_kept=2, experts=6, top_k=3)
        yield tiny(f"{gate}-groups-bias", gate=gate, route_groups=3, route_groups_kept=2, experts=6, top_k=3, bias_rate=0.05)
        yield tiny(f"{gate}-bias", gate=gate, bias_rate=0.05, route_scale=2.5, noise_std=0.5)
        yield tiny(f"{gate}-noise", gate=gate, learned_noise="gaussian", router_bias="true")
    yield tiny("dense", ffn="dense")
    yield tiny("dense-bare", ffn="dense", residual="false")
    presets = subprocess.run([program, "--list-presets"], capture_output=True, text=True).stdout
    for line in presets.splitlines():
        name = line.lstrip("* ").split(" ")[0]
        # Points are not routed by text; the last line is a remark.
        if line[:2] in ("* ", "  ") and "runs when" not in line and "clusters" not in name:
            yield f"preset-{name}", ["--preset", name, "--set", "batch_size=2", "--set", "precision=fp32", "--set", "val_batches=1"]


def main():
    arguments = sys.argv[1:]
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    program = arguments[0] if arguments and arguments[0] != "--only" else "build/release/bin/switchyard"
    compared, worst, bad = 0, {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, settings in cases(program):
            if only not in name:
                continue
            name, off, wrong = compare(program, name, settings, folder)
            compared += 1
            bad += bool(wrong) or off is None
            for key, value in (off or {}).items():
                worst[key] = max(worst.get(key, (0, "")), (value, name))
            figures = " ".join(f"{key} {value:.1e}" for key, value in (off or {}).items())
            print(f"{'BAD ' if wrong or off is None else 'ok  '} {name}: {figures} {wrong[:3] if wrong else ''}", flush=True)
    print(f"{compared} models, {bad} of them bad; largest differences (logits as a share of the largest):")
    for key, (value, name) in worst.items():
        print(f"  {key} {value:.1e} ({name})")
    sys.exit(bad > 0)


main()

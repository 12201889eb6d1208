"""Mixture-of-experts loops of our own, recorded with switchyard_log: record_moe.py CASE FOLDER PATH_OF_SWITCHYARD_LOG.

FOLDER/routes is the recording, FOLDER/expected.json what numpy makes of what the model itself saw.
"""
import json
import os
import sys
import threading
import time
import warnings

CASE, FOLDER, LOG = sys.argv[1:4]
sys.path.insert(0, LOG)
if CASE == "torch_alone":
    sys.modules["numpy"] = None  # whoever imports it is told that there is none
    warnings.filterwarnings("ignore", message=".*[Nn]um[Pp]y.*")
if CASE == "numpy_alone":
    sys.modules["torch"] = None
import switchyard_log  # noqa: E402
from switchyard_log import Recorder  # noqa: E402

ROUTES = os.path.join(FOLDER, "routes")
if CASE != "torch_alone":
    import numpy as np
if CASE != "numpy_alone":
    import torch
    from torch import nn
    from torch.nn import functional as F
    torch.manual_seed(3)
    torch.set_num_threads(1)

LOSSES, SEEN = {}, {}  # of a step; of a step and layer the rows of experts, as lists


def saw(step, layer, ids):
    SEEN.setdefault(step, {}).setdefault(str(layer), []).extend(ids.tolist())


def expected(n_of, extra=None):
    """Figures by numpy; by hand where there is none."""
    made = {}
    for step, layers in SEEN.items():
        made[step] = {"loss": LOSSES.get(step), "layers": {}}
        for layer, rows in layers.items():
            n = n_of(layer)
            counts = [0] * n
            for row in rows:
                for e in row:
                    counts[e] += 1
            one = {"counts": counts}
            if CASE != "torch_alone":
                f = np.array(counts) / sum(counts)
                one["load_entropy"] = float(-(f[f > 0] * np.log(f[f > 0])).sum() / np.log(n))
                one["max_violation"] = float(max(counts) / np.mean(counts) - 1)
            made[step]["layers"][layer] = one
    with open(os.path.join(FOLDER, "expected.json"), "w") as file:
        json.dump({"steps": made, **(extra or {})}, file)


def tutorial(routers, steps=range(1, 13), logits=False, after=None):
    """A character model of two layers that learns to go on counting; returns its recorder, closed."""
    class Experts(nn.ModuleList):
        def __init__(self, n, d):
            super().__init__(nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d)) for _ in range(n))

    class Mixture(nn.Module):  # names as Mixtral, Qwen-MoE and OLMoE have them
        def __init__(self, d, n, k):
            super().__init__()
            self.gate, self.experts, self.top_k, self.seen = nn.Linear(d, n, bias=False), Experts(n, d), k, None

        def choose(self, x):
            w, ids = self.gate(x).softmax(-1).topk(self.top_k, -1)
            return w / w.sum(-1, keepdim=True), ids

        def forward(self, x):
            flat = x.reshape(-1, x.shape[-1])
            w, self.seen = self.choose(flat)
            y = torch.zeros_like(flat)
            for e, expert in enumerate(self.experts):
                row, slot = (self.seen == e).nonzero(as_tuple=True)
                y = y.index_add(0, row, w[row, slot, None] * expert(flat[row]))
            return y.view_as(x)

    class MoEGate(nn.Module):  # as DeepSeek's: tells choices and weights itself
        def __init__(self, d, n, k):
            super().__init__()
            self.weight, self.top_k = nn.Parameter(torch.randn(n, d) / d), k

        def forward(self, x):
            w, ids = (x @ self.weight.T).sigmoid().topk(self.top_k, -1)
            return ids, w, None

    class Deep(Mixture):
        def __init__(self, d, n, k):
            super().__init__(d, n, k)
            self.gate = MoEGate(d, n, k)

        def choose(self, x):
            ids, w, _ = self.gate(x)
            return w, ids

    class Router(nn.Module):  # as nanoMoE's: the matrix is inside
        def __init__(self, d, n, k):
            super().__init__()
            self.w_g, self.w_noise, self.top_k, self.n_exp = nn.Linear(d, n, bias=False), nn.Linear(d, n, bias=False), k, n

        def forward(self, x):
            return self.w_g(x)

    class Nano(Mixture):
        def __init__(self, d, n, k):
            super().__init__(d, n, k)
            del self.gate
            self.router = Router(d, n, k)

        def choose(self, x):
            w, ids = self.router(x).topk(self.router.top_k, -1)
            return w.softmax(-1), ids

    class Block(nn.Module):
        def __init__(self, kind, n, k, d):
            super().__init__()
            self.norm, self.mlp = nn.LayerNorm(d), kind(d, n, k)

        def forward(self, x):
            return x + self.mlp(self.norm(x))

    class Model(nn.Module):
        def __init__(self, d=16):
            super().__init__()
            kinds = {"mixtral": (Mixture, 8, 2), "deepseek": (Deep, 6, 3), "nano": (Nano, 4, 1)}
            self.embedding, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
            self.layers = nn.ModuleList(Block(*kinds[router], d) for router in routers)

        def forward(self, ids):
            x = self.embedding(ids)
            for layer in self.layers:
                x = layer(x)
            return self.head(x)

    model, log = Model(), Recorder(ROUTES, logits=logits, model="tutorial", vocabulary=10, every_s=0.01)
    names = log.hook(model)
    assert len(names) == len(routers), names
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    for n in steps:
        for _ in range(2):  # micro-batches
            start = torch.randint(0, 10, (4, 1))
            text = (start + torch.arange(9)) % 10
            loss = F.cross_entropy(model(text[:, :-1]).flatten(0, 1), text[:, 1:].flatten())
            loss.backward()
            for l, layer in enumerate(model.layers):
                saw(n, l, layer.mlp.seen)
        optimizer.step()
        optimizer.zero_grad()
        model.eval()
        model(text)  # nothing of this is training
        model.train()
        LOSSES[n] = loss.item()
        log.step(n, loss=loss)
        if after:
            after(n, log)
    log.close()
    return log


def plain(log, steps, layers=(0,), rows=30, n=8, k=2, rng=None, record=True):
    for step in steps:
        for layer in layers:
            ids = np.argsort(-rng.normal(size=(rows, n)), 1)[:, :k]
            if record:
                saw(step, layer, ids)
            log.step(step, layer=layer, experts=ids, weights=np.full(ids.shape, 0.5))
        LOSSES[step] = float(np.float32(rng.random()))
        log.step(step, loss=LOSSES[step])


def case_tutorial():
    log = tutorial(("mixtral", "deepseek", "nano"), logits=True)
    expected(lambda layer: {"0": 8, "1": 6, "2": 4}[layer], {"dropped": log.dropped})


def case_torch_alone():
    tutorial(("mixtral",))
    expected(lambda layer: 8)


def case_numpy_alone():
    with Recorder(ROUTES, n_experts=8) as log:
        plain(log, range(1, 6), layers=(2, 5), rng=np.random.default_rng(1))
        # Router logits alone say who was chosen.
        logits = np.random.default_rng(2).normal(size=(4, 5, 8))
        log.step(6, layer=2, router_logits=logits, k=2)
        saw(6, 2, np.argsort(-logits.reshape(-1, 8), 1)[:, :2])
        LOSSES.pop(6, None)
    expected(lambda layer: 8)


def case_goes_on():
    rng = np.random.default_rng(4)
    with Recorder(ROUTES, n_experts=8) as log:
        plain(log, range(1, 9), rng=rng)
    for step in range(5, 9):
        SEEN.pop(step)
    with Recorder(ROUTES, n_experts=8) as log:  # from a checkpoint, with one layer more
        plain(log, range(5, 7), layers=(0, 1), rng=rng)
    with Recorder(ROUTES, n_experts=16) as log:  # and with another model
        plain(log, range(7, 10), layers=(0,), n=16, rng=rng)
    n_of = {step: (16 if step >= 7 else 8) for step in SEEN}
    every = {}
    for step in list(SEEN):
        part = {step: SEEN[step]}
        every[step] = (part, n_of[step])
    seen = dict(SEEN)
    made = {}
    for step, (part, n) in every.items():
        SEEN.clear()
        SEEN.update(part)
        expected(lambda layer: n)
        with open(os.path.join(FOLDER, "expected.json")) as file:
            made.update(json.load(file)["steps"])
    SEEN.update(seen)
    with open(os.path.join(FOLDER, "expected.json"), "w") as file:
        json.dump({"steps": made}, file)


def case_two_programs():
    """Of one rank, one after the other and again: no file is written over another, no line is read again and again."""
    rng, read = np.random.default_rng(4), [0]
    first, second = (Recorder(ROUTES, n_experts=8) for _ in range(2))
    for log, steps in ((first, range(1, 4)), (second, range(4, 7)), (first, range(7, 10))):
        plain(log, steps, rng=rng)
        log.close()
    whole = json.loads

    def loads(*words):
        read[0] += 1
        return whole(*words)

    json.loads = loads
    for step in range(10, 60):
        plain(first, [step], rng=rng)
        first.close()
    json.loads = whole
    assert read[0] < 100, read
    expected(lambda layer: 8)


def case_late_loss():
    """The loss of a step is told once the next has begun, by then the step may be on disk."""
    rng = np.random.default_rng(6)
    with Recorder(ROUTES, n_experts=8, every_s=0.001) as log:
        for step in range(1, 41):
            plain(log, [step], rng=rng)
            time.sleep(0.005)
            if step > 2:
                log.step(step - 2, loss=LOSSES[step - 2])
    assert log._folder.failures == 0
    expected(lambda layer: 8)


def case_ranks():
    """Two stages of a pipeline, two processes: other layers, one folder."""
    children = []
    for rank in (0, 1):
        child = os.fork()
        if child == 0:
            with Recorder(ROUTES, n_experts=8, rank=rank, every_s=0.001) as log:
                for step in range(1, 41):
                    plain(log, [step], layers=(2 * rank, 2 * rank + 1), rng=np.random.default_rng([rank, step]), record=False)
            os._exit(0)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    for rank in (0, 1):
        for step in range(1, 41):
            rng = np.random.default_rng([rank, step])
            for layer in (2 * rank, 2 * rank + 1):
                saw(step, layer, np.argsort(-rng.normal(size=(30, 8)), 1)[:, :2])
    LOSSES.clear()
    expected(lambda layer: 8)


def case_killed():
    """Ended without a word at any moment: what was announced is whole."""
    child = os.fork()
    if child == 0:
        log = Recorder(ROUTES, n_experts=8, every_s=0.001)
        threading.Timer(0.5, os._exit, (0,)).start()
        step = 0
        while True:
            step += 1
            plain(log, [step], rng=np.random.default_rng(step), record=False)
    os.waitpid(child, 0)
    for step in range(1, 200_000):
        if step > 3000:
            break
        saw(step, 0, np.argsort(-np.random.default_rng(step).normal(size=(30, 8)), 1)[:, :2])
    LOSSES.clear()
    expected(lambda layer: 8)


def case_full():
    """A queue that holds next to nothing: what does not fit is counted, and training goes on."""
    log = Recorder(ROUTES, n_experts=8, queue_bytes=60_000, every_s=5)
    rng = np.random.default_rng(1)
    for step in range(1, 101):
        for layer in (0, 1):
            log.step(step, layer=layer, experts=np.argsort(-rng.normal(size=(1000, 8)), 1)[:, :2])
    log.close()
    assert 150 < log.dropped < 200, log.dropped
    expected(lambda layer: 8, {"dropped": log.dropped})


def case_no_folder():
    """Nowhere to write: one warning, and training goes on."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        log = Recorder(ROUTES, n_experts=8, every_s=0.001)
        os.rmdir(ROUTES)
        plain(log, range(1, 30), rng=np.random.default_rng(1))
        log.close()
        assert len([one for one in told if "switchyard_log" in str(one.message)]) == 1, told
    of_eight = {"layer": 0, "n_experts": 8}
    for wrong in ({**of_eight, "experts": np.zeros((2, 9), int)},
                  {**of_eight, "experts": np.zeros((2, 2), int), "weights": np.zeros((3, 2))},
                  {**of_eight, "experts": np.zeros((2, 2), int), "router_logits": np.zeros((2, 7))},
                  {"layer": 0, "experts": np.zeros((2, 2), int)}, {"experts": np.zeros((2, 2), int)}, {"layer": 0}):
        log = Recorder(ROUTES)
        try:
            log.step(1, **wrong)
        except ValueError:
            continue
        raise AssertionError(wrong)


def case_holes():
    """Numbers that no expert has are holes, whatever their type; without a last dimension a token has one expert."""
    rng = np.random.default_rng(8)
    with Recorder(ROUTES) as log:
        for step in (1, 2, 3):
            ids = np.argsort(-rng.normal(size=(6, 8)), 1)[:, :2]
            saw(step, 0, ids[:4] if step != 2 else ids)
            if step != 2:
                ids[4:] = (-1 if step == 1 else 8, 70_000)
            log.step(step, layer=0, experts=ids, n_experts=8)
            one = rng.integers(0, 300, 6)
            one[2] = -1
            saw(step, 1, np.delete(one, 2)[:, None])
            log.step(step, layer=1, experts=one, n_experts=300)
            batch = rng.integers(0, 4, (2, 3))
            saw(step, 2, batch.reshape(-1, 1))
            log.step(step, layer=2, experts=batch, n_experts=4, k=1)
    assert log.dropped == 0, log.dropped
    expected(lambda layer: {"0": 8, "1": 300, "2": 4}[layer])


def case_names():
    """No two routers are the same layer."""
    for names, places in (
            (["layers.0.mlp.gate", "layers.1.mlp.gate"], [("", 0), ("", 1)]),
            (["net.0.gate", "net.2.moe.gate"], [("", 0), ("", 2)]),
            (["model.0.blocks.3.gate", "model.0.blocks.5.gate"], [("", 3), ("", 5)]),
            (["encoder.layers.0.gate", "encoder.layers.1.gate", "decoder.layers.0.gate"],
             [("encoder.layers", 0), ("encoder.layers", 1), ("decoder.layers", 0)]),
            (["stages.0.blocks.0.gate", "stages.1.blocks.0.gate", "stages.1.blocks.1.gate"],
             [("stages.0.blocks", 0), ("stages.1.blocks", 0), ("stages.1.blocks", 1)]),
            (["layers.0.attention.gate", "layers.0.mlp.gate"], [("layers.attention.gate", 0), ("layers.mlp.gate", 0)]),
            (["moe.gate", "more.gate"], [("", 0), ("", 1)])):
        assert switchyard_log._places(names) == places, (names, switchyard_log._places(names))

    class Moe(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.experts, self.top_k = nn.Linear(4, 8), nn.ModuleList(), 2

    model = nn.ModuleDict({name: nn.ModuleList([Moe(), Moe()]) for name in ("encoder", "decoder")})
    log = Recorder(ROUTES)
    log.hook(model)
    for step in (1, 2):
        for name in ("encoder", "decoder"):
            for moe in model[name]:
                moe.gate(torch.randn(5, 4))
        log.step(step)
    try:
        log.hook(model)
    except ValueError:
        log.close()
        return
    raise AssertionError("the same layers twice")


def failing(name, calls, error=MemoryError("none left")):
    """A function of the recorder that fails at these calls of it."""
    owner, name = (switchyard_log._Steps, name[7:]) if name.startswith("_Steps.") else (switchyard_log, name)
    whole, count = getattr(owner, name), [0]

    def fails(*words):
        count[0] += 1
        if count[0] in calls:
            raise error
        return whole(*words)

    setattr(owner, name, fails)


def case_hook_fails():
    """In step 2 the first layer's first micro-batch; its second would be of other tokens. Warnings are errors."""
    warnings.simplefilter("error", RuntimeWarning)
    failing("_of_router", {5})
    log = tutorial(("mixtral", "deepseek"))
    assert log.dropped == 2, log.dropped
    del SEEN[2]["0"]
    expected(lambda layer: {"0": 8, "1": 6}[layer])


def case_hook_full():
    """What hooks saw does not fit in step 5."""
    def after(n, log):
        log._queue_bytes = 3000 if n == 4 else 256 << 20

    log = tutorial(("mixtral", "deepseek"), after=after)
    assert log.dropped == 4, log.dropped
    SEEN[5] = {}
    expected(lambda layer: {"0": 8, "1": 6}[layer])


def case_thread_fails():
    """A cell that cannot be taken, then all that is held: what comes later is recorded. Warnings are errors."""
    warnings.simplefilter("error", RuntimeWarning)
    rng = np.random.default_rng(1)
    failing("_with_holes", {3})
    with Recorder(ROUTES, n_experts=8, every_s=0.001) as log:
        plain(log, range(1, 6), rng=rng)
    assert log.dropped == 1, log.dropped
    SEEN[3] = {}
    failing("_Steps.take", {1})
    log = Recorder(ROUTES, n_experts=8, every_s=5)
    plain(log, range(6, 9), rng=rng)
    log.close()
    assert log.dropped == 3, log.dropped
    for step in (6, 7, 8):
        del SEEN[step]
    plain(log, range(9, 11), rng=rng)
    log.close()
    expected(lambda layer: 8)


def case_hidden():
    """What a router saw, by its hook, in two micro-batches a step; of layer 9 what step() is told, in bfloat16, in step 2 alone."""
    class Mixture(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.experts, self.top_k = nn.Linear(5, 4, bias=False), nn.ModuleList([nn.Identity()]), 2

        def forward(self, x):
            return self.gate(x).topk(2, -1).indices

    model, told, states = nn.ModuleDict({"mlp": Mixture()}), [], []
    log = Recorder(ROUTES, n_experts=4, hidden=True)
    log.hook(model)
    for n in range(1, 4):
        for _ in range(2):
            x = torch.randn(2, 3, 5)
            saw(n, 0, model["mlp"](x).reshape(-1, 2))
            states += x.reshape(-1, 5).tolist()
        ids, own = torch.arange(24).reshape(12, 2) % 4, torch.randn(12, 3).bfloat16()
        saw(n, 9, ids)
        log.step(n, layer=9, experts=ids, hidden=own if n == 2 else None)
        told += own.float().tolist() if n == 2 else [[None] * 3] * 12
        log.step(n)
    for wrong in (torch.zeros(11, 3), torch.zeros(12), torch.zeros(12, 70000)):
        try:
            log.step(4, layer=9, experts=ids, hidden=wrong)
        except ValueError as error:
            assert "hidden has shape" in str(error), error
        else:
            raise AssertionError("took hidden states of another shape")
    log.close()
    expected(lambda layer: 4, {"hidden": {"0": states, "9": told}})


globals()["case_" + CASE]()

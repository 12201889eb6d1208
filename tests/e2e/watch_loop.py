"""A tutorial loop with two mixtures of experts, recorded with switchyard_log while it learns: watch_loop.py FOLDER PATH_OF_LOG.

FOLDER/routes is the recording; FOLDER/expected.json what numpy makes of what the model itself chose.
"""
import json
import os
import sys
import time

FOLDER, LOG = sys.argv[1:3]
sys.path.insert(0, LOG)
import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from switchyard_log import Recorder  # noqa: E402

STEPS, EXPERTS, K, WIDTH, WORDS = 30, 8, 2, 24, 12
torch.manual_seed(7)
torch.set_num_threads(1)


class Mixture(nn.Module):
    def __init__(self):
        super().__init__()
        self.router = nn.Linear(WIDTH, EXPERTS)
        self.experts = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(EXPERTS))

    def forward(self, x):
        self.logits = self.router(x)
        self.weights, self.ids = self.logits.softmax(-1).topk(K, -1)
        out = torch.zeros_like(x)
        for e, expert in enumerate(self.experts):
            gate = (self.weights * (self.ids == e)).sum(-1, keepdim=True)
            out = out + gate * expert(x)
        return x + F.gelu(out)


words, head = nn.Embedding(WORDS, WIDTH), nn.Linear(WIDTH, WORDS)
mixtures = nn.ModuleList([Mixture(), Mixture()])
optimizer = torch.optim.AdamW([*words.parameters(), *head.parameters(), *mixtures.parameters()], 1e-2)
text = torch.randint(0, WORDS, (4, 17))
expected = {}
log = Recorder(os.path.join(FOLDER, "routes"), n_experts=EXPERTS, logits=True, model="tutorial loop", vocabulary=WORDS, every_s=0.1)
for step in range(1, STEPS + 1):
    x = words(text[:, :-1])
    of_step = {"layers": []}
    for number, mixture in enumerate(mixtures):
        x = mixture(x)
        log.step(step, layer=number, experts=mixture.ids, weights=mixture.weights, router_logits=mixture.logits)
        ids, logits = mixture.ids.reshape(-1, K).numpy(), mixture.logits.detach().reshape(-1, EXPERTS).double().numpy()
        counts = np.bincount(ids.ravel(), minlength=EXPERTS)
        f = counts / counts.sum()
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        pairs = [[int(((ids == a).any(1) & (ids == b).any(1)).sum()) for b in range(EXPERTS)] for a in range(EXPERTS)]
        of_step["layers"].append({
            "utilisation": (f * EXPERTS).tolist(),
            "load_entropy": float(-(f[f > 0] * np.log(f[f > 0])).sum() / np.log(EXPERTS)),
            "token_entropy": float(-(p * np.log(p)).sum(1).mean() / np.log(EXPERTS)),
            "max_violation": float(counts.max() / counts.mean() - 1),
            "first": ids[:, 0].tolist(), "pairs": pairs})
    loss = F.cross_entropy(head(x).flatten(0, 1), text[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    of_step["loss"] = loss.item()
    log.step(step, loss=loss, tokens=text[:, :-1])
    expected[step] = of_step
    time.sleep(0.03)
log.close()
with open(os.path.join(FOLDER, "expected.json"), "w") as file:
    json.dump(expected, file)

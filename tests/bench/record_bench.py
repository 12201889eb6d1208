"""What switchyard_log.py costs a training loop: record_bench.py [STEPS].

A step is some 100 ms of matrix products on one thread, with T 2,048 tokens, 4 layers, k 2 of 64 experts. Steps with and without the
recorder take turns, so that what else the machine does befalls both; printed are medians of so many of each (200).
"""
import os
import shutil
import statistics
import sys
import tempfile
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../assets/python"))
from switchyard_log import Recorder  # noqa: E402

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
T, LAYERS, K, N, D = 2048, 4, 2, 64, 256
torch.manual_seed(1)
torch.set_num_threads(1)
gates = [torch.randn(D, N) for _ in range(LAYERS)]
experts = torch.randn(D, 4 * D)


def layer(x, gate):
    w, ids = (x @ gate).softmax(-1).topk(K, -1)
    return torch.tanh((x @ experts) @ experts.T / (4 * D)), ids, w


def step(n, log, rounds):
    began, in_log = time.perf_counter(), 0.0
    x = torch.randn(T, D)
    for l in range(LAYERS):
        for _ in range(rounds):
            y, ids, w = layer(x, gates[l])
        x = y
        if log:
            at = time.perf_counter()
            log.step(n, layer=l, experts=ids, weights=w)
            in_log += time.perf_counter() - at
    if log:
        at = time.perf_counter()
        log.step(n, loss=x.sum())
        in_log += time.perf_counter() - at
    return time.perf_counter() - began, in_log


folder = tempfile.mkdtemp()
try:
    log = Recorder(folder, n_experts=N)
    rounds = 1
    while statistics.median(step(0, None, rounds)[0] for _ in range(5)) < 0.1:
        rounds += 1
    plain, recorded, in_log, cpu = [], [], [], [0.0, 0.0]
    for n in range(1, STEPS + 1):
        for with_log in (0, 1):
            at = time.process_time()
            took, own = step(n, log if with_log else None, rounds)
            cpu[with_log] += time.process_time() - at
            (recorded if with_log else plain).append(took)
        in_log.append(own)
    # The thread works beside both kinds of steps.
    at = time.process_time()
    log.close()
    at = time.process_time() - at
    a, b = statistics.median(plain), statistics.median(recorded)
    size = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)) / STEPS
    print(f"a step           {1e3 * a:8.2f} ms")
    print(f"with a recorder  {1e3 * b:8.2f} ms   {100 * (b / a - 1):+.2f} %")
    print(f"in its calls     {1e3 * statistics.median(in_log):8.3f} ms   {100 * statistics.median(in_log) / a:.2f} %")
    print(f"processor time   {1e3 * cpu[0] / STEPS:8.2f} ms a step without, {1e3 * cpu[1] / STEPS:.2f} with, {1e3 * at:.1f} at the end")
    print(f"written          {size / 1e3:8.1f} kB a step; {log.dropped} dropped")
finally:
    shutil.rmtree(folder)

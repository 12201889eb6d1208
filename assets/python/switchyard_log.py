"""Record which experts a mixture-of-experts model sends its tokens to, for Switchyard (switchyard open FOLDER).

One file; copy it beside your program. It needs numpy or torch, either alone.

    from switchyard_log import Recorder
    log = Recorder("routes", n_experts=8)
    for n, batch in enumerate(batches, 1):
        ...                                            # in each layer, once or several times a step:
        log.step(n, layer=3, experts=ids, weights=w)   # ids [T, k] or [B, S, k], best first; [T]: one a token
        log.step(n, loss=loss)                         # and what the step had
    log.close()

or, of models whose routers stand where those of Hugging Face and of nanoMoE do:

    log = Recorder("routes")
    log.hook(model)                                    # what is forward in training mode is recorded
    ...
    log.step(n, loss=loss, tokens=input_ids)           # once a step, behind it

Experts, weights and counts are kept; router logits too with Recorder(..., logits=True), and with hidden=True, or
step(..., hidden=x), the hidden states that the routers saw. Training waits for nothing: tensors are
copied, and a thread writes them. Where it cannot keep up, what comes next is left out and counted, `dropped` says how much.
A loss may be told while its step waits still, within a second or so.
Several ranks may write into one folder (rank=, or the launcher's RANK). The folder is whole whenever the program ends; one that
goes on records into the same folder, and steps that come again stand for those before.

The form of the folder is described in core/recordings/README.md of Switchyard, as switchyard-routes/2.
"""
import atexit
import collections
import ctypes
import json
import os
import re
import struct
import sys
import threading
import time
import warnings

try:
    import numpy as np
except ImportError:
    np = None
try:
    import fcntl
except ImportError:
    fcntl = None

FORMAT = "switchyard-routes/2"
CHUNK_BYTES = 48 << 20  # what is gathered before it is written; a file is at most 64 MB
MOST_WIDTH = 65536  # of a hidden state
CELL_BYTES = 512  # what a cell takes beside its numbers


class Recorder:
    def __init__(self, folder, *, n_experts=None, k=None, logits=False, hidden=False, order="gate", rank=None, model=None, vocabulary=None,
                 queue_bytes=256 << 20, every_s=1.0):
        """order: "gate" where the experts of a token stand best first, "id" where they stand by number."""
        if order not in ("gate", "id"):
            raise ValueError(f"order = {order!r}: allowed are 'gate' and 'id'")
        if rank is None:
            names = ("RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID")
            rank = int(next((os.environ[name] for name in names if os.environ.get(name)), 0))
        self.n_experts, self.k, self.logits, self.hidden = n_experts, k, logits, hidden
        self._head = {"order": order}
        if model is not None:
            self._head["model"] = str(model)
        if vocabulary is not None:
            self._head["vocabulary"] = int(vocabulary)
        self._folder = _Folder(folder, rank, self._head)
        self._queue_bytes, self._every_s = queue_bytes, every_s
        self._queue, self._queued = collections.deque(), 0
        self._open, self._open_bytes = [], 0  # what hooks saw since the last step()
        self._open_lost = set()  # layers of that, or None for all, whose rows are no longer those of the tokens
        self._latest = self._lost_step = None
        self._wake, self._thread, self._ending = threading.Condition(), None, False
        self._hooks, self._hooked = [], set()

    @property
    def dropped(self):
        """Cells (a layer in a micro-batch) that were left out."""
        return self._folder.lost

    # --- what a training loop calls

    def step(self, n, layer=None, experts=None, weights=None, router_logits=None, loss=None, *, n_experts=None, k=None,
             block="", tokens=None, sequence=None, hidden=None):
        """One layer in one (micro-)batch of step n; without a layer what the step has besides, and the end of what hooks saw."""
        if layer is None and not (experts is None and weights is None and router_logits is None and hidden is None):
            raise ValueError("step(): experts, weights, router_logits and hidden need the layer they are of")
        experts, weights, router_logits, tokens, sequence, hidden = map(
            _array, (experts, weights, router_logits, tokens, sequence, hidden))
        if layer is None:
            self._put_seen(int(n))
        else:
            place = (str(block), int(layer))
            try:
                cell = self._cell(int(n), *place, experts, weights, router_logits, hidden, n_experts, k)
            except ValueError:
                raise
            except Exception as error:  # no memory for a copy: training goes on
                self._lose(error)
                cell = _Lost(int(n), place, 0)
            self._put(cell)
        if loss is not None or tokens is not None:
            if hasattr(loss, "detach"):
                loss = loss.detach().clone()
            taken = [None if ids is None else _taken(ids, "int32") for ids in (tokens, sequence)]
            if tokens is not None and sequence is None and len(_shape(tokens)) == 2:
                taken[1] = _shape(tokens)
            self._put(_About(int(n), loss, taken[0], taken[1], sum(_bytes(t) for t in taken)))

    def hook(self, model, also_in_eval=False):
        """Watches every router of a torch model that it finds; returns their names. A router is what is called gate or router
        beside something called experts."""
        routers = list(_routers(model))
        if not routers:
            raise ValueError("hook(): found no router: nothing called gate, router, gating or wg beside experts; "
                             "use step(n, layer=...)")
        names = [name for name, _, _, _ in routers]
        places = _places(names)
        for (name, _, _, k), place in zip(routers, places):
            if not (k or self.k):
                raise ValueError(f"hook(): {name} does not say how many experts a token has; give Recorder(k=...)")
            if place in self._hooked:
                raise ValueError(f"hook(): {name} would be layer {place[1]} again, which is watched already")
        for (_, module, n, k), place in zip(routers, places):
            self._hooked.add(place)
            self._hooks.append(module.register_forward_hook(self._watcher(place, n, k or self.k, also_in_eval)))
        return names

    def close(self):
        """Writes all there is and ends the thread; what is recorded later begins a new one."""
        for handle in self._hooks:
            handle.remove()
        self._hooks, self._hooked = [], set()
        with self._wake:
            thread, self._ending = self._thread, True
            self._wake.notify()
        if thread:
            thread.join()
        self._thread, self._ending = None, False
        atexit.unregister(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- from there to the thread

    def _cell(self, n, block, layer, experts, weights, logits, hidden, n_experts, k):
        n_experts = int(n_experts or (_shape(logits)[-1] if logits is not None else self.n_experts) or 0)
        k = int(k or self.k or 0)
        if experts is None and logits is None:
            raise ValueError(f"layer {layer}: needs experts or router_logits")
        shape = _shape(experts if experts is not None else logits)
        if experts is None:
            tokens = shape[:-1]
        elif shape and shape[-1] != k and (k == 1 or len(shape) == 1):  # [T], [B, S]: one expert a token
            tokens, k = shape, 1
        else:
            tokens, k = shape[:-1], shape[-1] if shape else 0
        if not n_experts or not k:
            unknown = "k" if n_experts else "n_experts"
            raise ValueError(f"layer {layer}: {unknown} is not known; give it to step() or Recorder()")
        if k > n_experts:
            raise ValueError(f"layer {layer}: experts of shape {list(shape)} give a token {k} of {n_experts} experts")
        for name, values, wide in (("weights", weights, k), ("router_logits", logits, n_experts)):
            if values is not None and (_product(_shape(values)) != _product(tokens) * wide
                                       or values is logits and _shape(values)[-1:] != (wide,)):
                raise ValueError(f"layer {layer}: {name} have shape {list(_shape(values))}, "
                                 f"allowed is {list(tokens) + [wide]}")
        if hidden is not None and (len(_shape(hidden)) < 2 or not 1 <= _shape(hidden)[-1] <= MOST_WIDTH
                                   or _product(_shape(hidden)[:-1]) != _product(tokens)):
            raise ValueError(f"layer {layer}: hidden has shape {list(_shape(hidden))}, allowed is {list(tokens)} and a width up to "
                             f"{MOST_WIDTH}")
        # With their sign, and wide: what is no number of an expert is known for that by the thread.
        parts = [None if experts is None else _taken(experts, "int32"),
                 None if weights is None else _taken(weights, "float32"),
                 _taken(logits, None) if logits is not None and (self.logits or experts is None) else None,
                 None if hidden is None else _taken(hidden, None)]
        return _Cell(n, block, layer, n_experts, k, *parts, tokens, CELL_BYTES + sum(_bytes(part) for part in parts))

    def _watcher(self, place, n_experts, k, also_in_eval):
        torch = sys.modules["torch"]

        def seen(module, inputs, output):
            try:  # whatever goes wrong in here, training goes on
                if not (module.training or also_in_eval) or _in_backward(torch):
                    return
                ids, weights, logits = _of_router(torch, output, n_experts)
                if ids is None and (logits is None or not k):
                    return
                of_ids = k if ids is None or k == 1 else ids.shape[-1]
                hidden = _seen_by_router(torch, inputs, ids if ids is not None else logits) if self.hidden else None
                cell = self._cell(0, *place, ids, weights, logits, hidden, n_experts, of_ids)
                if self._open_bytes + cell.bytes > self._queue_bytes:
                    self._lose()
                    self._open_lost.add(None)
                else:
                    self._open.append(cell)
                    self._open_bytes += cell.bytes
            except Exception as error:
                self._lose(error)
                self._open_lost.add(place)

        return seen

    def _put_seen(self, n):
        """What hooks saw, but for layers that have lost a micro-batch: the rows behind it are of other tokens."""
        (seen, self._open, self._open_bytes), (lost, self._open_lost) = (self._open, [], 0), (self._open_lost, set())
        for place in lost:
            self._put(_Lost(n, place, 0))
        for cell in seen:
            self._put(cell._replace(step=n))

    def _lose(self, error=None):
        self._folder.lose(1)
        if error is not None:
            self._folder.fail(error)

    def _put(self, item):
        try:
            self._queue_up(item)
        except Exception as error:  # no thread can be started
            self._lose(error)

    def _queue_up(self, item):
        with self._wake:
            is_cell = isinstance(item, _Cell)
            if is_cell:
                self._latest = item.step
                if self._lost_step != item.step:
                    self._lost_step = None
            if is_cell and self._lost_step is not None:
                self._folder.lose(1)
                return
            if self._queued + item.bytes > self._queue_bytes:
                if is_cell:
                    # Later rows of the step would stand beside other tokens: it is left out as a whole.
                    self._folder.lose(1)
                    self._lost_step = item.step
                    item = _Lost(item.step, None, 0)
                elif isinstance(item, _About):
                    item = item._replace(tokens=None, sequence=None, bytes=0)
            self._queue.append(item)
            self._queued += item.bytes
            if self._thread is None:
                atexit.register(self.close)
                self._thread = threading.Thread(target=self._write, name="switchyard_log", daemon=True)
                self._thread.start()
            # The thread looks by itself, some times a second: woken for each of these it would want a processor in the middle
            # of a step.
            if self._queued > self._queue_bytes // 2:
                self._wake.notify()

    def _write(self):
        steps = _Steps(self.logits)
        began = written = time.monotonic()
        while True:
            with self._wake:
                if not self._queue and not self._ending:
                    self._wake.wait(self._every_s / 2)
                items, self._queue = self._queue, collections.deque()
                ending, steps.latest = self._ending, self._latest
            held = steps.bytes() + sum(item.bytes for item in items)
            try:
                for item in items:
                    try:
                        self._folder.lose(steps.add(item))
                    except Exception as error:  # recording must not end training
                        is_cell = isinstance(item, _Cell)
                        self._folder.lose(is_cell + (steps.lose(item.step, (item.block, item.layer)) if is_cell else 0))
                        self._folder.fail(error)
                now = time.monotonic()
                # As a run grows old its files grow larger, or there would be one a second.
                due = now - written >= min(30.0, max(self._every_s, (now - began) / 100))
                if ending:
                    steps.finish()
                while steps.finished() and (ending or due or steps.bytes() >= CHUNK_BYTES):
                    written = now
                    self._folder.write(steps)
            except Exception as error:  # nor end this thread
                self._folder.lose(steps.count())
                steps = _Steps(self.logits)
                self._folder.fail(error)
            with self._wake:  # what waits for its step to be finished counts too
                self._queued -= held - steps.bytes()
            if ending and not self._queue:
                return


# --- what waits

_Cell = collections.namedtuple("_Cell", "step block layer n_experts k experts weights logits hidden shape bytes")
_About = collections.namedtuple("_About", "step loss tokens sequence bytes")
_Lost = collections.namedtuple("_Lost", "step place bytes")  # place None: all layers


def _array(values):
    """Lists too."""
    if values is None or hasattr(values, "shape"):
        return values
    return np.asarray(values) if np is not None else sys.modules["torch"].tensor(values)


def _shape(values):
    return tuple(int(size) for size in values.shape)


def _product(sizes):
    product = 1
    for size in sizes:
        product *= size
    return product


def _id_type(n_experts, has_holes):
    if n_experts <= 256 and not has_holes:
        return "uint8"
    return "int16" if n_experts <= 1 << 15 else "int32"


class _Taken:
    """A copy of an array or tensor that nobody else changes; on its way from a device until ready()."""

    def __init__(self, values, event=None):
        self.values, self.event = values, event

    def ready(self):
        if self.event is not None:
            self.event.synchronize()
            self.event = None
        return self.values


def _bytes(taken):
    if not isinstance(taken, _Taken):
        return 0
    values = taken.values
    return _raw_size(values)


def _taken(values, dtype):
    """dtype None: of floats as they are, float64 as float32."""
    if not hasattr(values, "detach"):
        own = np.asarray(values)
        if dtype is None:
            dtype = own.dtype.name if own.dtype.name in ("float16", "float32") else "float32"
        return _Taken(np.array(own, dtype))
    torch = sys.modules["torch"]
    own = values.detach()
    if dtype is None:
        dtype = own.dtype if own.dtype in (torch.float16, torch.float32, torch.bfloat16) else torch.float32
    else:
        dtype = getattr(torch, dtype)
    if own.device.type == "cpu":
        return _Taken(own.to(dtype, copy=True).contiguous())
    own = own.to(dtype).contiguous()
    if own.device.type != "cuda":
        return _Taken(own.cpu())
    # Without waiting for the device.
    host = torch.empty(own.shape, dtype=dtype, pin_memory=True)
    host.copy_(own, non_blocking=True)
    event = torch.cuda.Event()
    event.record()
    return _Taken(host, event)


# --- routers

def _routers(model):
    names = ("gate", "router", "gating", "wg", "w_g")
    seen = set()
    for parent_name, parent in model.named_modules():
        if getattr(parent, "experts", None) is None and not hasattr(parent, "n_experts"):
            continue
        for name, child in parent.named_children():
            if name not in names or id(child) in seen:
                continue
            place, router = f"{parent_name}.{name}".strip("."), child
            if not _is_matrix(child):
                inner = [(n, m) for n, m in child.named_modules() if n and _is_matrix(m)]
                inner = [one for one in inner if one[0] in names] or inner
                # What chooses itself says more than the matrix inside of it; of others the matrix is the router.
                if len(inner) == 1 and not _tells_choices(child):
                    place, router = f"{place}.{inner[0][0]}", inner[0][1]
                elif not inner:
                    continue
            n = _first_number((child, parent), ("num_experts", "n_experts", "n_routed_experts", "num_local_experts", "n_exp"))
            n = int(router.weight.shape[0]) if _is_matrix(router) else n
            k = _first_number((child, parent), ("top_k", "num_experts_per_tok", "num_experts_per_token", "moe_top_k", "topk", "k"))
            if not n and hasattr(parent.experts, "__len__"):
                n = len(parent.experts)
            if n:
                seen.add(id(child))
                yield place, router, n, k
                break


def _places(names):
    """(block, layer) of routers by their names, no two alike. The layer is the number that varies among names that are alike
    otherwise; the block is empty, or what stands before that number where two would have the same."""
    texts = [re.split(r"(\d+)", name) for name in names]
    alike = {}
    for text in texts:
        alike.setdefault(tuple(text[::2]), []).append(text[1::2])
    layers, before, around = [], [], []
    for index, text in enumerate(texts):
        numbers = text[1::2]
        varies = [i for i in range(len(numbers)) if len({other[i] for other in alike[tuple(text[::2])]}) > 1]
        at = 2 * (varies[-1] if varies else 0) + 1
        layers.append(int(numbers[at // 2]) if numbers else index)
        before.append("".join(text[:at]).strip("."))
        around.append("".join(text[:at] + text[at + 1:]).replace("..", ".").strip("."))
    for blocks in ([""] * len(names), before, around, names):
        places = [(block[-100:], layer) for block, layer in zip(blocks, layers)]
        if len(set(places)) == len(places):
            return places
    return [("", index) for index in range(len(names))]


def _is_matrix(module):
    weight = getattr(module, "weight", None)
    return weight is not None and weight.dim() == 2


def _tells_choices(module):
    return "topk" in type(module).__name__.lower() or type(module).__name__ == "MoEGate"


def _first_number(modules, names):
    for module in modules:
        for name in names:
            value = getattr(module, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None


def _of_router(torch, output, n_experts):
    """(experts, weights, logits) among what a router gives back."""
    outputs = output if isinstance(output, (tuple, list)) else (output,)
    outputs = [one for one in outputs if isinstance(one, torch.Tensor) and one.dim() >= 2]
    whole = [one for one in outputs if not one.is_floating_point() and one.dtype != torch.bool]
    ids = next((one for one in whole if one.shape[-1] < n_experts), None)
    weights = logits = None
    for one in outputs:
        if not one.is_floating_point():
            continue
        if ids is not None and weights is None and one.shape == ids.shape:
            weights = one
        elif logits is None and one.shape[-1] == n_experts:
            logits = one
    return ids, weights, logits


def _seen_by_router(torch, inputs, of):
    """[T, d] that it was given, where that has as many rows as what it gave; else None."""
    states = inputs[0] if inputs else None
    if not isinstance(states, torch.Tensor) or not states.is_floating_point() or states.dim() < 2:
        return None
    rows = _product(_shape(of)[:-1])
    return states if states.shape[-1] <= MOST_WIDTH and _product(_shape(states)[:-1]) == rows else None


def _in_backward(torch):
    """Whether this is a forward pass that is done again for gradients (checkpointing)."""
    task = getattr(torch._C, "_current_graph_task_id", None)
    return task is not None and task() != -1


# --- the thread's side: numpy, or torch where there is none

def _as_array(taken):
    """numpy array (bfloat16: its bits as uint16 and True), or a torch tensor where there is no numpy."""
    values = taken.ready()
    if np is None or not hasattr(values, "detach"):
        return values
    if str(values.dtype) == "torch.bfloat16":
        return values.view(sys.modules["torch"].int16).numpy().view(np.uint16)
    return values.numpy()


def _kind(array):
    return str(array.dtype).split(".")[-1]


def _floats(array):
    if np is not None:
        return (array.astype(np.uint32) << 16).view(np.float32) if array.dtype == np.uint16 else array.astype(np.float32)
    return array.float()


def _flat(array, columns):
    return array.reshape((-1, columns)) if columns else array.reshape(-1)


def _cast(array, name):
    return array.astype(name) if np is not None else array.to(getattr(sys.modules["torch"], name))


def _full(shape, value, name):
    if np is not None:
        return np.full(shape, value, name)
    torch = sys.modules["torch"]
    return torch.full(tuple(shape), value, dtype=getattr(torch, name))


def _joined(arrays):
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if np is not None else sys.modules["torch"].cat(arrays)


def _best(logits, k):
    if np is None:
        return logits.topk(k, dim=1).indices
    rows = np.arange(len(logits))[:, None]
    some = np.argpartition(-logits, k - 1, axis=1)[:, :k] if k < logits.shape[1] else np.argsort(-logits, axis=1)
    return some[rows, np.argsort(-logits[rows, some], axis=1, kind="stable")]


def _with_holes(ids, n):
    """What is no number of an expert as -1, in the smallest type; whether there is any."""
    wrong = (ids < 0) | (ids >= n)
    has_holes = bool(wrong.any())
    if has_holes:
        ids = np.where(wrong, -1, ids) if np is not None else ids.masked_fill(wrong, -1)
    return _cast(ids, _id_type(n, has_holes)), has_holes


def _counted(ids, n):
    ids = ids.reshape(-1)
    ids = ids[ids >= 0]
    return np.bincount(ids, minlength=n).astype(np.int64) if np is not None else ids.long().bincount(minlength=n)


_NAMES = {"uint8": "U8", "int16": "I16", "uint16": "BF16", "int32": "I32", "int64": "I64", "float16": "F16", "bfloat16": "BF16",
          "float32": "F32"}


def _raw(array):
    """(dtype's name, shape, bytes)"""
    if np is not None:
        array = np.ascontiguousarray(array)
        return _NAMES[array.dtype.name], array.shape, array.data.cast("B") if array.size else b""
    array = array.contiguous()
    return _NAMES[_kind(array)], tuple(array.shape), ctypes.string_at(array.data_ptr(), _raw_size(array))


class _Layer:
    """A layer in one step: its micro-batches, one behind the other, as (experts, weights, logits, hidden)."""

    def __init__(self):
        self.cells, self.sequence_length, self.has_holes = [], None, False

    def add(self, cell, keeps_logits):
        logits = None if cell.logits is None else _flat(_as_array(cell.logits), cell.n_experts)
        if cell.experts is not None:
            ids = _flat(_as_array(cell.experts), cell.k)
        else:
            ids = _best(_floats(logits), cell.k)
        ids, has_holes = _with_holes(ids, cell.n_experts)
        weights = None if cell.weights is None else _flat(_as_array(cell.weights), cell.k)
        self.has_holes |= has_holes
        hidden = None if cell.hidden is None else _flat(_as_array(cell.hidden), _shape(cell.hidden.values)[-1])
        self.cells.append((ids, weights, logits if keeps_logits else None, hidden))
        if len(cell.shape) == 2:
            self.sequence_length = cell.shape[1]

    def rows(self):
        return sum(len(cell[0]) for cell in self.cells)


def _column(of_steps, rows_of, which, kind, missing, columns):
    """One kind of a layer's numbers over all rows; what is not there is `missing`."""
    to = []
    for one, rows in zip(of_steps, rows_of):
        for cell in one.cells if one else []:
            array = cell[which]
            if array is None or array.shape[1] != columns:  # of hidden states the width may change
                array = _full((len(cell[0]), columns), missing, kind)
            elif _kind(array) != kind:
                array = _floats(array) if which >= 2 else _cast(array, kind)
            to.append(array)
        short = rows - (one.rows() if one else 0)
        if short:
            to.append(_full((short, columns), missing, kind))
    return _joined(to)


class _Steps:
    """Steps in their order; one is finished once a later one has begun."""

    def __init__(self, keeps_logits):
        self.keeps_logits = keeps_logits
        self.cells, self.about = collections.OrderedDict(), {}
        self.spec, self.size, self.ended = {}, collections.Counter(), False
        self.written = None  # the last step that was taken
        self.latest = None  # of the last cell that came, even one that was left out
        self.lost = {}  # places of a step that came not whole; None among them: all

    def add(self, item):
        """How many cells are left out for it."""
        if isinstance(item, _Lost):
            return self.lose(item.step, item.place)
        if isinstance(item, _About):
            if self.written is not None and item.step <= self.written and item.step not in self.cells:
                return 0  # a loss that is told after its step is on disk: no reason to call the step void
            loss, tokens, sequence = self.about.get(item.step, (None, [], []))
            if item.loss is not None:
                loss = float(item.loss)
            if item.tokens is not None:
                tokens = tokens + [_flat(_as_array(item.tokens), 0)]
                sequence = sequence + [_flat(_as_array(item.sequence), 0) if isinstance(item.sequence, _Taken) else item.sequence]
            self.about[item.step] = (loss, tokens, sequence)
            self.cells.setdefault(item.step, {})
        else:
            place, spec = (item.block, item.layer), (item.n_experts, item.k)
            if not {None, place}.isdisjoint(self.lost.get(item.step, ())):
                return 1
            if self.spec.get((item.step, place), spec) != spec:
                raise ValueError(f"layer {item.layer}: n_experts or k changed within step {item.step}")
            layer = self.cells.get(item.step, {}).get(place) or _Layer()
            layer.add(item, self.keeps_logits)
            self.cells.setdefault(item.step, {})[place] = layer
            self.spec[(item.step, place)] = spec
        self.size[item.step] += item.bytes
        return 0

    def lose(self, step, place):
        """Leaves a layer out of a step, or all of them; returns how many cells there were."""
        if len(self.lost) > 1000:
            self.lost.clear()
        self.lost.setdefault(step, set()).add(place)
        of_step = self.cells.get(step, {})
        gone = [one for one in of_step if place in (None, one)]
        for one in gone:
            del self.spec[(step, one)]
        count = sum(len(of_step.pop(one).cells) for one in gone)
        if place is None and step not in self.about:
            self.cells.pop(step, None)
            self.size.pop(step, None)
        return count

    def count(self):
        return sum(len(layer.cells) for layers in self.cells.values() for layer in layers.values())

    def finish(self):
        self.ended = True

    def finished(self):
        if len(self.cells) < 2:
            return bool(self.cells) and (self.ended or self.latest not in (None, next(iter(self.cells))))
        return True

    def bytes(self):
        return sum(self.size.values())

    def take(self):
        """Finished steps as rising as they came, of one shape, as many as a file takes."""
        taken, size, spec = [], 0, {}
        while self.finished():
            step = next(iter(self.cells))
            of_step = {place: self.spec[(step, place)] for place in self.cells[step]}
            changed = any(spec.get(place, value) != value for place, value in of_step.items())
            if taken and (step <= taken[-1][0] or size + self.size[step] > CHUNK_BYTES or changed):
                break
            for place in of_step:
                del self.spec[(step, place)]
            spec.update(of_step)
            size += self.size.pop(step, 0)
            self.written = step
            self.lost.pop(step, None)
            taken.append((step, self.cells.pop(step), self.about.pop(step, (None, [], []))))
        return taken, spec


class _Folder:
    def __init__(self, path, rank, head):
        self.path, self.rank, self.head = os.fspath(path), int(rank), head
        self.lost, self.told_lost, self.lock = 0, 0, threading.Lock()
        self.failures, self.number, self.known = 0, None, None
        self.manifest = os.path.join(self.path, "manifest.jsonl")
        os.makedirs(self.path, exist_ok=True)

    def fail(self, error):
        self.failures += 1
        if self.failures == 1:
            told = f"switchyard_log: {self.path}: {error}; recording goes on where it can"
            try:
                warnings.warn(told, RuntimeWarning)
            except Warning:  # python -W error
                print(told, file=sys.stderr)

    def lose(self, cells):
        with self.lock:
            self.lost += cells

    def write(self, steps):
        taken, spec = steps.take()
        try:
            self._write(taken, spec)
        except Exception as error:  # disk full: training goes on, and what is lost is counted
            self.lose(sum(len(layer.cells) for _, layers, _ in taken for layer in layers.values()))
            self.fail(error)

    def _write(self, taken, spec):
        with open(self.manifest, "a+b") as manifest:
            if fcntl:
                try:
                    fcntl.flock(manifest, fcntl.LOCK_EX)
                except OSError:
                    pass  # a file system without locks
            table, mine, ends_whole = self._table(manifest)
            lines = [] if ends_whole else [None]
            for place, (n, k) in spec.items():
                known = next((one for one in table if (one.get("block", ""), one["id"]) == place), None)
                if known is None:
                    table.append({"id": place[1], "n_experts": n, "k": k, **({"block": place[0]} if place[0] else {})})
                    lines.append("layers")
                elif (known["n_experts"], known["k"]) != (n, k):
                    known["n_experts"], known["k"] = n, k
                    lines.append("layers")
            if not table:
                return  # losses of steps without a layer: there is nothing to see yet
            if None in lines:
                self._append(manifest, b"\n")
            if "layers" in lines:
                head = {"layers": table} if mine["head"] else {"format": FORMAT, "layers": table, **self.head}
                self._append(manifest, _line(head))
            # A step that comes again stands for what was recorded of it.
            last = mine["last"]
            if last is not None and taken[0][0] <= last:
                self._append(manifest, _line({"rank": self.rank, "void_from": taken[0][0]}))
            self.number = mine["number"]  # another program may have gone on in the meantime
            places = [(one.get("block", ""), one["id"]) for one in table]
            for tensors, rows in self._parts(taken, spec, places):
                self._chunk(manifest, taken, tensors, rows)

    def _table(self, manifest):
        """What layers there are by the lines so far, and which chunks of this rank; reads on where it was."""
        known = os.fstat(manifest.fileno())
        if self.known is None or self.known["inode"] != known.st_ino or known.st_size < self.known["at"]:
            self.known = {"inode": known.st_ino, "at": 0, "table": [], "head": False, "number": 1, "last": None}
        known = self.known
        manifest.seek(known["at"])
        ends_whole = True
        for text in manifest:
            ends_whole = text.endswith(b"\n")
            if not ends_whole:
                break
            known["at"] += len(text)
            try:
                self._know(json.loads(text), known)
            except (ValueError, TypeError, LookupError, AttributeError):
                continue  # no line of ours
        return [dict(one) for one in known["table"]], dict(known), ends_whole

    def _know(self, line, known):
        if "layers" in line:
            known["table"], known["head"] = [dict(one) for one in line["layers"]], True
        if line.get("rank") != self.rank:
            return
        if "file" in line:
            known["number"] = max(known["number"], int(re.findall(r"(\d+)\.safetensors$", line["file"])[0]) + 1)
            known["last"] = max(line["last_step"], known["last"] if known["last"] is not None else -1)
        elif "void_from" in line and known["last"] is not None:
            known["last"] = min(known["last"], line["void_from"] - 1)

    def _parts(self, taken, spec, places):
        """Tensors of each file: one, or of a step too large for one several with some of its rows."""
        rows_of = [max([layer.rows() for layer in layers.values()] or [0]) for _, layers, _ in taken]
        tensors, wide = {}, 0
        rows = sum(rows_of)
        tensors["step"] = _joined([_full((n,), step, "int64") for (step, _, _), n in zip(taken, rows_of)])
        for name in ("tokens", "sequence"):
            ids = [_ids_of(name, about, layers, n) for (_, layers, about), n in zip(taken, rows_of)]
            if rows and all(one is not None for one in ids):
                tensors[name] = _joined(ids)
        alone = {"counted_steps": [step for step, _, _ in taken],
                 "losses": [float("nan") if about[0] is None else about[0] for _, _, about in taken]}
        alone = {"counted_steps": _listed(alone["counted_steps"], "int64"), "losses": _listed(alone["losses"], "float32")}
        for place, (n, k) in spec.items():
            i = places.index(place)
            of_steps = [layers.get(place) for _, layers, _ in taken]
            cells = [cell for one in of_steps if one for cell in one.cells]
            holes = any(one is None or one.rows() < n_rows for one, n_rows in zip(of_steps, rows_of))
            id_holes = holes or any(one.has_holes for one in of_steps)
            columns = {f"experts.{i}": _column(of_steps, rows_of, 0, _id_type(n, id_holes), -1, k)}
            if any(cell[1] is not None for cell in cells):
                columns[f"weights.{i}"] = _column(of_steps, rows_of, 1, "float32", float("nan"), k)
            for which, name in ((2, "router_logits"), (3, "hidden")):
                own = [cell[which] for cell in cells if cell[which] is not None]
                if own:
                    whole = len(own) == len(cells) and not holes and len({(_kind(one), one.shape[1]) for one in own}) == 1
                    columns[f"{name}.{i}"] = _column(of_steps, rows_of, which, _kind(own[0]) if whole else "float32", float("nan"),
                                                     int(own[0].shape[1]))
            tensors.update(columns)
            wide += sum(_raw_size(array) for array in columns.values())
            counts = [_full((n,), -1, "int64") if one is None else _counted(_joined([cell[0] for cell in one.cells]), n)
                      for one in of_steps]
            alone[f"counts.{i}"] = _joined([one.reshape((1, -1)) for one in counts])
        pieces = max(1, -(-wide // CHUNK_BYTES)) if rows else 1
        for piece in range(pieces):
            begin, end = rows * piece // pieces, rows * (piece + 1) // pieces
            part = {name: array[begin:end] for name, array in tensors.items()}
            yield (part if piece else {**part, **alone}), end - begin

    def _chunk(self, manifest, taken, tensors, rows):
        name = f"chunk-r{self.rank:03d}-{self.number:06d}.safetensors"
        head, blobs, at = {}, [], 0
        for key, array in tensors.items():
            dtype, shape, data = _raw(array)
            head[key] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
            blobs.append(data)
            at += len(data)
        text = json.dumps(head, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        aside = os.path.join(self.path, f".{name}.part")
        with open(aside, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for blob in blobs:
                file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, os.path.join(self.path, name))
        losses = [about[0] for _, _, about in taken if about[0] is not None and about[0] == about[0] and abs(about[0]) < 1e300]
        line = {"file": name, "rank": self.rank, "first_step": taken[0][0], "last_step": taken[-1][0],
                "wall_s": time.time(), "tokens": rows}
        if losses:
            line["loss"] = losses[-1]
        lost = self.lost
        if lost > self.told_lost:
            line["dropped"] = lost - self.told_lost
        self._append(manifest, _line(line))
        self.told_lost = lost
        self.number += 1

    def _append(self, manifest, data):
        while data:  # in one piece: nearly always a line is whole or not there
            data = data[os.write(manifest.fileno(), data):]


def _raw_size(array):
    return array.numel() * array.element_size() if hasattr(array, "numel") else array.nbytes


def _listed(values, name):
    if np is not None:
        return np.array(values, name)
    torch = sys.modules["torch"]
    return torch.tensor(values, dtype=getattr(torch, name))


def _ids_of(name, about, layers, rows):
    """[rows] token ids, or which sequence each token is of; nothing where that is not known."""
    _, tokens, sequences = about
    if name == "tokens":
        return _joined(tokens) if tokens and sum(len(one) for one in tokens) == rows else None
    made, at = [], 0
    lengths = [shape for shape in sequences if isinstance(shape, tuple)]
    if sequences and all(one is not None and not isinstance(one, tuple) for one in sequences):
        joined = _joined(sequences)
        return joined if len(joined) == rows else None
    if sequences and len(lengths) == len(sequences):
        for count, length in lengths:
            for _ in range(count):
                made.append(_full((length,), at, "int32"))
                at += 1
    else:
        length = next((layer.sequence_length for layer in layers.values() if layer.sequence_length), None)
        if not length or rows % length:
            return None
        made = [_full((length,), i, "int32") for i in range(rows // length)]
    joined = _joined(made) if made else None
    return joined if joined is not None and len(joined) == rows else None


def _line(value):
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"

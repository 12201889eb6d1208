"""Make a recording that Switchyard opens out of a file that torch.save wrote: switchyard_convert.py FILE.pt … --out FOLDER

    python3 switchyard_convert.py expert_distribution_recorder_*.pt --out routes
    switchyard open routes

One file; it needs torch, 1.13 or later. It reads

  SGLang's expert recorder   what /dump_expert_distribution_record leaves: counts of each pass (stat, per_pass) or each
                             token's experts (per_token). Several files are several ranks, or a rank's passes in their order.
  router logits              what Hugging Face's models return with output_router_logits=True: a tuple of one tensor [rows, N]
                             a layer, a list of such tuples (a step each), or a dict {"router_logits": …, "input_ids": …}.
                             Needs --k. Rows that sum to 1 are probabilities, as some releases returned, and are told as such.

Such a file is a pickle, which may hold a program. Nothing of one is run: torch.load(weights_only=True) takes numbers and plain
containers alone, and what is no archive of torch's, or is a TorchScript one, is not given to it at all.

SGLang writes down per pass and per token where an expert lies (its physical number), and beside it which expert that was at the
end (last_physical_to_logical_map): numbers of experts here are logical ones, by that map. Where experts were moved while it was
recorded those of earlier passes are wrong, and nothing in the file tells. Its order of a token's experts is not told to be that of
their weights, so no first choice is shown; --order gate says that it is. It keeps 8 experts of a token, whatever k is.

The form of the folder is described in core/recordings/README.md of Switchyard, as switchyard-routes/2.
"""
import argparse
import ctypes
import json
import os
import pickle
import re
import struct
import sys
import zipfile

FORMAT = "switchyard-routes/2"
CHUNK_BYTES = 32 << 20  # a file of the folder is at most 64 MB
MOST_EXPERTS, MOST_LAYERS, MOST_CHOICES, MOST_STEP = 65536, 4096, 1024, 1 << 53
MOST_PICKLE_BYTES = 256 << 20  # what is not tensors


class Refused(Exception):
    """What is wrong with a file, for people."""


# --- reading, without running anything

def load(torch, path):
    """What is in the file, as numbers, tensors, lists, tuples and dicts."""
    try:
        size = os.path.getsize(path)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}")
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeError, struct.error, EOFError):
        raise Refused(f"{path}: is no archive as torch.save writes it; of older forms none is read, as they may run programs")
    names = [entry.filename.rpartition("/")[2] for entry in entries]
    if "constants.pkl" in names or any("/code/" in entry.filename for entry in entries):
        raise Refused(f"{path}: is a TorchScript program, not a file of numbers")
    if names.count("data.pkl") != 1:
        raise Refused(f"{path}: has no data.pkl as torch.save writes it")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries) or sum(entry.file_size for entry in entries) > size:
        raise Refused(f"{path}: claims more than it holds: torch.save packs nothing")
    if max(entry.file_size for entry, name in zip(entries, names) if name == "data.pkl") > MOST_PICKLE_BYTES:
        raise Refused(f"{path}: has more than {MOST_PICKLE_BYTES} bytes beside its tensors")
    try:
        return torch.load(path, map_location="cpu", weights_only=True), size
    except pickle.UnpicklingError as error:
        opcode = re.search(r"Unsupported operand (\d+)", str(error))
        if opcode:  # of plain values too: early ones know no float beside a tensor
            raise Refused(f"{path}: torch {torch.__version__} cannot read all of it without running it (opcode {opcode[1]}): try a later torch")
        called = re.search(r"(?:class|GLOBAL|global) ([A-Za-z_]\w*(?:\.\w+)+)", str(error))
        raise Refused(f"{path}: holds more than numbers{f' ({called[1]})' if called else ''}, which could run programs: nothing of it was run")
    except MemoryError:
        raise Refused(f"{path}: no memory for what it holds")
    except Exception as error:  # cut, damaged, of a later form
        raise Refused(f"{path}: cannot be read: {str(error).splitlines()[0][:200] if str(error) else type(error).__name__}")


class File:
    """One file's contents, and checks of what is in it that name it."""

    def __init__(self, torch, path):
        self.torch, self.path = torch, path
        self.data, self.size = load(torch, path)

    def refuse(self, what):
        return Refused(f"{self.path}: {what}")

    def tensor(self, value, where, dimensions, whole=True):
        """A plain tensor of the CPU that takes no more than the file holds."""
        torch = self.torch
        if not isinstance(value, torch.Tensor):
            raise self.refuse(f"{where} is no tensor")
        if value.layout != torch.strided or value.is_quantized or value.is_complex() or value.device.type != "cpu":
            raise self.refuse(f"{where} is no plain tensor of numbers")
        if value.dim() != dimensions:
            raise self.refuse(f"{where} has shape {list(value.shape)}, which are not {dimensions} dimensions")
        if value.is_floating_point() == whole or value.dtype == torch.bool:
            raise self.refuse(f"{where} is {value.dtype}, not {'whole numbers' if whole else 'floats'}")
        # One that repeats itself claims what it does not hold.
        if value.numel() * value.element_size() > self.size:
            raise self.refuse(f"{where} has shape {list(value.shape)}, which is more than the file holds")
        return value.detach()

    def number(self, value, where, least, most):
        if isinstance(value, self.torch.Tensor) and value.numel() == 1 and not value.is_floating_point():
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refuse(f"{where} = {str(value)[:40]}: allowed is a whole number from {least} to {most}")
        return value

    def integers(self, value):
        """[T] numbers given as a list or a tensor; None: not such."""
        torch = self.torch
        if isinstance(value, torch.Tensor) and value.dim() == 1 and not value.is_floating_point() and value.dtype != torch.bool:
            return value.detach().long() if value.numel() <= self.size else None
        if isinstance(value, (list, tuple)) and all(isinstance(one, int) and abs(one) < 1 << 31 for one in value):
            return torch.tensor(value, dtype=torch.int64)
        return None


# --- what a step has

class Step:
    """Of one rank: experts {layer: [T, k]}, logits {layer: [T, N]}, counts {layer: [N]}, tokens and sequence [T] or None."""

    def __init__(self, rank, number):
        self.rank, self.number, self.rows = rank, number, 0
        self.experts, self.logits, self.counts = {}, {}, {}
        self.tokens = self.sequence = None


class Recording:
    def __init__(self, model, order):
        self.head = {"order": order, **({"model": model} if model else {})}
        self.shapes, self.steps, self.notes = {}, [], []  # shapes: {layer: (N, k)}

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def shape(self, file, layer, n, k):
        if not 1 <= n <= MOST_EXPERTS or not 0 <= k <= min(n, MOST_CHOICES):
            raise file.refuse(f"layer {layer} has {n} experts and k {k}; allowed are 1 to {MOST_EXPERTS}, and k at most {MOST_CHOICES}")
        known = self.shapes.get(layer, (n, 0))
        if known[0] != n:
            raise file.refuse(f"layer {layer} has {n} experts, and had {known[0]} before")
        self.shapes[layer] = (n, max(known[1], k))

    def add(self, file, step):
        last = next((one for one in reversed(self.steps) if one.rank == step.rank), None)
        if last is not None and step.number < last.number:
            raise file.refuse(f"rank {step.rank} goes back from pass {last.number} to {step.number}: convert its dumps one by one, "
                              "or give them in their order")
        self.steps.append(step)


def sglang_counts(file, recording, options):
    """logical_count [passes, L, N]: stat mode."""
    counts = file.tensor(file.data["logical_count"], "logical_count", 3)
    rank = file.number(file.data.get("rank", 0), "rank", 0, 1_000_000)
    passes, layers, n = counts.shape
    if layers > MOST_LAYERS:
        raise file.refuse(f"logical_count has {layers} layers, at most {MOST_LAYERS} are read")
    if any(step.rank == rank for step in recording.steps):
        raise file.refuse(f"has counts of rank {rank} again, whose passes have no numbers: convert its dumps one by one")
    if counts.numel() and int(counts.min()) < 0:
        raise file.refuse("logical_count has a count below 0")
    routed = [layer for layer in range(layers) if bool(counts[:, layer].any())]
    if not routed:
        raise file.refuse("logical_count has no token")
    if len(routed) < layers:
        recording.note(f"{layers - len(routed)} of {layers} layers have no token and are left out: they have no experts")
    empty = 0
    for number in range(passes):
        if not bool(counts[number].any()):
            empty += 1
            continue
        step = Step(rank, number)
        for layer in routed:
            recording.shape(file, layer, n, options.k or 0)
            step.counts[layer] = counts[number, layer].long()
        recording.add(file, step)
    if empty:
        recording.note(f"{empty} of {passes} passes have no token and are left out")


def sglang_records(file, recording, options):
    """records of per_pass and per_token mode, or one such record by itself."""
    torch, data = file.torch, file.data
    records = data.get("records", [data])
    if not isinstance(records, (list, tuple)):
        raise file.refuse("records is no list")
    places = None
    if data.get("last_physical_to_logical_map") is not None:
        places = file.tensor(data["last_physical_to_logical_map"], "last_physical_to_logical_map", 2).long()
        if not places.numel() or int(places.min()) < 0 or int(places.max()) >= MOST_EXPERTS:
            raise file.refuse("last_physical_to_logical_map names what is no expert")
    for at, record in enumerate(records):
        where = f"records[{at}]" if "records" in data else "it"
        if not isinstance(record, dict):
            raise file.refuse(f"{where} is no dict")
        rank = file.number(record.get("rank", data.get("rank", 0)), f"{where}: rank", 0, 1_000_000)
        number = file.number(record.get("forward_pass_id", at), f"{where}: forward_pass_id", 0, MOST_STEP)
        if record.get("topk_ids_of_layer") is not None:
            step = Step(rank, number)
            sglang_tokens(file, recording, options, record, where, places, step)
            recording.add(file, step)
        elif record.get("global_physical_count") is not None:
            physical = file.tensor(record["global_physical_count"], f"{where}: global_physical_count", 2).long()
            if physical.numel() and int(physical.min()) < 0:
                raise file.refuse(f"{where}: global_physical_count has a count below 0")
            step = Step(rank, number)
            for layer in range(physical.shape[0]):
                counts = physical[layer]
                if places is not None:
                    if places.shape[1] != len(counts) or layer >= places.shape[0]:
                        raise file.refuse(f"{where}: global_physical_count has shape {list(physical.shape)}, "
                                          f"last_physical_to_logical_map {list(places.shape)}")
                    counts = torch.zeros(int(places.max()) + 1, dtype=torch.int64).scatter_add_(0, places[layer], counts)
                step.counts[layer] = counts
                recording.shape(file, layer, len(counts), options.k or 0)
            recording.add(file, step)
        else:
            raise file.refuse(f"{where} has neither topk_ids_of_layer nor global_physical_count")
    if records and places is None:
        recording.note("numbers of experts are those of their places (physical ids), as no map of them is in the file: where the "
                       "server keeps an expert more than once they are not the model's own")
    elif records:
        recording.note("experts are numbered by the map that was in force at the end (last_physical_to_logical_map): if the server "
                       "moved experts while it recorded, those of earlier passes are wrong")


def sglang_tokens(file, recording, options, record, where, places, step):
    torch = file.torch
    ids = file.tensor(record["topk_ids_of_layer"], f"{where}: topk_ids_of_layer", 3)
    layers, rows, wide = ids.shape
    if layers > MOST_LAYERS or wide > MOST_CHOICES:
        raise file.refuse(f"{where}: topk_ids_of_layer has shape {list(ids.shape)}; at most {MOST_LAYERS} layers and {MOST_CHOICES} "
                          "experts a token are read")
    if ids.numel() and int(ids.min()) < -1:
        raise file.refuse(f"{where}: topk_ids_of_layer names expert {int(ids.min())}")
    tokens, positions = file.integers(record.get("input_ids")), file.integers(record.get("positions"))
    # A batch may be padded to a size that the device likes.
    if tokens is not None and len(tokens) < rows and not bool((ids[:, len(tokens):] >= 0).any()):
        rows = len(tokens)
        ids = ids[:, :rows]
    if tokens is not None and len(tokens) == rows:
        step.tokens = tokens.int()
    elif tokens is not None:
        recording.note("tokens of some passes are not as many as they have rows, and are left out")
    step.rows = rows
    step.sequence = sequences(torch, file.integers(record.get("extend_seq_lens")), positions, rows)
    for layer in range(layers):
        own = ids[layer].long()
        is_there = own >= 0
        if not bool(is_there.any()):
            continue  # a dense layer, or nothing ran
        if places is not None:
            if layer >= places.shape[0] or int(own.max()) >= places.shape[1]:
                raise file.refuse(f"{where}: topk_ids_of_layer names place {int(own.max())} of layer {layer}, "
                                  f"last_physical_to_logical_map has shape {list(places.shape)}")
            own = torch.where(is_there, places[layer][own.clamp(min=0)], own)
            n = int(places.max()) + 1
        elif options.experts:
            n = options.experts
            if int(own.max()) >= n:
                raise file.refuse(f"{where}: topk_ids_of_layer names expert {int(own.max())}, --experts says {n}")
        else:
            raise file.refuse(f"says nowhere how many experts a layer has: needs --experts N; {where} names number {int(ids.max())}, so "
                              f"N is at least {int(ids.max()) + 1}")
        k = int(is_there.sum(1).max())
        # Those that are there, in their order, in the first k places.
        kept = own.gather(1, torch.sort((~is_there).to(torch.int8), dim=1, stable=True)[1])[:, :k]
        recording.shape(file, layer, n, k)
        step.experts[layer] = kept


def sequences(torch, lengths, positions, rows):
    """Which sequence each token is of, where that is known beyond doubt; else None."""
    if lengths is not None and len(lengths) and int(lengths.min()) > 0 and int(lengths.sum()) == rows:
        return torch.repeat_interleave(torch.arange(len(lengths)), lengths).int()
    if positions is None or len(positions) != rows or not rows or int(positions[0]) != 0:
        return None
    begins = positions == 0
    if not bool((begins[1:] | (positions[1:] == positions[:-1] + 1)).all()):
        return None  # one token of each sequence: neighbours may stand at following places by chance
    return (begins.cumsum(0) - 1).int()


def router_logits(file, recording, options):
    torch = file.torch
    data = file.data
    tokens = None
    if isinstance(data, dict):
        data, tokens = data["router_logits"], data.get("input_ids")
    if not isinstance(data, (list, tuple)) or not data:
        raise file.refuse("router_logits is no tuple of tensors")
    is_one = all(one is None or isinstance(one, torch.Tensor) for one in data)
    if not options.k:
        raise file.refuse("router logits do not say how many experts a token is given: needs --k K")
    of_step = [data] if is_one else data
    if sum(1 for step in recording.steps if step.rank == 0) and not recording.steps[-1].logits:
        raise file.refuse("has router logits, the files before it something else")
    first = recording.steps[-1].number + 1 if recording.steps else 1
    probabilities = set()
    for at, layers in enumerate(of_step):
        where = "router_logits" if is_one else f"step {at + 1}"
        if not isinstance(layers, (list, tuple)) or len(layers) > MOST_LAYERS:
            raise file.refuse(f"{where} is no tuple of at most {MOST_LAYERS} tensors")
        step = Step(0, first + at)
        for layer, logits in enumerate(layers):
            if logits is None or (isinstance(logits, torch.Tensor) and logits.dim() < 2):
                continue  # a dense layer
            if isinstance(logits, torch.Tensor) and logits.dim() == 3:
                logits = logits.reshape(-1, logits.shape[-1]) if logits.is_contiguous() else logits.flatten(0, 1)
            logits = file.tensor(logits, f"{where}, layer {layer}", 2, whole=False)
            if logits.dtype not in (torch.float32, torch.float16, torch.bfloat16):
                logits = logits.float()
            rows, n = logits.shape
            if options.k > n:
                raise file.refuse(f"{where}, layer {layer} has {n} experts, --k says {options.k}")
            if step.logits and rows != step.rows:
                raise file.refuse(f"{where}, layer {layer} has {rows} rows, a layer before it {step.rows}")
            step.rows = rows
            recording.shape(file, layer, n, options.k)
            step.logits[layer] = logits
            finite = torch.isfinite(logits).all(1, keepdim=True)
            if rows and bool(finite.all()) and bool((logits >= 0).all()) and bool(
                    ((logits.float().sum(1) - 1).abs() < (1e-3 if logits.dtype == torch.float32 else 2e-2)).all()):
                probabilities.add(layer)
            step.experts[layer] = torch.where(finite, logits.float().nan_to_num().topk(options.k, 1).indices, -1)
        if not step.logits:
            raise file.refuse(f"{where} has no layer with router logits")
        ids = tokens if is_one else None
        if isinstance(ids, torch.Tensor) and ids.numel() == step.rows and not ids.is_floating_point():
            step.tokens = ids.detach().reshape(-1).int()
            if ids.dim() == 2 and ids.shape[1]:
                step.sequence = torch.arange(ids.shape[0]).repeat_interleave(ids.shape[1]).int()
        recording.add(file, step)
    for layer in sorted(probabilities):
        recording.note(f"rows of layer {layer} sum to 1: they are probabilities, not logits, and Switchyard takes them as such")


def read_files(torch, paths, options):
    recording = None
    for path in paths:
        file = File(torch, path)
        data = file.data
        is_dict = isinstance(data, dict)
        is_logits = (isinstance(data, (list, tuple)) and len(data) > 0) or (is_dict and "router_logits" in data)
        if recording is None:
            recording = Recording(options.model, options.order or ("gate" if is_logits else "id"))
        if is_logits:
            router_logits(file, recording, options)
        elif is_dict and ("records" in data or "topk_ids_of_layer" in data or "global_physical_count" in data):
            sglang_records(file, recording, options)
        elif is_dict and "logical_count" in data:
            sglang_counts(file, recording, options)
        else:
            keys = ", ".join(sorted(str(key)[:40] for key in data)[:8]) if is_dict else type(data).__name__
            raise file.refuse(f"is neither of SGLang's expert recorder nor router logits; it has: {keys}")
    if not recording.shapes:
        raise Refused(f"{paths[0]}: has no layer with experts")
    return recording


# --- writing the folder

class Writer:
    def __init__(self, torch, folder, recording):
        self.torch, self.folder, self.recording = torch, folder, recording
        self.layers = sorted(recording.shapes)
        self.numbers = {}
        table = [{"id": layer, "n_experts": recording.shapes[layer][0], "k": recording.shapes[layer][1]} for layer in self.layers]
        os.makedirs(folder, exist_ok=True)
        self.manifest = open(os.path.join(folder, "manifest.jsonl"), "xb")
        self.line({"format": FORMAT, "layers": table, **recording.head})

    def line(self, value):
        self.manifest.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")
        self.manifest.flush()

    def write(self):
        gathered, held = [], 0
        for step in sorted(self.recording.steps, key=lambda one: one.rank):
            kind = (step.rank, step.tokens is None, step.sequence is None, bool(step.counts))
            size = self.bytes(step)
            if gathered and (kind != gathered[0][0] or held + size > CHUNK_BYTES):
                self.chunk([one for _, one in gathered])
                gathered, held = [], 0
            gathered.append((kind, step))
            held += size
        if gathered:
            self.chunk([one for _, one in gathered])
        self.manifest.close()

    def bytes(self, step):
        wide = 16 + 4 * sum(one.shape[1] for one in step.experts.values())
        wide += sum(one.shape[1] * one.element_size() for one in step.logits.values())
        return step.rows * wide + 8 * sum(len(one) for one in step.counts.values())

    def chunk(self, steps):
        torch, tensors, alone = self.torch, {}, {}
        rows = sum(step.rows for step in steps)
        if rows:
            tensors["step"] = torch.cat([torch.full((step.rows,), step.number, dtype=torch.int64) for step in steps])
            for name in ("tokens", "sequence"):
                if getattr(steps[0], name) is not None:
                    tensors[name] = torch.cat([getattr(step, name) for step in steps])
        for i, layer in enumerate(self.layers):
            n, k = self.recording.shapes[layer]
            if any(layer in step.experts for step in steps):
                own = torch.full((rows, k), -1, dtype=torch.int64)
                at = 0
                for step in steps:
                    if layer in step.experts:
                        own[at:at + step.rows, :step.experts[layer].shape[1]] = step.experts[layer]
                    at += step.rows
                has_holes = bool((own < 0).any())
                tensors[f"experts.{i}"] = own.to(torch.uint8 if n <= 256 and not has_holes else
                                                 torch.int16 if n <= 1 << 15 else torch.int32)
            if any(layer in step.logits for step in steps):
                kinds = {step.logits[layer].dtype if layer in step.logits else torch.float32 for step in steps}
                kind = kinds.pop() if len(kinds) == 1 else torch.float32
                tensors[f"router_logits.{i}"] = torch.cat([
                    step.logits[layer].to(kind) if layer in step.logits else torch.full((step.rows, n), float("nan"), dtype=kind)
                    for step in steps])
            if any(layer in step.counts for step in steps):
                alone[f"counts.{i}"] = self.counted(steps, layer, n)
        if alone:
            alone["counted_steps"] = torch.tensor(sorted({step.number for step in steps}), dtype=torch.int64)
        pieces = max(1, -(-sum(one.numel() * one.element_size() for one in tensors.values()) // CHUNK_BYTES)) if rows else 1
        for piece in range(pieces):
            begin, end = rows * piece // pieces, rows * (piece + 1) // pieces
            part = {name: one[begin:end] for name, one in tensors.items()}
            self.file(steps, {**part, **(alone if piece == 0 else {})}, end - begin)

    def counted(self, steps, layer, n):
        """[S, N]; passes of a step that were recorded in parts add up."""
        torch = self.torch
        numbers = sorted({step.number for step in steps})
        counts = torch.full((len(numbers), n), -1, dtype=torch.int64)
        for step in steps:
            if layer in step.counts:
                row = counts[numbers.index(step.number)]
                row.copy_(row.clamp(min=0) + step.counts[layer])
        return counts

    def file(self, steps, tensors, rows):
        rank = steps[0].rank
        self.numbers[rank] = self.numbers.get(rank, 0) + 1
        name = f"chunk-r{rank:03d}-{self.numbers[rank]:06d}.safetensors"
        head, at = {}, 0
        for key, tensor in tensors.items():
            size = tensor.numel() * tensor.element_size()
            head[key] = {"dtype": NAMES[str(tensor.dtype).rpartition(".")[2]], "shape": list(tensor.shape),
                         "data_offsets": [at, at + size]}
            at += size
        text = json.dumps(head, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        aside = os.path.join(self.folder, f".{name}.part")
        with open(aside, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for tensor in tensors.values():
                own = tensor.contiguous()
                file.write(ctypes.string_at(own.data_ptr(), own.numel() * own.element_size()) if own.numel() else b"")
        os.replace(aside, os.path.join(self.folder, name))
        self.line({"file": name, "rank": rank, "first_step": steps[0].number, "last_step": steps[-1].number, "tokens": rows})


NAMES = {"uint8": "U8", "int16": "I16", "int32": "I32", "int64": "I64", "float16": "F16", "bfloat16": "BF16", "float32": "F32"}


def main(words):
    parser = argparse.ArgumentParser(prog="switchyard_convert.py", description="Makes a recording that Switchyard opens out of files of "
                                     "SGLang's expert recorder, or router logits, that torch.save wrote.")
    parser.add_argument("files", nargs="+", metavar="FILE.pt")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a new or an empty folder")
    parser.add_argument("--experts", type=int, metavar="N", help="experts of each layer, where the file does not say")
    parser.add_argument("--k", type=int, metavar="K", help="experts a token is given, where the file does not say")
    parser.add_argument("--order", choices=("gate", "id"), help="gate: experts of a token stand best first")
    parser.add_argument("--model", metavar="NAME", help="what the model is called")
    options = parser.parse_args(words)
    for name, most in (("experts", MOST_EXPERTS), ("k", MOST_CHOICES)):
        value = getattr(options, name)
        if value is not None and not 1 <= value <= most:
            raise Refused(f"--{name} {value}: allowed is a whole number from 1 to {most}")
    if os.path.exists(options.out) and (not os.path.isdir(options.out) or os.listdir(options.out)):
        raise Refused(f"--out {options.out}: is not empty; allowed is a new or an empty folder")
    try:
        import torch
    except ImportError:
        raise Refused("needs torch, which wrote these files: pip install torch, or run it with the Python of the server that did")
    if tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2]) < (1, 13):
        raise Refused(f"needs torch 1.13 or later, which reads such files without running them; this one is {torch.__version__}")
    recording = read_files(torch, options.files, options)
    try:
        Writer(torch, options.out, recording).write()
    except OSError as error:
        raise Refused(f"--out {options.out}: {error.strerror or error}")
    numbers = {step.number for step in recording.steps}
    rows = sum(step.rows for step in recording.steps)
    print(f"{options.out}: {len(recording.shapes)} layers, {len(numbers)} steps" + (f", {rows} tokens" if rows else ", loads only"))
    for note in recording.notes:
        print(f"Note: {note}.")


def run(words):
    """The exit code: 0, or 2 and a message."""
    try:
        main(words)
    except Refused as refusal:
        print(f"switchyard_convert.py: {refusal}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

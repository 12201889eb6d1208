"""Make a recording that Switchyard opens out of a file that torch.save wrote: switchyard_convert.py FILE.pt … --out FOLDER

    python3 switchyard_convert.py expert_distribution_recorder_*.pt --out routes
    switchyard open routes

One file; it needs torch, 1.13 or later. It reads

  SGLang's expert recorder   what /dump_expert_distribution_record leaves: counts of each pass (stat, per_pass) or each
                             token's experts (per_token). Several files are several ranks, or a rank's passes in their order.
  router logits              what Hugging Face's models return with output_router_logits=True: a tuple of one tensor [rows, N]
                             a layer, a list of such tuples (a step each), or a dict {"router_logits": …, "input_ids": …}.
                             Needs --k. Rows that sum to 1 are probabilities, as some releases returned, and are told as such.

Such a file is a pickle, which may hold a program. Nothing of one is run, nor given to torch.load: the archive and its pickle are
walked here, numbers, plain containers and tensors alone are known, and a tensor is made when it is asked for, of a record that is
as long as its claim. What is no archive of torch's, packed, or a TorchScript one is refused.

SGLang writes down per pass and per token where an expert lies (its physical number), and beside it which expert that was at the
end (last_physical_to_logical_map): numbers of experts here are logical ones, by that map. Where experts were moved while it was
recorded those of earlier passes are wrong, and nothing in the file tells. Its order of a token's experts is not told to be that of
their weights, so no first choice is shown; --order gate says that it is. It keeps 8 experts of a token, whatever k is. Passes of stat
stand in a ring, which is read from behind its empty places. Passes that several ranks wrote down alike are taken once.

The form of the folder is described in core/recordings/README.md of Switchyard, as switchyard-routes/2.
"""
import argparse
import collections
import ctypes
import hashlib
import json
import os
import re
import stat
import struct
import sys
import zlib

FORMAT = "switchyard-routes/2"
CHUNK_BYTES = 32 << 20  # a file of the folder is at most 64 MB
MOST_EXPERTS, MOST_LAYERS, MOST_CHOICES, MOST_STEP = 65536, 4096, 1024, 1 << 53
MOST_COUNT, MOST_CELLS = 1 << 40, 1 << 22
MOST_PICKLE_BYTES = 256 << 20  # what is not tensors
MOST_RECORDS, MOST_NAME_BYTES, MOST_CONTAINERS = 1 << 20, 511, 1 << 22  # torch cuts longer names
LEAST_TENSOR_BYTES = 32  # what naming one takes in a pickle


class Refused(Exception):
    """What is wrong with a file, for people."""


# --- reading, without running anything

def plain(text):
    """A text of a file, for people: without what a terminal would obey."""
    return ascii(str(text)[:80])[1:-1]


def shown(text):
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


class Archive:
    """The records of a file of torch.save by its own directory, each as long as it says, none packed, no two of one name."""

    def __init__(self, path):
        self.path = path
        try:
            self.file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))
            if not stat.S_ISREG(os.fstat(self.file.fileno()).st_mode):
                raise Refused(f"{path}: is no file")
            self.size = self.file.seek(0, os.SEEK_END)
            if self.at(0, 4) != b"PK\3\4":  # torch goes by these: another beginning and it takes its older forms, which nothing checks
                raise self.no_archive()
            self.entries = self.directory()
        except OSError as error:
            raise Refused(f"{path}: {error.strerror or error}")
        except (struct.error, UnicodeError):
            raise self.no_archive()
        names = [name.lower() for name in self.entries]
        if len(set(names)) < len(names):
            raise Refused(f"{path}: has two records of one name")
        if any(name.rpartition("/")[2] == "constants.pkl" or "/code/" in name for name in names):
            raise Refused(f"{path}: is a TorchScript program, not a file of numbers")
        if self.claims:
            raise Refused(f"{path}: claims more than it holds: torch.save packs nothing")
        pickles = [name for name in self.entries if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise Refused(f"{path}: has no data.pkl as torch.save writes it")
        self.prefix = pickles[0].partition("/")[0]
        if self.entries[pickles[0]][1] > MOST_PICKLE_BYTES:
            raise Refused(f"{path}: has more than {MOST_PICKLE_BYTES} bytes beside its tensors")
        if self.has("byteorder") and self.read("byteorder").decode("latin-1") != sys.byteorder:
            raise Refused(f"{path}: its numbers have another order of bytes than this machine's")

    def no_archive(self):
        return Refused(f"{self.path}: is no archive as torch.save writes it; of older forms none is read, as they may run programs")

    def at(self, offset, length):
        self.file.seek(offset)
        return self.file.read(length)

    def directory(self):
        """{name: (offset of its header, bytes, checksum)}"""
        end = self.size - 22
        if end < 0:
            raise self.no_archive()
        sign, disk, _, here, count, length, begin, comment = struct.unpack("<IHHHHIIH", self.at(end, 22))
        if sign != 0x06054B50 or disk or here != count or comment:
            raise self.no_archive()
        if end >= 76:  # sizes of 64 bits
            sign, _, where, _ = struct.unpack("<IIQI", self.at(end - 20, 20))
            if sign == 0x07064B50 and where == end - 76:
                end = where
                sign, _, _, _, _, _, _, count, length, begin = struct.unpack("<IQHHIIQQQQ", self.at(end, 56))
                if sign != 0x06064B50:
                    raise self.no_archive()
        if begin + length != end or count > MOST_RECORDS or length > MOST_PICKLE_BYTES:
            raise self.no_archive()
        self.end, self.claims = begin, False
        table, at, entries, held = self.at(begin, length), 0, {}, 0
        for _ in range(count):
            (sign, _, _, flags, packed, _, check, stored, size, named, extra, remark, disk, _, _,
             offset) = struct.unpack_from("<IHHHHIIIIHHHHHII", table, at)
            name, more = table[at + 46:at + 46 + named], table[at + 46 + named:at + 46 + named + extra]
            at += 46 + named + extra + remark
            if sign != 0x02014B50 or flags & 1 or disk or not name or named > MOST_NAME_BYTES:
                raise self.no_archive()
            while len(more) >= 4:
                kind, wide = struct.unpack_from("<HH", more)
                if kind == 1:
                    long = [one for one in struct.iter_unpack("<Q", more[4:4 + wide // 8 * 8])]
                    size, stored, offset = (long.pop(0)[0] if one == 0xFFFFFFFF and long else one for one in (size, stored, offset))
                more = more[4 + wide:]
            held += size
            self.claims = self.claims or bool(packed) or stored != size or held > self.size
            if name.decode() in entries:
                raise Refused(f"{self.path}: has two records of one name")
            entries[name.decode()] = offset, size, check
        if at != length:
            raise self.no_archive()
        return entries

    def has(self, name):
        return f"{self.prefix}/{name}" in self.entries

    def bytes(self, name):
        return self.entries[f"{self.prefix}/{name}"][1]

    def read(self, name):
        full = f"{self.prefix}/{name}"
        offset, size, check = self.entries[full]
        try:
            sign, _, _, packed, _, _, _, _, named, extra = struct.unpack("<IHHHIIIIHH", self.at(offset, 30))
            begin = offset + 30 + named + extra
            if sign != 0x04034B50 or packed or self.at(offset + 30, named) != full.encode() or begin + size > self.end:
                raise self.no_archive()
            self.file.seek(begin)
            held = bytearray(size)
            if self.file.readinto(held) != size:
                raise self.no_archive()
        except (OSError, struct.error) as error:
            raise Refused(f"{self.path}: cannot be read: {error}")
        if zlib.crc32(held) != check:
            raise Refused(f"{self.path}: is damaged: {plain(name)} is not what its checksum says")
        return held


class Stored:
    """A tensor as the pickle claims it. Nothing is made of it until File.tensor has asked for it."""

    def __init__(self, kind, key, offset, shape, strides):
        self.kind, self.key, self.offset, self.shape, self.strides = kind, key, offset, shape, strides
        self.count = 1
        for one in shape:
            self.count *= one
        self.bytes = self.count * KINDS[kind]


Storage = collections.namedtuple("Storage", "kind key count")


class Token:
    """What a name in the pickle stands for here: nothing that could be called."""

    def __init__(self, name):
        self.name = name


KINDS = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1}
STORAGES = {"torch.DoubleStorage": "float64", "torch.FloatStorage": "float32", "torch.HalfStorage": "float16",
            "torch.BFloat16Storage": "bfloat16", "torch.LongStorage": "int64", "torch.IntStorage": "int32",
            "torch.ShortStorage": "int16", "torch.CharStorage": "int8", "torch.ByteStorage": "uint8", "torch.BoolStorage": "bool"}
REBUILD, ORDERED = "torch._utils._rebuild_tensor_v2", "collections.OrderedDict"


class Reader:
    """Walks a pickle of torch.save. It knows numbers, texts, plain containers and tensors; any other name or opcode ends it."""

    def __init__(self, archive):
        self.archive, self.pickle, self.at, self.held = archive, archive.read("data.pkl"), 0, 0
        self.stack, self.marks, self.memo = [], [], {}

    def refuse(self, what):
        return Refused(f"{self.archive.path}: {what}")

    def broken(self):
        return self.refuse(f"cannot be read: its pickle is damaged at byte {self.at}")

    def take(self, length):
        if length > len(self.pickle) - self.at:
            raise self.broken()
        self.at += length
        return bytes(self.pickle[self.at - length:self.at])

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self):
        end = self.pickle.find(b"\n", self.at, self.at + 1000)
        if end < 0:
            raise self.broken()
        text = self.take(end + 1 - self.at)[:-1]
        return text.decode("utf-8", "backslashreplace")

    def push(self, value):
        self.stack.append(value)

    def count(self):
        """A byte of a pickle may make something of a hundred."""
        self.held += 1
        if self.held > MOST_CONTAINERS:
            raise self.refuse(f"holds more than {MOST_CONTAINERS} lists, tuples, dicts and texts")

    def contain(self, value):
        self.count()
        self.stack.append(value)

    def remember(self, at):
        self.count()
        self.memo[at] = self.stack[-1]

    def above_mark(self):
        begin = self.marks.pop()
        taken = self.stack[begin:]
        del self.stack[begin:]
        return taken

    def pop(self):
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise self.broken()
        return self.stack.pop()

    def top(self, kind):
        if not self.stack or type(self.stack[-1]) is not kind:
            raise self.broken()
        return self.stack[-1]

    def tuple(self, count):
        self.contain(tuple([self.pop() for _ in range(count)][::-1]))

    def items(self, flat):
        into = self.top(dict)
        if len(flat) % 2:
            raise self.broken()
        for key, value in zip(flat[::2], flat[1::2]):
            if key is not None and type(key) not in (str, int, float, bool):
                raise self.refuse("has a dict by other keys than texts and numbers")
            into[key] = value

    def named(self, module, name):
        if type(module) is not str or type(name) is not str:
            raise self.broken()
        full = f"{module}.{name}"
        if full not in STORAGES and full not in (REBUILD, ORDERED):
            raise self.refuse(f"holds more than numbers ({plain(full)}), which could run programs: nothing of it was run")
        self.push(Token(full))

    def storage(self, claimed):
        """(type, key, numel) of a record that is there and exactly as long as numel says."""
        if type(claimed) is not tuple or len(claimed) != 5 or claimed[0] != "storage" or type(claimed[1]) is not Token \
                or claimed[1].name not in STORAGES or type(claimed[2]) is not str or type(claimed[4]) is not int:
            raise self.refuse("holds something that is kept beside the pickle and is no storage of numbers")
        kind, key, count = STORAGES[claimed[1].name], claimed[2], claimed[4]
        if not re.fullmatch(r"[0-9]{1,20}", key, re.ASCII) or not self.archive.has(f"data/{key}"):
            raise self.refuse(f"has no record data/{plain(key)}, which its pickle names")
        if count < 0 or count * KINDS[kind] != self.archive.bytes(f"data/{key}"):
            raise self.refuse(f"says that data/{key} has {plain(count)} numbers of {kind}, it has "
                              f"{self.archive.bytes(f'data/{key}')} bytes")
        return kind, key, count

    def called(self, arguments, token):
        if type(token) is not Token or type(arguments) is not tuple:
            raise self.broken()
        if token.name == ORDERED and not arguments:
            return {}
        if token.name != REBUILD or len(arguments) < 4 or type(arguments[0]) is not Storage:
            raise self.refuse(f"holds {token.name} in a way that torch.save does not write")
        storage, offset, shape, strides = arguments[:4]
        numbers = [offset, *shape, *strides] if type(shape) is tuple and type(strides) is tuple else [None]
        if any(type(one) is not int or not 0 <= one < 1 << 48 for one in numbers) or len(shape) != len(strides) or len(shape) > 16:
            raise self.refuse("has a tensor without a shape")
        made = Stored(storage.kind, storage.key, offset, shape, strides)
        last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides)) if made.count else offset - 1
        if last >= storage.count:
            raise self.refuse(f"has a tensor of shape {list(shape)} that goes past its {storage.count} numbers")
        return made

    def load(self):
        simple = {b"N": None, b"\x88": True, b"\x89": False}
        widths = {b"K": "<B", b"M": "<H", b"J": "<i", b"G": ">d"}
        while True:
            code = self.take(1)
            if code in simple:
                self.push(simple[code])
            elif code in widths:
                self.push(self.number(widths[code]))
            elif code == b"\x8a":
                self.push(int.from_bytes(self.take(self.number("<B")), "little", signed=True))
            elif code in (b"X", b"\x8c"):
                self.contain(self.take(self.number("<I" if code == b"X" else "<B")).decode("utf-8", "surrogatepass"))
            elif code in (b"h", b"j"):
                self.push(self.memo[self.number("<B" if code == b"h" else "<I")])
            elif code in (b"q", b"r"):
                self.remember(self.number("<B" if code == b"q" else "<I"))
            elif code == b"\x94":
                self.remember(len(self.memo))
            elif code == b"(":
                self.count()
                self.marks.append(len(self.stack))
            elif code == b"]":
                self.contain([])
            elif code == b"}":
                self.contain({})
            elif code == b")":
                self.push(())
            elif code == b"t":
                self.contain(tuple(self.above_mark()))
            elif code in (b"\x85", b"\x86", b"\x87"):
                self.tuple(code[0] - 0x84)
            elif code == b"a":
                value = self.pop()
                self.top(list).append(value)
            elif code == b"e":
                values = self.above_mark()
                self.top(list).extend(values)
            elif code == b"s":
                value, key = self.pop(), self.pop()
                self.items([key, value])
            elif code == b"u":
                self.items(self.above_mark())
            elif code == b"c":
                self.named(self.line(), self.line())
            elif code == b"\x93":
                name, module = self.pop(), self.pop()
                self.named(module, name)
            elif code == b"Q":
                self.contain(Storage(*self.storage(self.pop())))
            elif code == b"R":
                self.contain(self.called(self.pop(), self.pop()))
            elif code == b"b":  # what belongs to an OrderedDict beside its items
                self.pop()
                self.top(dict)
            elif code in (b"\x80", b"\x95"):  # version, length of a frame
                self.take(1 if code == b"\x80" else 8)
            elif code == b".":
                return self.pop()
            else:
                raise self.refuse(f"cannot be read: torch.save does not write opcode {code[0]}, at byte {self.at - 1}")


def load(path):
    """What is in the file: numbers, texts, lists, tuples, dicts and Stored, and the archive that these are in."""
    archive = Archive(path)
    reader = Reader(archive)
    try:
        return reader.load(), archive
    except (IndexError, KeyError, ValueError, struct.error):  # an empty stack, no such memo, no UTF-8
        raise reader.broken()


class File:
    """One file's contents, and checks of what is in it that name it."""

    def __init__(self, torch, path):
        self.torch, self.path = torch, path
        self.data, self.archive = load(path)
        self.left = self.archive.size  # of everything taken together: what is named twice is no more than was written
        self.storages = {}

    def refuse(self, what):
        return Refused(f"{self.path}: {what}")

    def spend(self, size, where):
        self.left -= size
        if self.left < 0:
            raise self.refuse(f"{where} is, with what was read before it, more than the file holds")

    def made(self, value, where):
        """The tensor of a claim: a view of the record's own bytes."""
        torch = self.torch
        self.spend(value.bytes + LEAST_TENSOR_BYTES, f"{where} has shape {list(value.shape)}, which")
        kind = getattr(torch, value.kind)
        if not value.count:
            return torch.empty(value.shape, dtype=kind)
        if value.key not in self.storages:
            self.storages[value.key] = self.archive.read(f"data/{value.key}")
        return torch.frombuffer(self.storages[value.key], dtype=kind).as_strided(value.shape, value.strides, value.offset)

    def tensor(self, value, where, dimensions, whole=True):
        """A tensor of numbers; its shape is checked before anything is made of it."""
        if not isinstance(value, Stored):
            raise self.refuse(f"{where} is no tensor")
        if len(value.shape) not in dimensions:
            raise self.refuse(f"{where} has shape {list(value.shape)}, which are not {' or '.join(map(str, dimensions))} dimensions")
        if ("float" in value.kind) == whole or value.kind == "bool":
            raise self.refuse(f"{where} is {value.kind}, not {'whole numbers' if whole else 'floats'}")
        return self.made(value, where)

    def counts(self, value, where, dimensions):
        made = self.tensor(value, where, (dimensions,))
        if made.numel() and int(made.min()) < 0:
            raise self.refuse(f"{where} has a count below 0")
        if made.numel() and int(made.max()) > MOST_COUNT:
            raise self.refuse(f"{where} has a count of {int(made.max())}, at most {MOST_COUNT} is read")
        return made.long()

    def number(self, value, where, least, most):
        if isinstance(value, Stored) and value.count == 1 and "int" in value.kind:
            value = self.made(value, where).item()
        if type(value) is not int or not least <= value <= most:
            told = plain(value) if isinstance(value, (int, float, str)) else type(value).__name__
            raise self.refuse(f"{where} = {told[:40]}: allowed is a whole number from {least} to {most}")
        return value

    def integers(self, value, where, dimensions=(1,)):
        """[T] numbers of 32 bits given as a list or a tensor, flat; None: not such."""
        torch = self.torch
        if isinstance(value, Stored) and len(value.shape) in dimensions and "int" in value.kind:
            made = self.made(value, where).long().reshape(-1)
            least, most = (int(made.min()), int(made.max())) if made.numel() else (0, 0)
        elif isinstance(value, (list, tuple)) and all(type(one) is int for one in value):
            self.spend(2 * len(value), where)
            least, most = min(value, default=0), max(value, default=0)
            made = None
        else:
            return None
        if least < -(1 << 31) or most >= 1 << 31:
            raise self.refuse(f"{where} has {plain(least if least < 0 else most)}, which is no number of 32 bits")
        return torch.tensor(value, dtype=torch.int64) if made is None else made


# --- what a step has

class Step:
    """Of one rank: experts {layer: [T, k]}, logits {layer: [T, N]}, counts {layer: [N]}, tokens and sequence [T] or None."""

    def __init__(self, rank, number):
        self.rank, self.number, self.rows = rank, number, 0
        self.experts, self.logits, self.counts = {}, {}, {}
        self.tokens = self.sequence = None

    def content(self):
        """What tells it from others but its rank, as a digest."""
        told = hashlib.sha256(repr((self.number, self.rows)).encode())
        for name, of_layer in (("tokens", {0: self.tokens}), ("experts", self.experts), ("counts", self.counts), ("logits", self.logits)):
            for layer, tensor in of_layer.items():
                if tensor is not None:
                    told.update(repr((name, layer, list(tensor.shape), str(tensor.dtype))).encode())
                    told.update(bytes_of(tensor))
        return told.digest()


def bytes_of(tensor):
    own = tensor.contiguous()
    return ctypes.string_at(own.data_ptr(), own.numel() * own.element_size()) if own.numel() else b""


class Recording:
    def __init__(self, model, order, is_logits):
        self.is_logits = is_logits
        self.head = {"order": order, **({"model": model} if model else {})}
        self.shapes, self.steps, self.notes, self.cells = {}, [], [], 0  # shapes: {layer: (N, k)}
        self.last, self.of_content, self.copies = {}, {}, {}  # {rank: its last step}, {content: first rank}, {rank: {its copy: steps}}

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

    def grow(self, file, cells):
        """A tensor of a layer and a pass takes some hundred bytes, whatever is in it."""
        self.cells += cells
        if self.cells > MOST_CELLS:
            raise file.refuse(f"has, with the files before it, more than {MOST_CELLS} layers of passes: convert its dumps one by one")

    def add(self, file, step):
        self.grow(file, 1 + len(step.experts) + len(step.logits))
        last = self.last.get(step.rank, step.number)
        if step.number < last:
            raise file.refuse(f"rank {step.rank} goes back from pass {last} to {step.number}: convert its dumps one by one, "
                              "or give them in their order")
        self.last[step.rank] = step.number
        # Under tensor parallelism alone each rank sees, and wrote down, every token.
        first = self.of_content.setdefault(step.content(), step.rank) if step.rows or step.counts else step.rank
        if first == step.rank:
            self.steps.append(step)
        else:
            self.copies.setdefault(first, {}).setdefault(step.rank, 0)
            self.copies[first][step.rank] += 1

    def bytes(self, step):
        """About what it takes in a folder, where a layer's k is that of its widest step."""
        wide = 16 + sum(4 * self.shapes[layer][1] for layer in step.experts)
        wide += sum(one.shape[1] * one.element_size() for one in step.logits.values())
        return step.rows * wide + 8 * sum(len(one) for one in step.counts.values())

    def end(self):
        for first, of_rank in sorted(self.copies.items()):
            ranks = [str(rank) for rank in sorted(of_rank)]
            told = ", ".join(ranks[:16]) + (f" and {len(ranks) - 16} more" if len(ranks) > 16 else "")
            self.note(f"{sum(of_rank.values())} passes of rank{'s' if len(ranks) > 1 else ''} {told} are those of rank {first}, "
                      "by number and by all that they hold, as under tensor parallelism, and are left out")


def sglang_counts(file, recording, options):
    """logical_count [passes, L, N]: stat mode."""
    counts = file.counts(file.data["logical_count"], "logical_count", 3)
    rank = file.number(file.data.get("rank", 0), "rank", 0, 1_000_000)
    passes, layers, n = counts.shape
    if layers > MOST_LAYERS:
        raise file.refuse(f"logical_count has {layers} layers, at most {MOST_LAYERS} are read")
    if rank in recording.last:
        raise file.refuse(f"has counts of rank {rank} again, whose passes have no numbers: convert its dumps one by one")
    recording.grow(file, passes * layers)
    order = list(range(passes)) if n else []
    # The recorder's buffer is a ring, written from its beginning and dumped as it lies.
    there = [bool(counts[number].any()) for number in order]
    begins = [number for number in order[1:] if there[number] and not there[number - 1]]
    if there and there[0] and there[-1] and len(begins) == 1:
        order = order[begins[0]:] + order[:begins[0]]
        recording.note("the first pass is the one behind the empty ones, as the recorder's buffer is a ring")
    elif len(there) > 1 and all(there):
        recording.note(f"all {passes} places of the recorder's buffer are taken: more passes may have run than it holds, and which of "
                       "these came first is not known")
    add_counted(file, recording, options, (
        (Step(rank, number), {layer: counts[at, layer] for layer in range(layers)}) for number, at in enumerate(order)), "logical_count")


def add_counted(file, recording, options, counted, where):
    """Of (step, {layer: [N]}) those steps and layers that have a token; it says which have none."""
    steps, layers, routed, passes = [], set(), set(), 0
    for step, counts in counted:
        passes += 1
        layers.update(counts)
        there = {layer for layer, own in counts.items() if bool(own.any())}
        routed |= there
        if there:
            step.counts = counts
            steps.append(step)
    if not routed:
        raise file.refuse(f"{where} has no token")
    for step in steps:
        step.counts = {layer: own for layer, own in step.counts.items() if layer in routed}
        for layer, own in step.counts.items():
            recording.shape(file, layer, len(own), options.k or 0)
        recording.add(file, step)
    if len(routed) < len(layers):
        recording.note(f"{len(layers) - len(routed)} of {len(layers)} layers have no token and are left out: they have no experts")
    if len(steps) < passes:
        recording.note(f"{passes - len(steps)} of {passes} passes have no token and are left out")


def sglang_records(file, recording, options):
    """records of per_pass and per_token mode, or one such record by itself."""
    torch, data = file.torch, file.data
    records = data.get("records", [data])
    if not isinstance(records, (list, tuple)):
        raise file.refuse("records is no list")
    places = None
    if data.get("last_physical_to_logical_map") is not None:
        places = file.tensor(data["last_physical_to_logical_map"], "last_physical_to_logical_map", (2,)).long()
        if not places.numel() or int(places.min()) < 0 or int(places.max()) >= places.shape[1]:
            raise file.refuse("last_physical_to_logical_map names what is no expert: there are no more than places")
    counted = []
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
            physical = file.counts(record["global_physical_count"], f"{where}: global_physical_count", 2)
            if physical.shape[0] > MOST_LAYERS:
                raise file.refuse(f"{where}: global_physical_count has {physical.shape[0]} layers, at most {MOST_LAYERS} are read")
            recording.grow(file, physical.shape[0])
            of_layer = {}
            for layer in range(physical.shape[0]):
                counts = physical[layer]
                if places is not None:
                    if places.shape[1] != len(counts) or layer >= places.shape[0]:
                        raise file.refuse(f"{where}: global_physical_count has shape {list(physical.shape)}, "
                                          f"last_physical_to_logical_map {list(places.shape)}")
                    counts = torch.zeros(int(places.max()) + 1, dtype=torch.int64).scatter_add_(0, places[layer], counts)
                of_layer[layer] = counts
            counted.append((Step(rank, number), of_layer))
        else:
            raise file.refuse(f"{where} has neither topk_ids_of_layer nor global_physical_count")
    if counted:
        add_counted(file, recording, options, counted, "global_physical_count")
    if records and places is None:
        recording.note("numbers of experts are those of their places (physical ids), as no map of them is in the file: where the "
                       "server keeps an expert more than once they are not the model's own")
    elif records:
        recording.note("experts are numbered by the map that was in force at the end (last_physical_to_logical_map): if the server "
                       "moved experts while it recorded, those of earlier passes are wrong")


def sglang_tokens(file, recording, options, record, where, places, step):
    torch = file.torch
    ids = file.tensor(record["topk_ids_of_layer"], f"{where}: topk_ids_of_layer", (3,))
    layers, rows, wide = ids.shape
    if layers > MOST_LAYERS or wide > MOST_CHOICES:
        raise file.refuse(f"{where}: topk_ids_of_layer has shape {list(ids.shape)}; at most {MOST_LAYERS} layers and {MOST_CHOICES} "
                          "experts a token are read")
    if ids.numel() and int(ids.min()) < -1:
        raise file.refuse(f"{where}: topk_ids_of_layer names expert {int(ids.min())}")
    tokens, positions, lengths = (file.integers(record.get(name), f"{where}: {name}")
                                  for name in ("input_ids", "positions", "extend_seq_lens"))
    # A batch may be padded to a size that the device likes.
    if tokens is not None and len(tokens) < rows and not bool((ids[:, len(tokens):] >= 0).any()):
        rows = len(tokens)
        ids = ids[:, :rows]
    if tokens is not None and len(tokens) == rows:
        step.tokens = tokens.int()
    elif tokens is not None:
        recording.note("tokens of some passes are not as many as they have rows, and are left out")
    step.rows = rows
    step.sequence = sequences(torch, lengths, positions, rows)
    for layer in range(layers if rows else 0):
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
    # The sum of what is not bounded would wrap, to what is.
    if lengths is not None and 0 < len(lengths) <= rows and int(lengths.min()) > 0 and int(lengths.max()) <= rows \
            and int(lengths.sum()) == rows:
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
    is_one = all(one is None or isinstance(one, Stored) for one in data)
    if not options.k:
        raise file.refuse("router logits do not say how many experts a token is given: needs --k K")
    of_step = [data] if is_one else data
    first = recording.steps[-1].number + 1 if recording.steps else 1
    probabilities = set()
    for at, layers in enumerate(of_step):
        where = "router_logits" if is_one else f"step {at + 1}"
        if not isinstance(layers, (list, tuple)) or len(layers) > MOST_LAYERS:
            raise file.refuse(f"{where} is no tuple of at most {MOST_LAYERS} tensors")
        step = Step(0, first + at)
        for layer, logits in enumerate(layers):
            if logits is None or (isinstance(logits, Stored) and len(logits.shape) < 2):
                continue  # a dense layer
            logits = file.tensor(logits, f"{where}, layer {layer}", (2, 3), whole=False)
            if logits.dim() == 3:
                logits = logits.flatten(0, 1)
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
        if isinstance(ids, Stored) and ids.count == step.rows:
            flat = file.integers(ids, "input_ids", (1, 2))
            step.tokens = None if flat is None else flat.int()
            if step.tokens is not None and len(ids.shape) == 2 and step.rows:
                step.sequence = torch.arange(ids.shape[0]).repeat_interleave(ids.shape[1]).int()
        recording.add(file, step)
    for layer in sorted(probabilities):
        recording.note(f"rows of layer {layer} sum to 1: they are probabilities, not logits, and Switchyard takes them as such")


def first_line(error):
    return plain(str(error).partition("\n")[0]) or type(error).__name__


def read_files(torch, paths, options):
    recording, seen = None, {}
    for path in paths:
        if os.path.exists(path):
            found = os.stat(path)
            if (found.st_dev, found.st_ino) in seen:
                raise Refused(f"{path}: is given twice, the first time as {seen[found.st_dev, found.st_ino]}")
            seen[found.st_dev, found.st_ino] = path
        try:
            recording = read_file(torch, path, options, recording)
        except (RuntimeError, MemoryError) as error:  # of torch, of what fits every check above and no memory
            raise Refused(f"{path}: cannot be read: {first_line(error)}")
    if not recording.shapes:
        raise Refused(f"{paths[0]}: has no layer with experts")
    recording.end()
    # One token of many experts widens all rows of its layer.
    held, needed = sum(os.path.getsize(path) for path in paths), sum(map(recording.bytes, recording.steps))
    if needed > (64 << 20) + 32 * held:
        raise Refused(f"{paths[0]}: its recording would take {needed} bytes in the folder, of files that have {held}")
    return recording


def read_file(torch, path, options, recording):
    file = File(torch, path)
    data = file.data
    is_dict = isinstance(data, dict)
    is_logits = (isinstance(data, (list, tuple)) and len(data) > 0) or (is_dict and "router_logits" in data)
    if recording is None:
        recording = Recording(options.model, options.order or ("gate" if is_logits else "id"), is_logits)
    elif recording.is_logits != is_logits:  # the order of a token's experts is one for all
        had = "has router logits, the files before it something else" if is_logits else "has no router logits, the files before it had"
        raise file.refuse(f"{had}: convert them one by one")
    if is_logits:
        router_logits(file, recording, options)
    elif is_dict and ("records" in data or "topk_ids_of_layer" in data or "global_physical_count" in data):
        sglang_records(file, recording, options)
    elif is_dict and "logical_count" in data:
        sglang_counts(file, recording, options)
    else:
        keys = ", ".join(sorted(plain(str(key)[:40]) for key in data)[:8]) if is_dict else type(data).__name__
        raise file.refuse(f"is neither of SGLang's expert recorder nor router logits; it has: {keys}")
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
            # Layers that a step lacks would be filled with rows of nothing.
            kind = (step.rank, step.tokens is None, step.sequence is None, bool(step.counts), tuple(step.experts), tuple(step.logits))
            size = self.recording.bytes(step)
            if gathered and (kind != gathered[0][0] or held + size > CHUNK_BYTES):
                self.chunk([one for _, one in gathered])
                gathered, held = [], 0
            gathered.append((kind, step))
            held += size
        if gathered:
            self.chunk([one for _, one in gathered])
        self.manifest.close()

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
                file.write(bytes_of(tensor))
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
    except (RuntimeError, MemoryError) as error:  # torch's word for no memory is RuntimeError
        raise Refused(f"--out {options.out}: cannot be written: {first_line(error)}")
    numbers = {step.number for step in recording.steps}
    rows = sum(step.rows for step in recording.steps)
    print(f"{shown(options.out)}: {len(recording.shapes)} layers, {len(numbers)} steps" + (f", {rows} tokens" if rows else ", loads only"))
    for note in recording.notes:
        print(f"Note: {note}.")


def run(words):
    """The exit code: 0, or 2 and a message."""
    try:
        main(words)
    except Refused as refusal:
        print(f"switchyard_convert.py: {shown(str(refusal))}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

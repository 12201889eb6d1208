"""Damaged copies of good .pt files, each read by switchyard_convert: mutate_pt.py COUNT FOLDER PATH_OF_CONVERTER FILE... Bits
flipped, pieces cut, doubled and put in. It must end in a message or a folder, without a gigabyte; else this fails."""
import contextlib
import io
import os
import random
import resource
import shutil
import sys
import zipfile

COUNT, FOLDER, CONVERTER, *FILES = sys.argv[1:]
sys.path.insert(0, CONVERTER)
import switchyard_convert  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(1)
chance = random.Random(17)


def mutant(good):
    bad = bytearray(good)
    for _ in range(chance.randint(1, 3)):
        at, length = chance.randrange(len(bad)), chance.randint(1, 64)
        kind = chance.randrange(6)
        if kind < 2:
            bad[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            del bad[at:len(bad) if chance.random() < 0.2 else at + length]
        elif kind == 3:
            bad[at:at] = bad[at:at + length]
        elif kind == 4:
            bad[at:at] = bytes(chance.randrange(256) for _ in range(length))
        else:
            bad[at:at + 8] = chance.choice((b"\xff" * 8, b"\0" * 8, b"\x7f" + b"\xff" * 7, b"\0\0\0\x80"))
        if not bad:
            break
    return bytes(bad)


def inner(good):
    """A change that the archive's checksums still fit: the pickle itself is damaged, and what its numbers claim."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, mutant(data) if data and chance.random() < 0.6 else data)
    return made.getvalue()


def end_of(bad):
    path, to = os.path.join(FOLDER, "bad.pt"), os.path.join(FOLDER, "made")
    with open(path, "wb") as file:
        file.write(bad)
    shutil.rmtree(to, ignore_errors=True)
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        return switchyard_convert.run([path, "--out", to, "--k", "2", "--experts", "300"])


began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ends = {0: 0, 2: 0}
for path in FILES:
    with open(path, "rb") as file:
        good = file.read()
    assert end_of(good) == 0, path
    for i in range(int(COUNT)):
        ends[end_of(inner(good) if i % 2 else mutant(good))] += 1
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began) >> 10
assert ends[2] > 0, ends
assert grown < 1000, f"grew by {grown} MB"
print(ends, f"grew by {grown} MB")

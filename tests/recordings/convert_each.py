"""Every .pt of the folder by itself, as switchyard_convert.py ends on it: convert_each.py PATH_OF_CONVERTER. A line each on
standard output: name, exit code, whether a folder was made, message."""
import contextlib
import glob
import io
import os
import shutil
import sys

sys.path.insert(0, sys.argv[1])
import switchyard_convert  # noqa: E402

for name in sorted(glob.glob("*.pt")) + ["nothing.pt"]:
    shutil.rmtree("each", ignore_errors=True)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        code = switchyard_convert.run([name, "--out", "each", "--k", "2"])
    print(name, code, os.path.exists("each"), said.getvalue().replace("\n", " "))

# SPDX-License-Identifier: MIT
"""Runs a libFuzzer target on its corpus, the inputs of past runs that were worth keeping.

    fuzz.py TARGET CORPUS FOLDER [OPTION...]   unpacks CORPUS into FOLDER, and runs the TARGET there
    fuzz.py --keep TARGET CORPUS FOLDER        puts the smallest set that covers as much as FOLDER back into CORPUS

A corpus is a text file with one input a line, in base64, because hundreds of files of ten bytes are hard to look at.
"""

import base64
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LARGEST = 256


def unpack(corpus, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for line in corpus.read_text().split():
        data = base64.b64decode(line, validate=True)
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def keep(target, corpus, folder):
    with tempfile.TemporaryDirectory() as smallest:
        subprocess.run([target, "-merge=1", f"-max_len={LARGEST}", "-verbosity=0", smallest, folder], check=True)
        inputs = sorted((path.read_bytes() for path in Path(smallest).iterdir()), key=lambda data: (len(data), data))
    corpus.write_text("".join(f"{base64.b64encode(data).decode()}\n" for data in inputs))


def main(arguments):
    is_keep = arguments[0] == "--keep"
    target, corpus, folder, *options = arguments[is_keep:]
    if is_keep:
        keep(target, Path(corpus), folder)
        return
    unpack(Path(corpus), Path(folder))
    os.execv(target, [target, *options, folder])


if __name__ == "__main__":
    main(sys.argv[1:])

# SPDX-License-Identifier: MIT
"""A wheel of what the build has made, without compiling all once more: for tests of what an installation does."""

import base64
import hashlib
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "wrapper" / "python" / "covenv"
VERSION = "0.1.0"


def make_wheel(folder, covenv, sigforward, libcovenv):
    """Writes the wheel into `folder`, with the paths of the programs and of the library of a build; its Path."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in names.items())
        for group, names in project["entry-points"].items()
    )
    data, info = f"covenv-{VERSION}.data", f"covenv-{VERSION}.dist-info"
    files = {
        f"{data}/scripts/covenv": covenv.read_bytes(),
        f"{data}/scripts/sigforward": sigforward.read_bytes(),
        f"{data}/data/lib/libcovenv.so": libcovenv.read_bytes(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: covenv\nVersion: {VERSION}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": points.encode(),
    } | {f"covenv/{file.name}": file.read_bytes() for file in PACKAGE.glob("*.py")}
    record = [f"{name},sha256={digest_of(content)},{len(content)}\n" for name, content in files.items()]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"]).encode()
    path = folder / f"covenv-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, content)
    return path


def digest_of(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()

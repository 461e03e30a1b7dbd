# SPDX-License-Identifier: MIT
"""The parts of the README that tests write and hold: each stands between `<!-- NAME -->` and `<!-- /NAME -->`."""

from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def _split(name):
    before, rest = README.read_text().split(f"<!-- {name} -->\n")
    shown, behind = rest.split(f"<!-- /{name} -->\n")
    return before, shown, behind


def shown(name):
    return _split(name)[1]


def write(name, text):
    before, _, behind = _split(name)
    README.write_text(f"{before}<!-- {name} -->\n{text}<!-- /{name} -->\n{behind}")

# SPDX-License-Identifier: MIT
"""The tables of the documents that tests write and hold: each stands between `<!-- NAME -->` and `<!-- /NAME -->`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The one document that each table is in.
DOCUMENTS = {
    "inits": "wrapper/sigforward/README.md",
    "matrix": "tests/README.md",
    "programs": "shim/README.md",
}
LIMITS = "shim/README.md"


def _split(name):
    before, rest = (ROOT / DOCUMENTS[name]).read_text().split(f"<!-- {name} -->\n")
    shown, behind = rest.split(f"<!-- /{name} -->\n")
    return before, shown, behind


def shown(name):
    return _split(name)[1]


def write(name, text):
    before, _, behind = _split(name)
    (ROOT / DOCUMENTS[name]).write_text(f"{before}<!-- {name} -->\n{text}<!-- /{name} -->\n{behind}")


def limits():
    """The text, as one line, of the document that lists the differences below covenv."""
    return " ".join((ROOT / LIMITS).read_text().split())

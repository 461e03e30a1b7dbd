# SPDX-License-Identifier: MIT
"""Tables of the documents, which programs write and tests compare. One stands between `<!-- NAME -->` and
`<!-- /NAME -->`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# table -> the one document that it is in
DOCUMENTS = {
    "counters": "tests/README.md",
    "jvm": "tests/README.md",
    "distributions": "tests/README.md",
    "inits": "wrapper/sigforward/README.md",
    "matrix": "tests/README.md",
    "node": "tests/README.md",
    "node-family": "tests/README.md",
    "programs": "shim/README.md",
    "scripting": "tests/README.md",
}
LIMITS = "shim/README.md"


def _split(name):
    """The document's text in three parts: before the table `name`, the table, and behind it."""
    before, rest = (ROOT / DOCUMENTS[name]).read_text().split(f"<!-- {name} -->\n")
    shown, behind = rest.split(f"<!-- /{name} -->\n")
    return before, shown, behind


def shown(name):
    """The text of the table `name`, as its document has it. Raises KeyError if DOCUMENTS lacks the name."""
    return _split(name)[1]


def write(name, text):
    """Replaces the table `name` in its document by `text`, which ends with a newline."""
    before, _, behind = _split(name)
    (ROOT / DOCUMENTS[name]).write_text(f"{before}<!-- {name} -->\n{text}<!-- /{name} -->\n{behind}")


def limits():
    """The text, as one line, of the document that lists what differs below covenv."""
    return " ".join((ROOT / LIMITS).read_text().split())

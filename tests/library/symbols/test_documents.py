# SPDX-License-Identifier: MIT
"""The documents: each link leads somewhere, each path is there, and the README stays short."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOP = {
    "CMakeLists.txt", "shim", "wrapper", "tests", "scripts", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
    "SECURITY.md", "action.yml", "pyproject.toml", "CMakePresets.json",
}
FILES = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
DOCUMENTS = [name for name in FILES if name.endswith(".md")]
FOLDERS = {parent.as_posix() for name in FILES for parent in Path(name).parents}


def text_of(document):
    return (ROOT / document).read_text()


def prose_of(document):
    return re.sub(r"```.*?```", "", text_of(document), flags=re.DOTALL)


def anchors_of(document):
    """The anchors that hosting pages make of headings: lower case, no punctuation, hyphens for blanks."""
    headings = re.findall(r"^#+ (.*)$", prose_of(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links_of(document):
    return re.findall(r"\]\(([^)\s]+)\)", prose_of(document))


def lost_links(document):
    for link in links_of(document):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        if not target.exists():
            yield link
        elif anchor and anchor not in anchors_of(target.resolve().relative_to(ROOT).as_posix()):
            yield link


def lost_paths(document):
    """The texts of a document that start like a path of this repository (shim/, ...), and name no file or folder."""
    for path in re.findall(r"(?<![\w/.~-])((?:shim|wrapper|tests|scripts)/[\w./-]*\w)", text_of(document)):
        name = path.rstrip("/")
        base = (ROOT / document).parent
        there = name in FILES or name in FOLDERS or (base / name).exists()
        # A diagram may name a source without its ending.
        if not there and not any(f"{name}{ending}" in FILES for ending in (".cc", ".h", ".py")):
            yield path


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_link_leads_somewhere(document):
    assert list(lost_links(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_path_is_there(document):
    assert list(lost_paths(document)) == []


def test_the_readme_leads_to_each_document():
    linked = {((ROOT / "README.md").parent / link.partition("#")[0]).resolve() for link in links_of("README.md")}
    linked |= {(ROOT / "wrapper" / link.partition("#")[0]).resolve() for link in links_of("wrapper/README.md")}
    unreachable = {name for name in DOCUMENTS if (ROOT / name).resolve() not in linked}
    assert unreachable <= {"README.md", "wrapper/README.md"} | {name for name in DOCUMENTS if "/suites/" in name}


def test_the_readme_is_short():
    assert len(text_of("README.md").splitlines()) <= 150


def test_the_top_holds_what_it_may():
    top = {name.partition("/")[0] for name in FILES}
    assert {name for name in top if not name.startswith(".")} <= TOP

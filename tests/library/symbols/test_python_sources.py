# SPDX-License-Identifier: MIT
"""The library's Python sources that make one module: a name of one is not that of another."""

import ast
import re
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[3] / "shim" / "coverage"
ARRAY = re.compile(r"PythonText (\w+Source)\[\] = \{(.*?)\};")


def file_of(text):
    """The source of PythonText::kFollowForks: follow_forks.py."""
    return SOURCES / (re.sub("(?<!^)([A-Z])", r"_\1", text).lower() + ".py")


def names_in(source):
    for statement in ast.parse(source.read_text()).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def test_no_name_of_a_module_is_there_twice():
    modules = ARRAY.findall((SOURCES / "python_sources.h.in").read_text())
    assert len(modules) > 5
    for module, texts in modules:
        sources = [file_of(text) for text in re.findall(r"PythonText::k(\w+)", texts) if text != "End"]
        assert all(source.exists() for source in sources), module
        names = [(name, source.name) for source in sources for name in set(names_in(source))]
        twice = {name for name, _ in names if sum(name == other for other, _ in names) > 1}
        assert twice == set(), module

# SPDX-License-Identifier: MIT
import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "runtimes"))
from languages import LANGUAGES, NEWER  # noqa: E402
from place import Place  # noqa: E402


def pytest_collection_modifyitems(config, items):
    """Only --full has the root with the newer runtimes."""
    if config.getoption("--full"):
        return
    def is_newer(item):
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        return item.path.name == "test_pypy.py" or parameters.get("language") in NEWER

    unwanted = [item for item in items if is_newer(item)]
    config.hook.pytest_deselected(items=unwanted)
    items[:] = [item for item in items if item not in unwanted]


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """programs[language]: its server."""
    return {name: language.build(tmp_path_factory.mktemp(name)) for name, language in LANGUAGES.items()}


@pytest.fixture
def place(tmp_path, programs):
    def make(name, language, library):
        return Place(tmp_path / name, LANGUAGES[language], programs[language], library)

    return make


@pytest.fixture(scope="session")
def expected(tmp_path_factory, programs):
    """expected(language): the counts of a normal end, without the library."""
    known = {}

    def counts(language):
        if language not in known:
            folder = tmp_path_factory.mktemp("normal") / "data"
            bare = Place(folder, LANGUAGES[language], programs[language], None)
            assert os.waitstatus_to_exitcode(bare.run("Popen()", "exit")) == 3
            known[language] = bare.counts()
            assert any(known[language].values()) and not all(known[language].values())
        return known[language]

    return counts

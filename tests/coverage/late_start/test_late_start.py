# SPDX-License-Identifier: MIT
"""A light start of a child measures the same as whole coverage from the start. The program cannot tell."""

import json

import pytest
from late_place import SOURCES
from stacks import NEWEST, Stack, all_stacks
from ways import STARTS, WAYS


def cases(is_full):
    newest = Stack(NEWEST, "ctrace", True)
    ways = [*WAYS, *STARTS]
    if is_full:
        of_today = Stack("newest", "ctrace", True)
        for stack in [*all_stacks(), *([of_today] if of_today.python.exists() else [])]:
            sources = SOURCES if stack in (newest, of_today) else ("folder", "everything")
            yield from ((stack, source, way) for source in sources for way in ways)
        return
    # Without --full, every third way, because CI has an hour: half of these have the sources in turn, the others the
    # first source.
    for number, way in enumerate(ways[::3]):
        yield newest, list(SOURCES)[0 if number % 2 else number // 2 % len(SOURCES)], way


def pytest_generate_tests(metafunc):
    if "way" in metafunc.fixturenames:
        found = list(cases(metafunc.config.getoption("--full")))
        metafunc.parametrize("stack, source, way", found, ids=[f"{stack}-{source}-{way}" for stack, source, way in found])


def with_lines_alone(data):
    """The data without the files that never ran.

    A child that never starts coverage does not list these. The runner does, with relative_files by other names than a
    child in another folder, so that these names would be missing.
    """
    return {**data, "files": {name: of_file for name, of_file in data["files"].items() if of_file["by_line"]}}


def test_measures_the_same(stack, source, way, place):
    place.prepare(stack, source, way)
    at_once = place.run(stack, way, is_light=False)
    place.prepare(stack, source, way)
    late = place.run(stack, way, is_light=True)
    assert late[0] == at_once[0]
    measured = [late[1], at_once[1]]
    if source == "relative files":
        measured = [with_lines_alone(data) for data in measured]
        assert measured[1]["files"], "the runner's own lines"
    if source == "multiprocessing" and way.startswith("multiprocessing by"):
        # Whole coverage loses these lines: what it starts in the processes of multiprocessing looks for its file of settings in
        # their folder.
        assert lines_of(measured[1]) <= lines_of(measured[0]) != set()
        return
    assert json.dumps(measured[0], indent=1, sort_keys=True) == json.dumps(measured[1], indent=1, sort_keys=True)


def lines_of(data):
    return {(name, line) for name, of_file in data["files"].items() for line in of_file["by_line"]}


SHOWS = "import sys; print(sorted(name for name in sys.modules if name.startswith(('coverage', 'sqlite'))))"


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("light", [True, False])
def test_a_program_that_runs_no_source_never_meets_coverage(place, source, light):
    stack = Stack(NEWEST, "ctrace", True)
    place.prepare(stack, source, "nothing")
    place.program.write_text(f"import json, email.message, argparse\n{SHOWS}\n")
    (status, output, errors), _ = place.run(stack, "nothing", light)
    assert (status, errors) == (0, "") and (output == "[]\n") == light

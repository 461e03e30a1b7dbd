# SPDX-License-Identifier: MIT
"""A light start of a child measures the same as whole coverage from the start. The program cannot tell."""

import pytest
from configurations import CONFIGURATIONS, SOURCES
from late_place import shown
from stacks import NEWEST, Stack, all_stacks, monitoring_stacks
from ways import STARTS, WAYS

#: A program that runs each file of the project, and one of the library.
ALL = """
import sys; sys.path.insert(0, PROJECT)
import json, runpy, shop, shop.till, single, space.inner
shop.till.count(3), single.once(), json.dumps([1]), runpy.run_path(PROJECT + "/script.py", run_name="__main__")
"""
IN_THREAD = """
import sys, threading; sys.path.insert(0, PROJECT)
def work():
    import shop.till
    shop.till.count(2)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
IN_CHILD = """
import subprocess
code = f"import sys; sys.path.insert(0, {PROJECT!r}); import single; single.once()"
subprocess.run([sys.executable, "-c", code], env={}, check=True)
"""


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
    yield from ((stack, "folder", way) for stack in monitoring_stacks() for way in ways[1::9])


#: How a program meets all of the project: name -> (key of WAYS or STARTS for the words, its text or None).
MEETS = {
    "imports": ("nothing", ALL),
    "is killed": ("nothing", ALL + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    "is the source": ("-m of the source", None),
    "imports in a thread and a child": ("nothing", IN_THREAD + IN_CHILD),
}


def meetings(is_full):
    """Configurations with lines and branches, and each way to meet the project. Without --full one way for each of a part."""
    stacks = [Stack(NEWEST, "ctrace", branch) for branch in (True, False)]
    for number, name in enumerate(CONFIGURATIONS):
        if is_full:
            yield from ((stack, name, how) for stack in (*stacks, *monitoring_stacks()) for how in MEETS)
        elif number % 6 == 0:
            yield stacks[number // 6 % 2], name, list(MEETS)[number // 6 % len(MEETS)]


def pytest_generate_tests(metafunc):
    for last, makes in (("way", cases), ("how", meetings)):
        if last in metafunc.fixturenames:
            found = list(makes(metafunc.config.getoption("--full")))
            metafunc.parametrize(f"stack, source, {last}", found, ids=["-".join(map(str, case)) for case in found])


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
    if source == "packages" and way == "trace function that it ends":
        # Coverage that starts after this is not called before tracing ends, and then does not list the packages.
        measured = [with_lines_alone(data) for data in measured]
    if source == "multiprocessing" and way.startswith("multiprocessing by"):
        # Whole coverage loses these lines: what it starts in the processes of multiprocessing looks for its file of settings in
        # their folder.
        assert lines_of(measured[1]) <= lines_of(measured[0]) != set()
        return
    assert shown(measured[0]) == shown(measured[1])


@pytest.mark.parametrize("is_light", [False, True], ids=["by whole coverage", "by a light start"])
def test_the_programs_that_meet_the_project_are_measured(place, is_light):
    stack = Stack(NEWEST, "ctrace", True)
    for way, text in MEETS.values():
        place.prepare(stack, "folder", way, text)
        _, data = place.run(stack, way, is_light)
        ran = {name for name, of_file in data["files"].items() if len(of_file["by_line"]) > 1}
        assert any("till.py" in name or "__main__.py" in name for name in ran), (way, sorted(ran))


def test_measures_the_same_with(stack, source, how, place):
    way, text = MEETS[how]
    ran = []
    for is_light in (False, True):
        place.prepare(stack, source, way, text)
        ran.append(place.run(stack, way, is_light))
    (ended, data), (ended_light, data_light) = ran
    assert ended_light == ended
    if "relative_files" in CONFIGURATIONS[source]:
        data, data_light = with_lines_alone(data), with_lines_alone(data_light)
    if source in OF_THE_LIBRARY:
        # Whole coverage has imported json before it measures, and misses what json runs then.
        assert lines_of(data) <= lines_of(data_light)
        data, data_light = without_json(data), without_json(data_light)
    assert shown(data_light) == shown(data)


OF_THE_LIBRARY = ("the standard library", "the project and the standard library", "the standard library is measured")


def without_json(data):
    return {**data, "files": {name: of_file for name, of_file in data["files"].items() if "/json/" not in name}}


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

# SPDX-License-Identifier: MIT
"""A light start by sys.monitoring: the code of coverage's own SysMonitor measures without the package coverage."""

import json

import pytest
from stacks import monitoring_stacks
from test_light import TAKES_OVER, Strange, has_lines_of
from ways import HERE, SHOP, WAYS

SHOWS = """
import sys
print(sys.monitoring.get_tool(1), [name for name in sys.modules if name.startswith(("coverage", "sqlite", "tokenize", "dis"))])
"""
LIGHT = "coverage.py []\n"

FUNCTION = """
def f(a, b=[
        1, 2]):
    if (a and
            b):
        return [
            a,
            b]
    for n in range(
            3):
        if n == 1 and \\
           not a: break
    else:
        return None
    return {name: a
            for name in
            b if name}
f(1); f(0)
"""
#: Source files that the tokenizer meets in one way or another -> (bytes, whether whole coverage has to read the file).
SOURCES = {
    "plain": (FUNCTION.encode(), False),
    "lines of Windows": (FUNCTION.replace("\n", "\r\n").encode(), False),
    "byte order mark": (b"\xef\xbb\xbf" + FUNCTION.encode(), False),
    "form feed": (FUNCTION.replace("    for", "\f    for").encode(), False),
    "cookie": (b"# -*- coding: utf-8 -*-\n" + FUNCTION.encode(), False),
    "cookie in the second line": (b"#!/usr/bin/env python\n# vim: set fileencoding=utf-8 :\n" + FUNCTION.encode(), False),
    "no end of line": (FUNCTION.rstrip().encode(), False),
    "strings": (("x = '''\n'''\ny = f'''{\n x\n}'''\nif x: y = '(' '''\n)'''\n" + FUNCTION).encode(), False),
    "latin-1": (b"# coding: latin-1\nx = '\xe9'\n" + FUNCTION.encode(), True),
}


@pytest.fixture(params=monitoring_stacks(), ids=str)
def stack(request):
    return request.param


def measure(place, stack, program, is_light, files={}):
    """Runs `program` measured, and returns ([status, stdout, stderr], data). `files`: those of the project, name -> bytes."""
    place.prepare(stack, "folder", "nothing", program)
    for name, content in files.items():
        (place.project / name).write_bytes(content)
    return place.run(stack, "nothing", is_light)


def test_neither_the_package_nor_what_it_needs_is_imported(place, stack):
    ended, data = measure(place, stack, SHOP + SHOWS, is_light=True)
    assert ended == [0, LIGHT, ""] and has_lines_of(data, "till.py")


@pytest.mark.parametrize("kind", SOURCES)
def test_statements_of_several_lines_are_measured_the_same(place, stack, kind):
    content, is_doubt = SOURCES[kind]
    program = HERE + f"import kind\n{SHOWS}"
    (ended, data), (_, data_whole) = (measure(place, stack, program, is_light, {"kind.py": content}) for is_light in (True, False))
    assert ended[0] == 0 and (ended[1] == LIGHT) == (not is_doubt or not stack.branch), ended
    assert has_lines_of(data, "kind.py")
    assert json.dumps(data, indent=1, sort_keys=True) == json.dumps(data_whole, indent=1, sort_keys=True)


@pytest.mark.parametrize("what", [what for what in TAKES_OVER if what != "a module of the tracer"])
def test_whole_coverage_takes_over(place, stack, what):
    program, said = TAKES_OVER[what]
    program = HERE + f"import single; single.once()\n{program}\nimport shop.till; shop.till.count(2)\n"
    ended, data = measure(place, stack, program, is_light=True)
    assert ended == [0, said, ""]
    assert json.dumps(data, indent=1, sort_keys=True) == json.dumps(
        measure(place, stack, program, is_light=False)[1], indent=1, sort_keys=True
    )


RUNS_ON = """
def run_on():
    import coverage
    current = coverage.Coverage.current()
    current.stop()
    hidden = 1
    current.start()
    return current
run_on()
"""


def test_what_runs_at_the_takeover_is_measured_to_its_end(place, stack):
    files = {"runs_on.py": RUNS_ON.encode()}
    ended, data = measure(place, stack, HERE + "import runs_on", True, files)
    assert ended == [0, "", ""]
    [lines] = [of_file["by_line"] for name, of_file in data["files"].items() if "runs_on.py" in name]
    # Coverage itself measures the function that runs on at stop() only up to there, or further after start().
    assert {"2", "3", "4", "5"} <= set(lines)


#: What a runner may meet in a coverage that this covenv does not know -> code that makes this coverage such a one.
STRANGE = {
    "a name that covenv does not give": "SysMonitor.more = of_coverage(lambda self: traceback.print_exc)",
    "another function of a module": "SysMonitor.more = of_coverage(lambda self: functools.reduce)",
    "a decorated function": "SysMonitor.more = functools.lru_cache(of_coverage(lambda self: None))",
    "a closure": "SysMonitor.more = (lambda number: lambda self: number)(1)",
    "a default that is no constant": "SysMonitor.more = lambda self, found=[]: found",
    "a property": "SysMonitor.more = property(id)",
    "more that the collector gives": """
gives = Collector._start_tracer
def give(self):
    self.more = 1
    return gives(self)
Collector._start_tracer = give
""",
    "counts of its own": "coverage.sysmon.COLLECT_STATS = True",
    "other lines of statements": "coverage.parser.multiline_map_from_text = lambda text: {}",
}


@pytest.mark.parametrize("what", STRANGE)
def test_whole_coverage_starts_if_the_runner_meets(place, stack, what):
    place.prepare(stack, "folder", "nothing", SHOP + SHOWS)
    (place.project / "strange.py").write_text(f"""
import functools, sys
import coverage.cmdline, coverage.parser, coverage.sysmon
from coverage.collector import Collector
from coverage.sysmon import SysMonitor
def of_coverage(function):
    return type(function)(function.__code__, vars(coverage.sysmon), "more")
{STRANGE[what]}
sys.exit(coverage.cmdline.main())
""")
    ended, data = place.run(Strange(stack.venv, stack.core, stack.branch), "nothing", is_light=True)
    assert (ended[0], ended[2]) == (0, "")
    # Statements are looked up for branches alone.
    assert ("'coverage'" in ended[1]) == (stack.branch or what != "other lines of statements")
    assert has_lines_of(data, "till.py")


@pytest.mark.parametrize("variable", ["COVERAGE_CORE=ctrace", "COVERAGE_SYSMON_STATS=1", "COVENV_TRACER="])
def test_whole_coverage_starts_with_the_variable(place, stack, variable):
    name, _, value = variable.partition("=")
    place.prepare(stack, "folder", "nothing", SHOP + "\nimport sys; print('coverage' in sys.modules)")
    runner = place.project / "runner.py"
    runner.write_text(runner.read_text().replace("env=json.loads(settings)", f"env=json.loads(settings) | {{{name!r}: {value!r}}}"))
    ended, data = place.run(stack, "nothing", is_light=True)
    # With SYSMON_STATS coverage itself prints more.
    assert ended[0] == 0 and ended[1].startswith("True\n") and has_lines_of(data, "till.py")


def test_a_thread_that_c_has_started_is_measured(place, stack):
    """The first code of the source runs on a thread of which threading does not know."""
    ended, data = measure(place, stack, WAYS["thread of C"] + SHOWS, is_light=True)
    assert ended[0] == 0 and ended[1].endswith(LIGHT), ended
    assert has_lines_of(data, "__init__.py")

# SPDX-License-Identifier: MIT
"""A light start by sys.monitoring: the code of coverage's own SysMonitor measures without the package coverage."""

import shutil
import subprocess
from pathlib import Path

import pytest
from late_place import shown
from stacks import NEWEST, Stack, monitoring_stacks
from test_light import TAKES_OVER, Strange, has_lines_of
from ways import HERE, SHOP
from ways import program as text_of_way

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
    "cookie in capitals": (b"# -*- coding: UTF_8 -*-\n" + FUNCTION.encode(), False),
    "latin-1": (b"# coding: latin-1\nx = '\xe9'\n" + FUNCTION.encode(), False),
    "no cookie": (b"x = 1\n# coding: koi8-r\ny = '\xc3\xa9'\n" + FUNCTION.encode(), False),
    "cookie of an editor": (b"# -*- coding: utf-8; mode: python -*-\n" + FUNCTION.encode(), False),
    "cookie behind another word": (b"# coding style; coding: latin-1\n# \xe9\n" + FUNCTION.encode(), False),
    "koi8-r": (b"# coding: koi8-r\nx = '\xc1'\n" + FUNCTION.encode(), True),
}


@pytest.fixture(params=monitoring_stacks(), ids=str)
def stack(request):
    return request.param


def measure(place, stack, program, is_light, files={}):
    """Runs `program` measured, and returns ([status, stdout, stderr], data).

    `files` are more files of the project: name -> bytes.
    """
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
    files = {"kind.py": content}
    ended, data = measure(place, stack, program, True, files)
    _, data_whole = measure(place, stack, program, False, files)
    assert ended[0] == 0 and (ended[1] == LIGHT) == (not is_doubt or not stack.branch), ended
    assert has_lines_of(data, "kind.py")
    assert shown(data) == shown(data_whole)


@pytest.mark.parametrize("what", [what for what in TAKES_OVER if what != "a module of the tracer"])
def test_whole_coverage_takes_over(place, stack, what):
    program, said = TAKES_OVER[what]
    program = HERE + f"import single; single.once()\n{program}\nimport shop.till; shop.till.count(2)\n"
    ended, data = measure(place, stack, program, is_light=True)
    assert ended == [0, said, ""]
    assert shown(data) == shown(measure(place, stack, program, is_light=False)[1])


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


BRANCHY = b"def f(a):\n    if a:\n        return 1\n    return 2\n"
#: What a program may do beside our code and coverage's -> (the program, its output).
BESIDE = {
    "no module is left": ("""
from unittest import mock
import branchy
with mock.patch.dict("sys.modules", {"os": None}, clear=True): print(branchy.f(0), branchy.f(1))""", "2 1\n"),
    "sys.modules is another": ("import branchy; sys.modules = {}; print(branchy.f(0), branchy.f(1))", "2 1\n"),
    "no module is left before the source": ("""
saved = dict(sys.modules); sys.modules.clear()
code, names = compile(open(PROJECT + "/branchy.py").read(), PROJECT + "/branchy.py", "exec"), {"__name__": "branchy"}
exec(code, names); print(names["f"](0), names["f"](1)); sys.modules.update(saved)""", "2 1\n"),
    "an audit hook that looks at its caller": ("""
import branchy
def hook(event, _): event == "sys._getframe" or sys._getframe(1).f_globals["__name__"]
sys.addaudithook(hook); print(branchy.f(0), branchy.f(1)); sys.stdout.flush()""", "2 1\n"),
    "an audit hook that looks at modes": ("""
import branchy
opened = []
def hook(event, arguments):
    if event == "open" and opened is not None and set(arguments[1]) & set("wax+"): opened.append(arguments[0])
sys.addaudithook(hook); print(branchy.f(0), branchy.f(1), opened); opened = None""", "2 1 []\n"),
    "a profile function that it leaves": ("""
import branchy; print(branchy.f(0), branchy.f(1)); sys.stdout.flush()
sys.setprofile(lambda frame, event, argument: event == "call" and len(frame.f_globals["__name__"]))""", "2 1\n"),
    "a profile function that fails for ours": ("""
import branchy; print(branchy.f(0), branchy.f(1)); sys.stdout.flush()
def profile(frame, *_):
    if frame.f_globals["__name__"] not in ("__main__", "threading"): raise ValueError
sys.setprofile(profile)""", "2 1\n"),
    "it gives the place of coverage back": ("""
import branchy; print(branchy.f(0), branchy.f(1))
sys.monitoring.free_tool_id(1)""", "2 1\n"),
    "it forbids sqlite": ("""
sys.modules["_sqlite3"] = None; import branchy; print(branchy.f(0), branchy.f(1), sys.modules.get("_sqlite3", "gone"))""",
                          "2 1 None\n"),
    "it forbids functools": ("""
sys.modules["functools"] = None; import branchy; print(branchy.f(0), branchy.f(1), sys.modules.pop("functools", "gone"))""",
                             "2 1 None\n"),
}
#: Code of the source that runs while the exit functions do.
AT_EXIT = """
import atexit, gc
import branchy
class Cycle:
    def __init__(self): self.own = self
    def __del__(self, f=branchy.f): f(0), f(1)
gc.disable(); Cycle(); atexit.register(lambda: (gc.enable(), gc.set_threshold(1)))
"""
STACKS = [Stack(NEWEST, "ctrace", True), *monitoring_stacks()]


@pytest.mark.parametrize("what", BESIDE)
@pytest.mark.parametrize("each", STACKS, ids=str)
def test_the_program_goes_on_and_is_measured_if(place, each, what, is_light=True):
    text, said = BESIDE[what]
    if each.core != "sysmon" and "free_tool_id" in text:
        text = text.replace("sys.monitoring.free_tool_id(1)", "sys.settrace(None)")
    ended, data = measure(place, each, HERE + text, is_light, {"branchy.py": BRANCHY})
    assert ended == [0, said, ""]
    [lines] = [of_file["by_line"] for name, of_file in data["files"].items() if "branchy.py" in name]
    assert {"1", "2", "3", "4"} <= set(lines)


@pytest.mark.parametrize("each", STACKS, ids=str)
def test_what_runs_beside_the_exit_functions_is_measured_the_same(place, each):
    light, whole = (measure(place, each, HERE + AT_EXIT, is_light, {"branchy.py": BRANCHY}) for is_light in (True, False))
    assert (light[0], shown(light[1])) == (whole[0], shown(whole[1]))


@pytest.mark.parametrize("each", STACKS, ids=str)
def test_whole_coverage_goes_on_beside_a_profile_function(place, each):
    test_the_program_goes_on_and_is_measured_if(place, each, "a profile function that it leaves", is_light=False)


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
    "other lines of statements": "coverage.sysmon.multiline_map_from_text = lambda text: {}",
}


@pytest.mark.parametrize("what", STRANGE)
def test_whole_coverage_starts_if_the_runner_meets(place, stack, what):
    place.prepare(stack, "folder", "nothing", SHOP + SHOWS)
    (place.project / "strange.py").write_text(f"""
import functools, sys
import coverage.cmdline, coverage.sysmon
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


#: Other versions of coverage's sysmon.py, as texts to replace. covenv can do those of the second dict.
VERSIONS = {
    "a base class": [
        ("class SysMonitor(Tracer):",
         "class Base(Tracer):\n    def note(self, code):\n        self.seen = code\n\nclass SysMonitor(Base):"),
        ("        # Entering a new frame.", "        self.note(code)\n        # Entering a new frame.")],
    "an import in a function": [
        ("        code_info = self.code_infos.get(id(code))\n",
         "        import coverage.misc\n        code_info = self.code_infos.get(id(code))\n")],
    "an import in a function of a function": [
        ("        self._activity = True\n", "        self._activity = True\n        def more():\n            import decimal\n")],
    "an event of its own": [
        ("            register(events.PY_START, self.sysmon_py_start)\n",
         "            register(events.PY_START, self.sysmon_py_start)\n            register(events.PY_YIELD, self.post_fork)\n")],
    "an unknown behaviour": [
        ("        self._activity = True\n", "        self._activity = env.PYBEHAVIOR.levels is not None\n")],
    "another signature": [
        ("= compute_multiline_map(filename)", "= compute_multiline_map(filename, self.trace_arcs)"),
        ("def compute_multiline_map(filename: str)", "def compute_multiline_map(filename: str, arcs: bool)")],
    "a collection that is made in another way": [
        ("        self._activity = True\n", "        self._activity = True\n        collections.defaultdict(list, {1: 2})\n")],
}
KNOWN_VERSIONS = {
    "a special method": [
        ("    last_line: TLineNo | None = None\n",
         "    last_line: TLineNo | None = None\n\n    def __post_init__(self):\n        self.extra = {}\n")],
    "a constant of the module": [
        ("code_info.file_data.add(line_number)", "code_info.file_data.add(line_number + (code.co_name == other))"),
        ("@dataclass\n", "other = ''\n@dataclass\n")],
}


@pytest.mark.parametrize("what", [*VERSIONS, *KNOWN_VERSIONS])
def test_whole_coverage_starts_only_in_a_coverage_that_has(place, stack, what):
    place.prepare(stack, "folder", "nothing", SHOP + SHOWS)
    where = [stack.python, "-c", "import coverage; print(coverage.__file__)"]
    of_coverage = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()).parent
    copy = place.folder / "changed" / "coverage"
    shutil.copytree(of_coverage, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / "sysmon.py").read_text()
    for old, new in (VERSIONS | KNOWN_VERSIONS)[what]:
        assert old in text
        text = text.replace(old, new, 1)
    (copy / "sysmon.py").write_text(text)
    with (copy / "env.py").open("a") as file:
        file.write("\nPYBEHAVIOR.levels = {}\n")
    (place.project / "strange.py").write_text(f"""
import sys
sys.path.insert(0, {str(copy.parent)!r})
import coverage.cmdline
sys.exit(coverage.cmdline.main())
""")
    ended, data = place.run(Strange(stack.venv, stack.core, stack.branch), "nothing", is_light=True)
    assert (ended[0], ended[2]) == (0, "")
    # Lines alone need no look at statements.
    is_known = what in KNOWN_VERSIONS or (what == "another signature" and not stack.branch)
    assert ("'coverage'" in ended[1]) == (not is_known), ended
    assert has_lines_of(data, "till.py")


@pytest.mark.parametrize("variable", ["COVERAGE_CORE=ctrace", "COVERAGE_SYSMON_STATS=1", "COVENV_TRACER="])
def test_whole_coverage_starts_with_the_variable(place, stack, variable):
    name, _, value = variable.partition("=")
    place.prepare(stack, "folder", "nothing", SHOP + "\nimport sys; print('coverage' in sys.modules)")
    place.give(name, value)
    ended, data = place.run(stack, "nothing", is_light=True)
    # With SYSMON_STATS coverage itself prints more.
    assert ended[0] == 0 and ended[1].startswith("True\n") and has_lines_of(data, "till.py")


def test_a_thread_that_c_has_started_is_measured(place, stack):
    """The first code of the source runs on a thread of which threading does not know."""
    ended, data = measure(place, stack, text_of_way("thread of C")[0] + SHOWS, is_light=True)
    assert ended[0] == 0 and ended[1].endswith(LIGHT), ended
    assert has_lines_of(data, "__init__.py")

# SPDX-License-Identifier: MIT
"""A light start: coverage's C tracer measures in a child without the package coverage, which takes over on a doubt."""

import json
import os
import re
import subprocess

import pytest
from configurations import SOURCES
from late_place import shown
from stacks import NEWEST, Stack
from ways import HERE, SHOP

STACK = Stack(NEWEST, "ctrace", True)
#: The last lines of a program: whether it was measured, and by what.
SHOWS = """
import sys
tracer = type(sys.gettrace())
print(tracer.__module__, tracer.__name__, [name for name in sys.modules if name.startswith(("coverage", "sqlite"))])
"""
LIGHT = "coverage CTracer []\n"


def run(place, source, program, stack=STACK, is_light=True):
    """Runs `program` measured, and returns ([status, stdout, stderr], data)."""
    place.prepare(stack, source, "nothing", program)
    return place.run(stack, "nothing", is_light)


def has_lines_of(data, file):
    return any(name.strip("'").endswith(file) and of_file["by_line"] for name, of_file in data["files"].items())


@pytest.mark.parametrize("source", [source for source in SOURCES if source != "multiprocessing"])
def test_the_package_is_not_imported(place, source):
    (status, output, errors), data = run(place, source, SHOP + SHOWS)
    assert (status, output, errors) == (0, LIGHT, "")
    assert has_lines_of(data, "__init__.py") and has_lines_of(data, "till.py") == (source != "omit")


def test_the_program_finds_nothing_of_it(place):
    shows = """
        import atexit, gc, sys, threading
        print(sorted(sys.modules), sys.path, sys.meta_path, sys.path_hooks, threading.enumerate(), gc.isenabled(), sys.getrecursionlimit())
    """
    shown = []
    for source in ("folder", "folder of a folder"):
        (status, output, errors), data = run(place, source, HERE + "import single; single.once()\nif 1:" + shows)
        assert (status, errors) == (0, "")
        shown.append(re.sub(r"\d{9,}", "ID", output))
        assert has_lines_of(data, "single.py") == (source == "folder")
    assert shown[0] == shown[1], "measured, and not measured"


#: What a runner may meet in a coverage that this covenv does not know -> code that makes this coverage such a one.
STRANGE = {
    "a tracer of another module": "Core.tracer_class = property(lambda self: Other, lambda self, value: None)",
    "a tracer with another attribute": "coverage.tracer.CTracer = type('CTracer', (coverage.tracer.CTracer,), {'more': 1})",
    "a disposition with another attribute":
        "coverage.tracer.CFileDisposition = type('CFileDisposition', (coverage.tracer.CFileDisposition,), {'more': 1})",
    "pairs that are packed in another way": """
flush = Collector.flush_data
Collector.flush_data = lambda self: flush(self)
""",
    "other third-party folders": """
starts = InOrOut.set_matchers_depending_on_syspath
def set_matchers(self):
    starts(self)
    self.third_paths.add("/proc")
InOrOut.set_matchers_depending_on_syspath = set_matchers
""",
    "another decision": """
decides = InOrOut.check_include_omit_etc
InOrOut.check_include_omit_etc = lambda self, name, frame: "is strange" if name.endswith("runner.py") else decides(self, name, frame)
""",
    "data of another form": "coverage.CoverageData.measured_contexts = lambda self: {'another'}",
    "no such method": "del coverage.CoverageData.add_arcs, coverage.CoverageData.measured_files",
    "no such member": """
makes = InOrOut.__init__
def make(self, *arguments, **named):
    makes(self, *arguments, **named)
    del self.pylib_paths
InOrOut.__init__ = make
""",
}


class Strange(Stack):
    """A stack whose runner's coverage is another one than it was made."""

    @property
    def run(self):
        return [str(self.python), "strange.py", "run", "--rcfile=rc"]


@pytest.mark.parametrize("what", STRANGE)
def test_whole_coverage_starts_if_the_runner_meets(place, what):
    stack = Strange(NEWEST, "ctrace", what != "no such method")
    place.prepare(stack, "folder", "nothing", SHOP + SHOWS)
    (place.project / "strange.py").write_text(f"""
import sys
import coverage.cmdline
import coverage.tracer
from coverage.collector import Collector
from coverage.core import Core
from coverage.inorout import InOrOut
Other = type("CTracer", (coverage.tracer.CTracer,), {{}})
{STRANGE[what]}
sys.exit(coverage.cmdline.main())
""")
    (status, output, errors), data = place.run(stack, "nothing", is_light=True)
    assert (status, errors) == (0, "") and "'coverage'" in output
    assert has_lines_of(data, "till.py")


@pytest.mark.parametrize("variable", ["COVERAGE_CORE=pytrace", "COVENV_JOURNAL=0", "COVENV_TRACER=", "COVENV_RUN=1-other"])
def test_whole_coverage_starts_with_the_variable(place, variable):
    name, _, value = variable.partition("=")
    place.prepare(STACK, "folder", "nothing", SHOP + SHOWS)
    place.give(name, value)
    (status, output, errors), data = place.run(STACK, "nothing", is_light=True)
    assert (status, errors) == (0, "") and "'coverage'" in output, output
    assert has_lines_of(data, "till.py")


#: What a program does with coverage after lines have been measured without it -> the program's output.
TAKES_OVER = {
    "current": ("import coverage; print(coverage.Coverage.current() is not None)", "True\n"),
    "save": ("import coverage; coverage.Coverage.current().save()", ""),
    "stop and start": ("import coverage; it = coverage.Coverage.current(); it.stop(); it.save(); it.start()", ""),
    "lines": ("import coverage; data = coverage.Coverage.current().get_data()\n"
              "print(sorted(map(str.__len__, map(str, data.lines(PROJECT + '/single.py'))))[:3])", "[1, 1, 1]\n"),
    "another coverage": ("import coverage; other = coverage.Coverage(data_file=None); other.start(); other.stop()", ""),
    "a file whose name is not UTF-8": ("""
exec(compile("x = 1\\n", "/nowhere/\\udcff.py", "exec"), {}); print("coverage" in sys.modules)""", "True\n"),
    "a file in a zip": ("""
import sys, tempfile, zipfile
path = tempfile.mkdtemp() + "/lib.zip"
with zipfile.ZipFile(path, "w") as file: file.writestr("zipped.py", "def f():\\n    return 1\\n")
sys.path.insert(0, path); import zipped; print(zipped.f())""", "1\n"),
    "a module of the tracer": ("import coverage.tracer; print(coverage.tracer.CTracer.__name__)", "CTracer\n"),
    "a thread that goes on": ("""
import queue, threading
jobs = queue.Queue(); thread = threading.Thread(target=lambda: [job() for job in iter(jobs.get, None)]); thread.start()
import shop.till; jobs.put(lambda: shop.till.count(1)); import coverage; jobs.put(lambda: shop.till.count(3)); jobs.put(None)
thread.join()""", ""),
}


@pytest.mark.parametrize("what", TAKES_OVER)
def test_whole_coverage_takes_over(place, what):
    program, said = TAKES_OVER[what]
    program = HERE + f"import single; single.once()\n{program}\nimport shop.till; shop.till.count(2)\n"
    source = "everything" if "zip" in what else "folder"
    light = run(place, source, program)
    assert light[0] == [0, said, ""]
    at_once = run(place, source, program, is_light=False)
    assert shown(light[1]) == shown(at_once[1])


READS = """
import coverage, json, os
found = []
for name in os.listdir():
    if name.startswith(".coverage."):
        data = coverage.CoverageData(basename=name)
        data.read()
        found.append([name, data.has_arcs(), sorted(data.measured_contexts()), sorted(data.measured_files())])
print(json.dumps(found))
"""


def test_the_data_file_is_one_of_coverages_own(place):
    place.prepare(STACK, "context", "nothing", HERE + "import single; single.once()\n")
    (place.project / "reads.py").write_text(READS)
    runner = place.project / "runner.py"
    runner.write_text(runner.read_text() + """
with open("read.json", "w") as file:
    subprocess.run([sys.executable, "reads.py"], stdout=file, env={"COVERAGE_PROCESS_CONFIG": ""}, check=True)
""")
    place.run(STACK, "nothing", is_light=True)
    [[name, has_arcs, contexts, files]] = json.loads((place.project / "read.json").read_text())
    assert re.fullmatch(r"\.coverage\.[^.]+\.pid\d+\.X\w{6}x", name)
    assert has_arcs and contexts == ["nightly"] and files == [str(place.project / "single.py")]


#: How coverage starts in a child, as a report says it -> lines of the configuration, variables of the runner, and the child's program.
REASONS = {
    "light": ("", {}, ""),
    "whole-settings": ("dynamic_context = test_function", {}, ""),
    "whole-choice": ("", {"COVENV_JOURNAL": "0"}, ""),
    "": ("", {"COVENV_LIGHT": "0"}, ""),
    "whole-user": ("", {"COVERAGE_PROCESS_START": "rc"}, ""),
    "whole-program": ("", {}, "import coverage"),
}


def starts_in_report(place, covenv, settings, variables, words):
    place.prepare(STACK, "folder", "nothing")
    with (place.project / "rc").open("a") as file:
        file.write(settings + "\n")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "PYTHON", "LD_PRELOAD"))}
    report = place.folder / "report.json"
    (place.project / "starts.py").write_text(f"import subprocess; subprocess.run({words!r}, check=True)\n")
    subprocess.run([covenv, "run", "--report", report, "--", *STACK.run, "starts.py"], cwd=place.project, check=True, timeout=120,
                   env=own | STACK.variables | {"COVENV_LIGHT": "1"} | variables, stdin=subprocess.DEVNULL, capture_output=True)
    return [process["start"] for process in json.loads(report.read_text())["processes"] if process["measured"]]


@pytest.mark.parametrize("start", REASONS)
def test_a_report_says_how_coverage_has_started(place, covenv, start):
    settings, variables, program = REASONS[start]
    words = [str(STACK.python), "-c", f"{program}\nimport single; single.once()"]
    if start == "whole-user":
        variables = variables | {"COVERAGE_PROCESS_START": str(place.project / "rc")}
    assert starts_in_report(place, covenv, settings, variables, words)[-1] == start


def test_a_report_says_that_the_interpreter_is_another(place, covenv):
    words = [str(Stack("pytest-cov-6").python), "-c", "import sys; sys.path.insert(0, '.'); import single; single.once()"]
    assert starts_in_report(place, covenv, "", {}, words)[-1] == "whole-interpreter"


#: A doubt that makes whole coverage take over, in the middle of a program.
DOUBT = r"compile('x = 1\n', '/nowhere/\udcff%d.py', 'exec')"
FORKS = HERE + f"""
import os, signal, threading, time
import single
code = [{", ".join(DOUBT % n for n in range(3))}]
""" + """
thread = threading.Thread(target=exec, args=(code[0], {})); thread.start(); time.sleep(DELAY)
child = os.fork()
if child == 0:
    signal.alarm(9)
    import datetime, inspect, sqlite3, json, hashlib, random, socket, configparser, html, tokenize, tempfile, platform
    for each in code[1:]: exec(each, {})
    import shop.till; shop.till.count(1)
    os._exit(0)
print(os.waitpid(child, 0)[1]); thread.join()
"""


@pytest.mark.parametrize("delay", ["0", "0.01", "0.02", "0.04"])
def test_a_fork_while_another_thread_imports_whole_coverage(place, delay):
    """A child of the fork would wait for the locks of that thread's imports, and for its work, for ever."""
    ended, data = run(place, "folder", FORKS.replace("DELAY", delay))
    assert ended == [0, "0\n", ""]
    assert has_lines_of(data, "single.py") and has_lines_of(data, "till.py")


def test_another_thread_finds_its_own_modules_while_whole_coverage_is_imported(place):
    program = HERE + f"""
import os, threading, time
import single
folder = os.path.dirname(os.path.abspath(__file__)) + "/own"; os.mkdir(folder); sys.path.insert(0, folder)
with open(folder + "/colorsys.py", "w") as file: file.write("is_own = True")
seen, ends, begun = set(), [], threading.Event()
def work():
    while not ends:
        sys.modules.pop("colorsys", None)
        import colorsys
        seen.add(hasattr(colorsys, "is_own")); begun.set()
thread = threading.Thread(target=work); thread.start(); begun.wait()
exec({DOUBT % 0}, {{}})
ends.append(1); thread.join(); print(seen, "coverage" in sys.modules)
"""
    assert run(place, "folder", program)[0] == [0, "{True} True\n", ""]


def test_an_exception_of_another_thread_reaches_the_program(place):
    """The exception may come at any step of the main thread, so also while that decides about a file."""
    program = HERE + """
import ctypes, threading, time
import single
class Stop(Exception): pass
main, ends, lost = threading.main_thread().ident, [], 0
goes = threading.Event()
def work():
    while True:
        goes.wait(); goes.clear()
        if ends: return
        time.sleep(0.0002)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(main), ctypes.py_object(Stop))
thread = threading.Thread(target=work); thread.start(); sys.setswitchinterval(0.00001)
code = compile("def f(): return 1\\nf()\\n", PROJECT + "/single.py", "exec")
for n in range(60):
    codes = [code.replace(co_filename=PROJECT + "/" + "./" * (n + 1) + ".//" * k + "single.py") for k in range(200)]
    try:
        goes.set()
        for each in codes: exec(each, {"__name__": "single"})
        for _ in range(100): time.sleep(0.001)
        lost += 1
    except Stop: pass
ends.append(1); goes.set(); thread.join(); print(lost)
"""
    assert run(place, "folder", program)[0] == [0, "0\n", ""]


def test_no_import_at_the_end_is_seen_by_an_audit_hook(place):
    program = HERE + "import single\nsys.addaudithook(lambda event, _: event == 'import' and print(event))\nsingle.once()\n"
    ended, data = run(place, "folder", program)
    assert ended == [0, "", ""] and has_lines_of(data, "single.py")


@pytest.mark.parametrize("how", ["import coverage", "import importlib; coverage = importlib.import_module('coverage')"])
def test_a_module_of_the_programs_own_that_is_called_coverage(place, how):
    program = f"""
import os, sys
folder = os.path.dirname(os.path.abspath(__file__)) + "/own"
os.mkdir(folder)
with open(folder + "/coverage.py", "w") as file: file.write("is_own = True")
sys.path[:0] = [folder, PROJECT]
import single
{how}
print(coverage.is_own); single.once()
"""
    ended, data = run(place, "folder", program)
    assert ended == [0, "True\n", ""] and has_lines_of(data, "single.py")


def test_the_users_own_folder_is_that_of_the_child_without_a_home(place, monkeypatch):
    """The third-party folders of a child without HOME are those of the user's entry in the system's list."""
    place.prepare(STACK, "folder", "nothing")
    monkeypatch.setenv("HOME", str(place.project / "home"))
    tool = place.project / "home" / ".local" / "bin" / "tool.py"
    tool.parent.mkdir(parents=True)
    tool.write_text("a = 1\n")
    place.program.write_text(f"import os, sys\nos.execve(sys.executable, [sys.executable, {str(tool)!r}], {{}})\n")
    ended, data = place.run(STACK, "nothing", is_light=True)
    assert ended == [0, "", ""] and has_lines_of(data, "tool.py")

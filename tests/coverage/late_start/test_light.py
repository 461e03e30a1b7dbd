# SPDX-License-Identifier: MIT
"""A light start: coverage's C tracer measures in a child without the package coverage, which takes over on a doubt."""

import json
import os
import re
import subprocess

import pytest
from late_place import SOURCES
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
    place.prepare(stack, source, "nothing")
    place.program.write_text(f"PROJECT = {str(place.project)!r}\n{program}")
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
    place.prepare(stack, "folder", "nothing")
    place.program.write_text(f"PROJECT = {str(place.project)!r}\n{SHOP}{SHOWS}")
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
    place.prepare(STACK, "folder", "nothing")
    place.program.write_text(f"PROJECT = {str(place.project)!r}\n{SHOP}{SHOWS}")
    runner = place.project / "runner.py"
    runner.write_text(runner.read_text().replace("env=json.loads(settings)", f"env=json.loads(settings) | {{{name!r}: {value!r}}}"))
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
    assert json.dumps(light[1], indent=1, sort_keys=True) == json.dumps(at_once[1], indent=1, sort_keys=True)


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
    place.prepare(STACK, "context", "nothing")
    place.program.write_text(f"PROJECT = {str(place.project)!r}\n{HERE}import single; single.once()\n")
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

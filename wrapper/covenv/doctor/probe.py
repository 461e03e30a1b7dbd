# SPDX-License-Identifier: MIT
# What `covenv doctor` asks the user's own interpreter: argv[1] is the command as JSON, argv[2] the text of
# project_files.py, the answer is one line of JSON.
import sys

sys.path[:] = [folder for folder in sys.path if folder != ""]

import base64
import configparser
import glob
import importlib.machinery
import importlib.util
import json
import os
import re
import select
import shlex
import shutil
import signal
import site
import subprocess
import tempfile
import types

CHILD = """\
import json, os, sys, time
def work():
    total = 0
    for n in range(3):
        total += n
    return total
work()
print(json.dumps([sorted(os.environ), "coverage" in sys.modules, os.environ.get("COVENV_TRACER", "")]), flush=True)
time.sleep(60)
"""
LAST_LINE_OF_WORK = 6
DEADLINE = 30
# What ends a COVENV_TRACER without settings (LightOffer in shim/core/source_spec.h) -> the reason.
WHY_WHOLE = {
    "-settings": "by whole coverage, because of its settings, tracer or version",
    "-coverage": "by whole coverage, because covenv does not know this version of it",
}
MARK = "covenv-doctor:"

findings = []


def find(check, level, what, where="", fix=""):
    findings.append({"check": check, "level": level, "what": what, "where": where, "fix": fix})


def line_of(path, option):
    """path:line of an option in a configuration file, or the path alone."""
    try:
        with open(path, errors="replace") as file:
            for number, line in enumerate(file, 1):
                if re.match(r"\s*%s\s*[=:]" % re.escape(option), line):
                    return "%s:%d" % (path, number)
    except OSError:
        pass
    return path or ""


def number(version):
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def module_version(name):
    try:
        from importlib.metadata import version
    except ImportError:
        return ""
    try:
        return version(name)
    except Exception:
        return ""


class Asked(BaseException):
    """Ends pytest's start as soon as pytest has read its configuration."""


class PytestSettings:
    """What pytest itself reads from its configuration: the file, "" if none, addopts, and pythonpath.

    `is_known` is false if this Python has no pytest, or one that cannot be asked. No file of the project is imported.
    """

    def __init__(self, words):
        self.file, self.addopts, self.pythonpath, self.is_known = "", [], [], False
        try:
            self.ask(words)
        # Not Exception, because pytest's own failures are none, and a wrong option exits.
        except BaseException:
            pass

    def ask(self, words):
        from _pytest.config import get_config

        config = get_config()

        def read(given, via):
            if "PYTEST_ADDOPTS" in via:
                return given
            self.addopts, self.file = given, os.path.relpath(str(config.inipath)) if config.inipath else ""
            self.is_known = True
            self.pythonpath = [os.path.abspath(str(path)) for path in config.getini("pythonpath")]
            raise Asked

        config._validate_args = read
        config.parse(list(words))


def read_section(name, section):
    """One section of a configuration file as a dict; None where there is no such section."""
    try:
        if name.endswith(".toml"):
            try:
                import tomllib
            except ImportError:
                import tomli as tomllib

            with open(name, "rb") as file:
                table = tomllib.load(file)
            for key in section.split("."):
                table = table[key]
            return table
        parser = configparser.RawConfigParser(strict=False)
        parser.read(name)
        return dict(parser[section])
    except (ImportError, OSError, KeyError, ValueError, configparser.Error):
        return None


def option_value(words, name):
    """The last value of --name X or --name=X; None where it is not given."""
    value = None
    for position, word in enumerate(words):
        if word == name and position + 1 < len(words):
            value = words[position + 1]
        elif word.startswith(name + "="):
            value = word[len(name) + 1:]
    return value


class Request:
    """The command, with what pytest's configuration adds to it, the programs that the suite starts, and processes of a
    finished run that have run no line of the source."""

    def __init__(self, command, programs, finished):
        self.programs, self.finished = programs, finished
        names = [os.path.basename(word) for word in command]
        self.coverage_run = any(a == "coverage" and b == "run" for a, b in zip(names, names[1:]))
        start = next((place for place, name in enumerate(names) if name in ("pytest", "py.test")), None)
        self.pytest = start is not None
        self.by_module = "-m" in command[:start]
        given = command[start + 1:] if self.pytest else []
        self.settings = PytestSettings(given)
        self.words = self.command = list(command)
        if not self.coverage_run:
            added = self.settings.addopts + shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))
            # Without what starts pytest, which would be taken for the value of a --cov before it.
            self.words = added + (given if self.pytest else self.words)
        self.measures = any(word == "--cov" or word.startswith("--cov=") for word in self.words)
        self.config = option_value(self.words, "--rcfile" if self.coverage_run else "--cov-config")
        self.branch = any(word in ("--cov-branch", "--branch") for word in self.words)

    def plugins(self):
        """The values of pytest's option -p."""
        pairs = zip(self.words, self.words[1:] + [""])
        return [after if word == "-p" else word[2:] for word, after in pairs if re.match(r"-p(?!-)", word)]

    def where(self, option):
        """Where the suite's configuration gives this option, or that the environment or the command does."""
        if self.settings.file:
            with open(self.settings.file, errors="replace") as file:
                for line_number, line in enumerate(file, 1):
                    if option in line:
                        return "%s:%d" % (self.settings.file, line_number)
        return "environment" if option in os.environ.get("PYTEST_ADDOPTS", "") else "command"


def check_measures(request):
    """The command of pytest measures."""
    if "--no-cov" in request.words:
        find("not-measured", "error", "this command measures nothing: --no-cov is given", request.where("--no-cov"),
             "take out --no-cov" if request.measures else "take out --no-cov, and add --cov")
    elif not request.measures and request.settings.is_known:
        file = request.settings.file
        find("not-measured", "error", "this command measures nothing: neither --cov nor coverage run", "command",
             "add --cov to the command or to addopts" + (" in %s, which pytest reads" % file if file else ""))
    blocked = [word for word in request.plugins() if word in ("no:cov", "no:pytest_cov")]
    if blocked:
        find("plugin-blocked", "error", "-p %s keeps pytest-cov out, so pytest does not know --cov" % blocked[-1],
             request.where(blocked[-1]), "take out -p %s" % blocked[-1])
    elif os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") and "pytest_cov" not in request.plugins():
        find("plugin-blocked", "error", "PYTEST_DISABLE_PLUGIN_AUTOLOAD keeps pytest-cov out, so pytest does not know --cov",
             "environment", "add -p pytest_cov to the command or to addopts")


def check_versions(request):
    """The versions of coverage and pytest-cov, empty where they are not there."""
    versions = {name: module_version(name) for name in ("coverage", "pytest-cov")}
    pip = "%s -m pip install " % sys.executable
    if sys.implementation.name != "cpython":
        find("python-other", "warning", "%s cannot save when it is killed: it is terminated first"
             % sys.implementation.name, sys.executable, "measure with CPython")
    elif sys.version_info < (3, 8):
        find("python-too-old", "error", "Python %d.%d is too old: covenv needs 3.8" % sys.version_info[:2],
             sys.executable, "use Python 3.8 or newer")
    elif "t" in getattr(sys, "abiflags", ""):
        find("python-free-threaded", "note", "this Python is free-threaded: a process that is killed is asked"
             " to save, and one that crashes loses its coverage", sys.executable, "measure with a Python that has the GIL")
    if importlib.util.find_spec("coverage") is None:
        find("coverage-missing", "error", "coverage is not installed in this interpreter", sys.executable,
             pip + "pytest-cov")
        return versions
    if versions["coverage"] and number(versions["coverage"]) < (6, 5):
        find("coverage-too-old", "warning", "coverage %s is older than what covenv is tested with (6.5)"
             % versions["coverage"], sys.executable, pip + "-U coverage")
    elif (7, 10) <= number(versions["coverage"]) < (7, 10, 3):
        find("coverage-broken", "warning", "coverage %s loses the data of children that change their folder"
             % versions["coverage"], sys.executable, pip + "-U coverage")
    if request.pytest and not request.coverage_run:
        check_measures(request)
    if request.measures and importlib.util.find_spec("pytest_cov") is None:
        find("pytest-cov-missing", "error", "--cov is given, and pytest-cov is not installed", sys.executable,
             pip + "pytest-cov")
    elif versions["pytest-cov"] and number(versions["pytest-cov"]) < (4,):
        find("pytest-cov-too-old", "warning", "pytest-cov %s is older than what covenv is tested with (4.0)"
             % versions["pytest-cov"], sys.executable, pip + "-U pytest-cov")
    return versions


def read_configuration(request):
    """A Coverage as the command would make it, or None where its configuration cannot be read."""
    import coverage

    given = request.config
    default = given is None or given == ".coveragerc"
    option = "--rcfile" if request.coverage_run else "--cov-config"
    if not default and not os.path.exists(given):
        find("config-missing", "error", "%s=%s does not exist" % (option, given), request.where(option),
             "write the path of a file that is there, as seen from %s" % os.getcwd())
        return None
    rcfile = os.environ.get("COVERAGE_RCFILE")
    if default and rcfile and not os.path.exists(rcfile):
        find("config-missing", "error", "COVERAGE_RCFILE=%s does not exist" % rcfile, "environment",
             "unset COVERAGE_RCFILE")
        return None
    try:
        return coverage.Coverage(config_file=True if default else given, branch=request.branch or None)
    except Exception as error:
        find("config-unreadable", "error", "coverage cannot read its configuration: %s" % error,
             given or "", "fix the line that it names")
        return None


def find_module(name):
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None


def is_old(versions):
    return bool(versions["pytest-cov"]) and number(versions["pytest-cov"]) < (7,)


def configuration_file(cov):
    """The one that coverage says it took settings from."""
    used = getattr(cov.config, "config_file", None)
    return os.path.relpath(used) if used else ""


def ignored_configuration(used):
    """Files that configure coverage as well, and that it does not read."""
    for name, section in (("setup.cfg", "coverage:run"), ("tox.ini", "coverage:run"),
                          ("pyproject.toml", "tool.coverage.run")):
        if name != used and read_section(name, section) is not None:
            yield name


def check_configuration(request, versions, cov):
    config = cov.config
    used = configuration_file(cov)
    for name in ignored_configuration(used) if used and request.config is None else ():
        find("config-ignored", "warning", "coverage reads %s, and nothing of what %s says" % (used, name), name,
             "keep the settings in one of them")
    if is_old(versions) and not request.coverage_run and used and used != ".coveragerc" and request.config is None:
        find("config-not-handed-on", "warning",
             "pytest-cov %s does not tell children where %s is: those in another folder do not find it"
             % (versions["pytest-cov"], used), used, "add --cov-config=%s to the command or to addopts" % used)
    if is_old(versions) and "subprocess" in (getattr(config, "patch", None) or []):
        find("both-mechanisms", "warning",
             "pytest-cov %s starts children by COV_CORE_*, and patch = subprocess once more" % versions["pytest-cov"],
             line_of(used, "patch"), "remove subprocess from patch, or install pytest-cov 7")
    if request.coverage_run and not config.parallel and not {"-p", "--parallel-mode"} & set(request.words):
        find("parallel-off", "warning",
             "without parallel, children's data lies beside the runner's own and is not in its report", used,
             "parallel = true in [run], then `coverage combine`; or `coverage combine --append`")
    if os.environ.get("COVENV_KILL") in ("term", "off") and not getattr(config, "sigterm", False):
        find("sigterm-off", "warning",
             "with COVENV_KILL=%s a terminated child saves only where coverage handles SIGTERM" % os.environ["COVENV_KILL"],
             line_of(used, "sigterm"), "sigterm = true in [run], or COVENV_KILL=save")
    for name in config.plugins or []:
        # Without the project's folder, where children's scripts may or may not lie.
        if find_module(name) is None:
            is_here = importlib.machinery.PathFinder.find_spec(name.split(".")[0], [os.getcwd()]) is not None
            find("plugin-elsewhere", "warning",
                 "coverage's plugin %s is not installed: a child that does not find it is not measured" % name,
                 line_of(used, "plugins"), "install " + name + (
                     ", or export PYTHONPATH=%s COVENV_CARRY='COV*,PYTHONPATH'" % os.getcwd() if is_here else ""))
    for program in request.programs:
        lacking = plugins_lacked_by(program, config.plugins or [])
        if lacking:
            find("plugin-lacked", "warning",
                 "%s lacks coverage's plugin %s: a child started by it is not measured" % (program, lacking[0]),
                 line_of(used, "plugins"), "install %s for %s" % (lacking[0], program))
    if request.branch and "multiprocessing" in (config.concurrency or []) and not file_says_branch(request):
        find("branch-mismatch", "error",
             "multiprocessing's children read %s, which has no branch: their data cannot be combined with the "
             "runner's branches" % used, line_of(used, "concurrency"), "branch = true in [run]")
    if "fork" in (getattr(config, "patch", None) or []):
        find("patch-fork", "warning",
             "with patch = fork coverage starts anew in a forked child: the function that forks is not measured there",
             line_of(used, "patch"), "remove fork from patch: covenv measures forked children")
    if any(re.match(r"(-n|--numprocesses=?)(auto|logical|[1-9]\d*)?$", word) for word in request.words):
        if option_value(request.words, "--max-worker-restart") != "0":
            find("worker-replaced", "note",
                 "if a worker of pytest-xdist crashes, another takes its place, and its pytest-cov erases what is measured",
                 "command", "--max-worker-restart=0")
    for name in config.concurrency or []:
        if name in ("gevent", "eventlet", "greenlet") and importlib.util.find_spec(name) is None:
            find("concurrency-missing", "error", "concurrency = %s, and %s is not installed" % (name, name),
                 line_of(used, "concurrency"), "%s -m pip install %s" % (sys.executable, name))


def plugins_lacked_by(program, plugins):
    """Those that a child's Python does not find; none if the program is no Python."""
    if not plugins or not re.match(r"(python|pypy)[\d.]*t?$", os.path.basename(program)):
        return []
    script = "import importlib.util, sys; print(*(n for n in sys.argv[1:] if importlib.util.find_spec(n) is None))"
    done = subprocess.run([program, "-I", "-c", script, *plugins], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=DEADLINE)
    return done.stdout.decode().split()


def file_says_branch(request):
    """Whether the configuration file has branch = true by itself."""
    import coverage

    return bool(coverage.Coverage(config_file=request.config or True).config.branch)


class Serialised:
    """What of a COVERAGE_PROCESS_CONFIG is compared with the runner's configuration."""

    def __init__(self, state):
        self.branch = state.get("branch", False)


def check_variables(request, cov):
    """What stands in the environment already, for children to read."""
    import coverage

    old = sorted(name for name in os.environ if name.startswith("COV_CORE_"))
    new = sorted(name for name in os.environ if name.startswith("COVERAGE_PROCESS_"))
    if old and new:
        find("both-variables", "warning", "both %s and %s are set: a child is measured twice" % (old[0], new[0]),
             "environment", "unset " + " ".join(old))
    child = None
    start = os.environ.get("COVERAGE_PROCESS_START")
    if start and not os.path.exists(start):
        find("process-start-missing", "error", "COVERAGE_PROCESS_START=%s does not exist" % start, "environment",
             "unset COVERAGE_PROCESS_START: covenv configures children by itself")
    elif start:
        if not os.path.isabs(start):
            find("config-relative", "error",
                 "COVERAGE_PROCESS_START=%s is relative: a child in another folder does not find it" % start, "environment",
                 "export COVERAGE_PROCESS_START=%s" % os.path.abspath(start))
        try:
            child = coverage.Coverage(config_file=start).config
        except Exception as error:
            find("config-unreadable", "error", "coverage cannot read its configuration: %s" % error, start,
                 "fix the line that it names")
        named = os.environ.get("COVERAGE_FILE")
        if child and not child.parallel:
            find("parallel-off", "warning", "without parallel, each child overwrites the data of the one before",
                 line_of(start, "parallel"), "parallel = true in [run]")
        data = child and child.data_file
        if data and not os.path.isabs(named or data):
            find("data-file-relative", "warning",
                 "the data file %s is relative: a child in another folder leaves its data there" % (named or data),
                 "environment" if named else line_of(start, "data_file"),
                 "export COVERAGE_FILE=%s" % os.path.abspath(named or data))
    elif os.environ.get("COVERAGE_PROCESS_CONFIG"):
        try:
            child = Serialised(json.loads(base64.b64decode(os.environ["COVERAGE_PROCESS_CONFIG"])))
        except ValueError:
            pass
    if cov is not None and child is not None and bool(child.branch) != bool(cov.config.branch):
        kinds = {True: "branches", False: "lines only"}
        find("branch-mismatch", "error", "children measure %s, the runner %s: their data cannot be combined"
             % (kinds[bool(child.branch)], kinds[bool(cov.config.branch)]),
             line_of(start, "branch") if start else "environment",
             "branch = %s in [run] of both" % str(bool(cov.config.branch)).lower())


def check_site_packages(versions):
    folders = set(site.getsitepackages() if hasattr(site, "getsitepackages") else [])
    if site.ENABLE_USER_SITE:
        folders.add(site.getusersitepackages())
    for folder in sorted(folders):
        for pattern in ("subcover_*.pth", "init_cov*.pth"):
            for path in sorted(glob.glob(os.path.join(folder, pattern))):
                find("stale-pth", "warning",
                     "%s was left by a run that was killed: it starts coverage in every Python" % os.path.basename(path),
                     path, "rm %s" % shlex.quote(path))
        path = os.path.join(folder, "pytest-cov.pth")
        if os.path.exists(path) and not is_old(versions):
            find("stale-pth", "warning", "pytest-cov.pth belongs to a pytest-cov before 7, which is not installed", path,
                 "rm %s" % shlex.quote(path))


def without_filters(path, folder):
    """A copy in `folder` of a configuration file, which measures `folder`; `path` itself if there can be none."""
    parser = configparser.RawConfigParser(strict=False)
    section = "run"
    try:
        if path.endswith(".toml"):
            table = read_section(path, "tool.coverage.run") or read_section(path, "run") or {}
            parser["run"] = {option: "\n".join(map(str, value)) if isinstance(value, list) else str(value)
                             for option, value in table.items()}
        else:
            parser.read(path)
            if not parser.has_section("run"):
                section = "coverage:run"
        if parser.has_section(section):
            for option in ("omit", "include", "source_pkgs", "source_dirs"):
                parser.remove_option(section, option)
            parser.set(section, "source", folder)
            # A name by which coverage reads [coverage:run] as well as [run], and no TOML.
            with open(os.path.join(folder, "setup.cfg" if ":" in section else ".coveragerc"), "w") as file:
                parser.write(file)
                return file.name
    except (configparser.Error, TypeError, ValueError):
        pass
    return os.path.realpath(path)


def keep_data_here(request, versions, cov, folder):
    """Has a child's data written to `folder`, by whatever would configure the child."""
    data_file = os.path.join(folder, "data")
    config_file = cov.config.config_file if getattr(cov.config, "config_file", None) else None
    os.environ["COVERAGE_FILE"] = data_file
    if os.environ.get("COVERAGE_PROCESS_START"):
        os.environ["COVERAGE_PROCESS_START"] = without_filters(os.environ["COVERAGE_PROCESS_START"], folder)
    if os.environ.get("COVERAGE_PROCESS_CONFIG"):
        try:
            state = json.loads(base64.b64decode(os.environ["COVERAGE_PROCESS_CONFIG"]))
            state.update(data_file=data_file, source=[folder], run_omit=[], run_include=[])
            os.environ["COVERAGE_PROCESS_CONFIG"] = base64.b64encode(json.dumps(state).encode()).decode()
        except ValueError:
            pass
    if is_old(versions) and not request.coverage_run:
        # As pytest-cov's engine does it inside of pytest.
        given = request.config or ".coveragerc"
        os.environ["COV_CORE_SOURCE"] = folder
        os.environ["COV_CORE_CONFIG"] = without_filters(given, folder) if os.path.exists(given) else os.pathsep
        os.environ["COV_CORE_DATAFILE"] = data_file
        if cov.config.branch:
            os.environ["COV_CORE_BRANCH"] = "enabled"
    import coverage

    probe = coverage.Coverage(
        data_file=data_file, data_suffix="runner", config_file=config_file or True, source=[folder],
        branch=cov.config.branch,
    )
    probe.config.run_omit = []
    probe.config.run_include = []
    # Where nothing else is measured, coverage says so on stderr: not the user's business.
    probe._warn_no_data = False
    return probe


def first_line(child):
    ready, _, _ = select.select([child.stdout], [], [], DEADLINE)
    return child.stdout.readline() if ready else b""


def reason_in(path):
    """The last error that the child printed, if any."""
    with open(path, errors="replace") as file:
        lines = [line.strip() for line in file if re.search(r"^\s*[\w.]*(Error|Exception|Warning)\b", line)]
    return lines[-1] if lines else ""


def is_saved(folder, program):
    import coverage

    # The pattern by which coverage combines: the journal of a killed child becomes data now.
    for path in [os.path.join(folder, "data"), *glob.glob(os.path.join(folder, "data.*"))]:
        if path.endswith("runner") or path.endswith(("-journal", "-wal", "-shm")):
            continue
        if not os.path.exists(path):
            continue
        data = coverage.CoverageData(basename=path)
        try:
            data.read()
        except Exception:
            continue
        for name in data.measured_files():
            if os.path.basename(name) == program and LAST_LINE_OF_WORK in (data.lines(name) or []):
                return True
    return False


def kill_a_child(request, versions, cov):
    """Starts a child without an environment, kills it, and looks for its coverage."""
    try:
        folder = os.path.realpath(tempfile.mkdtemp(prefix="covenv-doctor-"))
    except OSError as error:
        find("no-temporary-folder", "error", "no child could be tried: %s" % error.strerror, "environment",
             "export TMPDIR=... to name a folder that can be written to")
        return None
    program = "covenv_probe_child.py"
    child = None
    before = list(os.environ)
    try:
        path, errors = os.path.join(folder, program), os.path.join(folder, "errors")
        with open(path, "w") as file:
            file.write(CHILD)
        probe = keep_data_here(request, versions, cov, folder)
        # Plugins of coverage may lie in the project.
        sys.path.append(os.getcwd())
        probe.start()
        try:
            with open(errors, "wb") as file:
                child = subprocess.Popen([sys.executable, path], env={}, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=file)
            line = first_line(child)
            child.kill()
            status = child.wait()
        finally:
            probe.stop()
        if not line:
            return {"saved": False, "why": "it did not start", "carried": [], "measured": ""}
        names, is_whole, tracer = json.loads(line.decode())
        carried = [name for name in names if name in ("LD_PRELOAD", *before) or
                   name.startswith(("COV_CORE_", "COVERAGE_PROCESS_", "COVENV_"))]
        saved = is_saved(folder, program)
        told = any(name.startswith(("COV_CORE_", "COVERAGE_PROCESS_")) for name in carried)
        why = ""
        if not saved:
            why = reason_in(errors) or ("its data was not saved" if told else "nothing told it to measure")
        if status != -signal.SIGKILL:
            why = "it ended with status %d, not by SIGKILL" % status
        measured = "by coverage's tracer alone"
        if is_whole:
            measured = WHY_WHOLE.get(tracer.partition(":")[2], "by whole coverage")
        return {"saved": saved, "why": why, "carried": carried, "measured": measured if saved else ""}
    except Exception as error:
        return {"saved": False, "why": "%s: %s" % (type(error).__name__, error), "carried": [], "measured": ""}
    finally:
        if child is not None and child.returncode is None:
            child.kill()
            child.wait()
        shutil.rmtree(folder, ignore_errors=True)


def check_project(request, versions, cov):
    """Runs project_files.py, which relies on more of coverage than its documentation says."""
    module = types.ModuleType("project_files")
    try:
        exec(compile(sys.argv[2], module.__name__, "exec"), vars(module))
        module.check(request, versions, cov)
    except Exception as error:
        find("files-unknown", "note", "coverage could not be asked about the project's files: %s: %s"
             % (type(error).__name__, error), "", "report it with the output of --json")


def main():
    request = Request(**json.loads(sys.argv[1]))
    versions = check_versions(request)
    check_site_packages(versions)
    cov = None
    if not any(finding["check"] == "coverage-missing" for finding in findings):
        cov = read_configuration(request)
        check_variables(request, cov)
    answer = {"python": sys.version.split()[0], "executable": sys.executable, "versions": versions, "probe": None,
              "config_file": ""}
    if cov is not None:
        check_configuration(request, versions, cov)
        check_project(request, versions, cov)
        answer["config_file"] = configuration_file(cov)
        answer["probe"] = kill_a_child(request, versions, cov)
    answer["findings"] = findings
    print(MARK + json.dumps(answer), flush=True)


main()

# SPDX-License-Identifier: MIT
# What `covenv doctor` asks coverage about the project's files: which of them would be measured, and why not the others.
# probe.py runs this file as a module. No file of the project is imported.
import difflib
import importlib.machinery
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import types
import zipfile
from urllib.parse import quote

import __main__ as probe

# What a look at the project's folder takes at most, because the folder may be a home, or a root.
FOLDERS = 500
FILES = 3000
# What may lie in a project, and is not written there.
NOT_SOURCE = {"__pycache__", "node_modules", "site-packages", "build", "dist"}
TESTS = {"test", "tests", "testing"}
# What measures, and need not be measured.
RUNNERS = {"pytest", "py.test", "coverage"}
# From this version on coverage reads COVERAGE_PROCESS_CONFIG.
CONFIGURED_BY_VARIABLE = (7, 10)
TOOLS = {"conftest.py", "setup.py", "noxfile.py"}


class Folder:
    """The files below a folder: `files` by their names Python's, and `others`.

    `is_whole`: none was left out because there are too many.
    """

    def __init__(self, path):
        self.files, self.others, self.folders, self.is_whole = [], [], [], True
        for root, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if is_source(root, name))
            self.folders += [os.path.join(root, name) for name in folders]
            self.files += [os.path.join(root, name) for name in sorted(files) if name.endswith(".py")]
            self.others += [os.path.join(root, name) for name in files if not name.endswith(".py")]
            if len(self.folders) > FOLDERS or len(self.files) > FILES:
                self.is_whole = False
                break

    def product(self):
        """The files without those of tests and tools."""
        return [path for path in self.files if not is_of_tests(path)]

    def is_empty(self):
        """Whether it has no Python at all, nor a script that coverage would measure when it runs."""
        return self.is_whole and not self.files and not any(map(is_script, self.others[:FILES]))


def is_script(path):
    """Whether its first line has Python run this file."""
    try:
        # A fifo would block.
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return re.match(rb"#!.*\b(python|pypy)[\d.]*t?\b", file.readline(256)) is not None
    except OSError:
        return False


def is_source(root, name):
    return not (name[0] == "." or name in NOT_SOURCE or name.endswith(".egg-info")
                or os.path.exists(os.path.join(root, name, "pyvenv.cfg")))


def is_of_tests(path):
    folders, name = os.path.split(os.path.relpath(path))
    return name in TOOLS or re.match(r"test_.*\.py$|.*_test\.py$", name) or not TESTS.isdisjoint(folders.split(os.sep))


class Source:
    """One name of what is measured: `option` is the command's --cov or --source, or an option of the configuration."""

    def __init__(self, option, name, where):
        self.option, self.name, self.where = option, name, where

    def spelt(self, name):
        """The option with another name."""
        if self.option.startswith("--"):
            return "%s=%s" % (self.option, name)
        return assignment(self.where.partition(":")[0], self.option, name)


def assignment(path, option, *values):
    """The line by which a configuration file gives a list."""
    if not path.endswith(".toml"):
        return "%s = %s" % (option, ", ".join(values))
    if not re.match(r"[\w-]+$", option):
        option = json.dumps(option)
    return "%s = [%s]" % (option, ", ".join(json.dumps(value, ensure_ascii=False) for value in values))


class Settings:
    """What the command and the configuration say about files."""

    def __init__(self, request, cov):
        config = cov.config
        self.config, self.file = config, probe.configuration_file(cov)
        self.omit, self.include = config.run_omit or [], config.run_include or []
        self.sources = list(named_by_pytest(request) if not request.coverage_run else named_by_run(request))
        if request.coverage_run:
            self.omit = listed(probe.option_value(request.words, "--omit")) or self.omit
            self.include = listed(probe.option_value(request.words, "--include")) or self.include
        if not self.sources:
            self.sources = [Source("source", name, self.where("run", "source", name)) for name in config.source or []]
        for option in ("source_pkgs", "source_dirs"):
            self.sources += [Source(option, name, self.where("run", option, name))
                             for name in getattr(config, option, None) or []]

    def where(self, section, option, value=""):
        """file:line of the value of an option, or "command" if the file does not give the option."""
        number = line_in(self.file, section, option, value) if self.file else 0
        return "%s:%d" % (self.file, number) if number else self.file or "command"

    def prefix(self):
        """What stands before the name of a section of coverage in the configuration file."""
        name = os.path.basename(self.file)
        return {"pyproject.toml": "tool.coverage.", "setup.cfg": "coverage:", "tox.ini": "coverage:"}.get(name, "")

    def coverage(self, **changes):
        """The Coverage that the command would measure by, never started; by default without plugins and data."""
        import coverage

        config_file = getattr(self.config, "config_file", None)
        cov = coverage.Coverage(data_file=None, config_file=changes.pop("config_file", config_file or False))
        config = cov.config
        config.plugins, config.concurrency, config.dynamic_context, config.debug = [], ["thread"], None, []
        config.sigterm, config.patch = False, []
        options = {"source": [], "source_pkgs": [], "source_dirs": [], "run_omit": self.omit,
                   "run_include": self.include}
        for source in self.sources:
            options["source" if source.option.startswith("--") else source.option].append(source.name)
        for option, value in {**options, **changes}.items():
            if hasattr(config, option):
                setattr(config, option, value)
        return cov


def listed(value):
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def named_by_pytest(request):
    """A --cov without a name anywhere means that of the configuration, or none."""
    found, words = [], request.words
    for position, word in enumerate(words):
        if word == "--cov-reset":
            found = []
        elif word == "--cov":
            follows = words[position + 1] if position + 1 < len(words) else "-"
            found.append(("" if follows.startswith("-") else follows, word))
        elif word.startswith("--cov="):
            found.append((word[len("--cov="):], word))
    if not all(name for name, word in found):
        return []
    return [Source("--cov", name, request.where(word)) for name, word in found]


def named_by_run(request):
    return [Source("--source", name, "command") for name in listed(probe.option_value(request.words, "--source"))]


def line_in(path, section, option, value=""):
    """The number of the line that gives an option in a section of a configuration file; 0 if none does."""
    names = (section, "coverage:" + section, "tool.coverage." + section)
    inside, given = path.endswith(".coveragerc.toml"), 0
    try:
        with open(path, errors="replace") as file:
            for number, line in enumerate(file, 1):
                header = re.match(r"\s*\[([\w.:]+)\]\s*(#.*)?$", line)
                if header:
                    inside = header.group(1) in names
                    if inside and not option:
                        return number
                elif inside and re.match(r"[\w\"']", line):
                    if given:
                        return given
                    given = number if re.match(r"[\"']?%s[\"']?\s*[=:]" % re.escape(option), line) else 0
                if given and inside and value in line:
                    return number
    except OSError:
        pass
    return given


def locate(name, path):
    """The spec of a module by its whole name, without importing what is above it; None if there is none."""
    spec = None
    for part in name.split("."):
        try:
            # By the last part alone, because a namespace below another looks that up among what is imported.
            spec = importlib.machinery.PathFinder.find_spec(part, path)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or [])
    return spec


def without_imports(cov):
    """Has coverage look for packages as locate() does, because importlib's own find_spec() imports what is above."""
    from coverage import inorout

    def located(name):
        spec = locate(name, sys.path)
        return (spec.origin, list(spec.submodule_search_locations or [])) if spec else (None, [])

    if hasattr(inorout, "file_and_path_for_module"):
        inorout.file_and_path_for_module = located
    cov._init()
    cov._init_for_start()
    return cov._inorout


class Project:
    """The project in the current folder, as the command runs it."""

    def __init__(self, request, versions, cov):
        self.request, self.versions = request, versions
        self.settings = Settings(request, cov)
        self.folder = Folder(os.getcwd())
        # What pytest's configuration puts before sys.path.
        self.added = request.settings.pythonpath
        self.path = [*([os.getcwd()] if request.by_module else []), *self.added, *sys.path]
        self.roots = [os.getcwd(), os.path.abspath("src"), *self.added]
        self.is_whole_source = not self.settings.sources

    def find(self, name):
        """The spec of a module that the project or its Python has; None if neither has it."""
        homes = sorted(self.homes(name.split(".")[0]), key=lambda home: bool(is_of_tests(os.path.join(home, "x.py"))))
        return locate(name, self.path) or next(
            (spec for root in [*self.roots, *homes] for spec in [locate(name, [root])] if spec), None)

    def homes(self, top):
        """Folders in the project in which a module of this name lies, whose tests may put them before sys.path."""
        for path in self.folder.files:
            if os.path.basename(path) == top + ".py":
                yield os.path.dirname(path)
        for path in self.folder.folders:
            if os.path.basename(path) == top:
                yield os.path.dirname(path)

    def folder_like(self, patterns):
        """The one folder with Python files that ends like one of these patterns; None if there are none, or several."""
        for pattern in patterns:
            name = os.path.basename(pattern.rstrip("/"))
            found = [path for path in self.folder.folders if os.path.basename(path) == name
                     and any(file.startswith(path + os.sep) for file in self.folder.files)]
            if len(found) == 1 and self.folder.is_whole:
                return os.path.relpath(found[0])
        return None

    def packages(self):
        """The packages and modules at the top of a root or of a folder of the source -> where they lie."""
        found = {}
        folders = [source.name for source in self.settings.sources if os.path.isdir(source.name)]
        for root in [*self.roots, *map(os.path.abspath, folders)]:
            for name in sorted(os.listdir(root) if os.path.isdir(root) else []):
                path = os.path.join(root, name)
                is_package = os.path.exists(os.path.join(path, "__init__.py"))
                is_module = name.endswith(".py") and not os.path.exists(os.path.join(root, "__init__.py"))
                if (is_package or is_module) and not is_of_tests(path) and name not in TESTS:
                    found.setdefault(name[:-3] if is_module else name, path)
        return found

    def names_of(self, path):
        """By which names a file may be imported; more than one if it may belong to a package without __init__.py."""
        stem = path[:-len("/__init__.py")] if path.endswith("/__init__.py") else path[:-3]
        folder, parts = os.path.split(stem)
        while os.path.exists(os.path.join(folder, "__init__.py")):
            folder, part = os.path.split(folder)
            parts = part + "." + parts
        yield parts
        roots = [root for root in self.roots if stem.startswith(root + os.sep)]
        if roots:
            yield stem[len(max(roots, key=len)) + 1:].replace(os.sep, ".")

    def why_not(self, inorout, path):
        """Why coverage would not measure this file, in its own words; "" if it would."""
        reason = ""
        for name in self.names_of(path):
            frame = types.SimpleNamespace(f_globals={"__name__": name, "__file__": path})
            disposition = inorout.should_trace(path, frame)
            if disposition.trace:
                return ""
            reason = disposition.reason
        return reason

    def candidates(self):
        """The files that the command means to measure."""
        found = []
        for source in self.settings.sources:
            spec = None if os.path.isdir(source.name) else self.find(source.name)
            places = [source.name] if spec is None else spec.submodule_search_locations or [spec.origin or ""]
            for place in map(os.path.abspath, places):
                found += Folder(place).files if os.path.isdir(place) else [place]
        if self.is_whole_source:
            return self.folder.product()
        return [path for path in found if os.path.exists(path) and path.endswith(".py")]


def check_names(project):
    """Each name of a source is a folder, or a package that the project or its Python has."""
    for source in project.settings.sources:
        name = source.name
        if source.option == "source_dirs" or (os.path.isdir(name) and source.option != "source_pkgs"):
            if not os.path.isdir(name):
                probe.find("source-misspelt", "error", "coverage does not start: there is no folder %s" % name,
                           source.where, source.spelt(suggested(project, name)))
            elif Folder(name).is_empty():
                probe.find("source-empty", "error", "there is no Python file below %s" % source.spelt(name),
                           source.where, source.spelt(suggested(project, "")))
            continue
        if name.endswith(".py"):
            probe.find("source-file", "error",
                       "coverage takes %s for the name of a package: the file is not measured" % source.spelt(name),
                       source.where, source.spelt(next(project.names_of(os.path.abspath(name)))))
            continue
        if project.find(name) is not None or name in sys.builtin_module_names:
            continue
        near = suggested(project, name, is_near=True)
        if source.option == "source_pkgs":
            fix = source.spelt(near or suggested(project, name))
            if os.path.isdir(name):
                fix = assignment(project.settings.file, "source", name)
            probe.find("source-pkgs-missing", "error",
                       "source_pkgs names %s, and there is no module of this name" % name, source.where, fix)
            continue
        probe.find("source-misspelt", "error" if near else "warning",
                   "%s is neither a folder nor a module of the project or of its Python" % source.spelt(name),
                   source.where, source.spelt(near or suggested(project, name)))


def suggested(project, name, is_near=False):
    """The name nearest to `name` among what could be measured; else "" if it has to be near, or what has most files."""
    packages = project.packages()
    folders = [os.path.relpath(path) for path in project.folder.folders]
    names = [*packages, *folders, *(next(project.names_of(path)) for path in project.folder.product())]
    near = difflib.get_close_matches(name, names, 1, 0.6)
    if near or is_near:
        return near[0] if near else ""
    product = project.folder.product()
    inside = [next(project.names_of(path)).partition(".")[0] for path in product
              if os.path.exists(os.path.join(os.path.dirname(path), "__init__.py"))]
    if inside:
        return max(inside, key=inside.count)
    return next(iter(packages), os.path.relpath(os.path.dirname(product[0])) if product else ".")


def check_dispositions(project):
    """At least one file of what is meant would be measured. True if so, or if there is none."""
    files = project.candidates()
    product = [path for path in files if not is_of_tests(path)]
    if files and not product and project.folder.product():
        source = project.settings.sources[0]
        probe.find("source-tests-only", "warning", "%s measures tests alone" % source.spelt(source.name), source.where,
                   source.spelt(suggested(project, "")))
        return False
    inorout = without_imports(project.settings.coverage())
    reasons = []
    for path in product:
        reasons.append(project.why_not(inorout, path))
        if not reasons[-1]:
            return True
    if not product:
        return True
    say_why(project, product, reasons)
    return False


def say_why(project, product, reasons):
    settings = project.settings
    reason = max(reasons, key=reasons.count)
    count = "none of the %d files of the source" % len(product) if len(product) > 1 else os.path.relpath(product[0])
    verb = "is measured" if len(product) > 1 else "is not measured"
    if "omit" in reason:
        patterns = culprits(settings, "omit", settings.omit, product)
        probe.find("omit-all", "error", "%s %s: omit = %s takes all out" % (count, verb, ", ".join(patterns)),
                   settings.where("run", "omit", patterns[0]), "take %s out of omit" % ", ".join(patterns))
    elif "include" in reason:
        folder = os.path.relpath(os.path.commonpath([os.path.dirname(path) for path in product]))
        probe.find("include-none", "error", "%s %s: include = %s has none" % (count, verb, ", ".join(settings.include)),
                   settings.where("run", "include"),
                   assignment(settings.file, "include", os.path.normpath(os.path.join(folder, "*"))))
    else:
        source = settings.sources[0] if settings.sources else None
        probe.find("source-outside", "error", "%s %s: coverage says that it %s" % (count, verb, reason),
                   source.where if source else settings.file or "command",
                   "--cov=%s" % suggested(project, "") if source is None or source.option == "--cov" else
                   assignment(settings.file, "source", suggested(project, "")))


def culprits(settings, kind, patterns, files):
    """Those of the patterns that match a file."""
    found = []
    for pattern in patterns:
        options = {"run_omit": [], "run_include": [], "run_" + kind: [pattern], "source": [], "source_pkgs": [],
                   "source_dirs": [], "config_file": False}
        match = getattr(without_imports(settings.coverage(**options)), kind + "_match")
        if match is not None and any(match.match(path) for path in files):
            found.append(pattern)
    return found or patterns


def check_report(project):
    """[report] omit and include leave a file in the report."""
    config, files = project.settings.config, [path for path in project.candidates() if not is_of_tests(path)]
    omit, include = getattr(config, "report_omit", None) or [], getattr(config, "report_include", None) or []
    if not files or not (omit or include) or omit == include == project.settings.omit:
        return
    options = {"run_omit": omit, "run_include": include, "source": [], "source_pkgs": [], "source_dirs": []}
    inorout = without_imports(project.settings.coverage(config_file=False, **options))
    if inorout.include_match and not any(inorout.include_match.match(path) for path in files):
        probe.find("include-none", "error",
                   "the report has none of the files: [report] include = %s" % ", ".join(include),
                   project.settings.where("report", "include"), "take include out of [report]")
    elif inorout.omit_match and all(inorout.omit_match.match(path) for path in files):
        patterns = culprits(project.settings, "omit", omit, files)
        probe.find("omit-all", "error", "the report has none of the files: [report] omit = %s" % ", ".join(patterns),
                   project.settings.where("report", "omit", patterns[0]), "take %s out of omit" % ", ".join(patterns))


def check_copies(project):
    """No package of the source is also installed, in a folder that is not measured."""
    if any(not os.path.isdir(source.name) for source in project.settings.sources):
        return
    installed = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    for name, place in project.packages().items():
        copy = locate(name, installed)
        if copy is None or copy.origin is None:
            continue
        used = locate(name, project.path)
        own = os.path.realpath(place)
        if os.path.realpath(copy.origin).startswith(own) or used is None or used.origin is None:
            continue
        inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if locate(name, [os.path.abspath(path) for path in inherited if path]) is not None:
            continue
        is_used = not os.path.realpath(used.origin).startswith(own)
        what = "%s is imported " + ("" if is_used else "by some children ") + "from the copy in %s"
        probe.find("installed-copy", "warning" if is_used else "note",
                   (what + ": what is measured is %s") % (name, os.path.dirname(copy.origin), os.path.relpath(place)),
                   project.settings.sources[0].where if project.settings.sources else "command",
                   "%s -m pip install -e . ; or measure the copy: --cov=%s" % (sys.executable, name))


def check_excluded(project):
    """The expressions of exclude_also and exclude_lines leave a line of the source."""
    import coverage

    cov = project.settings.coverage()
    given = cov.get_exclude_list()
    plain = coverage.Coverage(data_file=None, config_file=False)
    own = [expression for expression in given if expression not in plain.get_exclude_list()]
    files = [path for path in project.candidates() if not is_of_tests(path) and os.path.getsize(path)]
    files = [path for path in files if statements(plain, path)][:30] if own else []
    if not files or any(statements(cov, path) for path in files):
        return
    settings = project.settings
    for expression in own:
        plain.clear_exclude()
        plain.exclude(expression)
        if not any(statements(plain, path) for path in files):
            break
    else:
        expression = own[0]
    option = "exclude_also" if line_in(settings.file, "report", "exclude_also", "") else "exclude_lines"
    probe.find("exclude-all", "error", "no line of the source is left to report: %s has %r" % (option, expression),
               settings.where("report", option, expression), "take %s out of %s" % (expression, option))


def statements(cov, path):
    try:
        return cov.analysis2(path)[1]
    except Exception:
        return []


def check_paths(project):
    """[paths] names a folder of this machine first, and maps the data that lie here."""
    settings = project.settings
    groups = getattr(settings.config, "paths", None) or {}
    for name, folders in groups.items():
        if folders and not os.path.isdir(folders[0]):
            here = next(filter(os.path.isdir, folders[1:]), None) or project.folder_like(folders)
            fix = "take %s out, or let it begin with the folder here that has these files" % name
            if here:
                fix = assignment(settings.file, name, here, *(folder for folder in folders if folder != here))
            probe.find("paths-unmapped", "warning",
                       "[paths] maps to %s, which is no folder here: the data of other folders stay apart" % folders[0],
                       settings.where("paths", name, folders[0]), fix)
            return
    for data in data_files(settings.config.data_file):
        apart = measured_apart(project, data, groups)
        if apart:
            theirs, own = apart
            probe.find("paths-unmapped", "warning",
                       "%s has data of %s, which stay apart from those of %s" % (os.path.relpath(data), theirs, own),
                       settings.where("paths", "") if groups else settings.file or ".coveragerc",
                       "%s in [%spaths]" % (assignment(settings.file, "source", own, theirs), settings.prefix()))
            return


def data_files(data_file):
    """The data files that `coverage combine` would read, ten at most."""
    # No glob(), because the library makes data of journals at one.
    folder, name = os.path.split(os.path.abspath(data_file))
    names = sorted(each for each in (os.listdir(folder) if os.path.isdir(folder) else [])
                   if each == name or each.startswith(name + "."))
    return [os.path.join(folder, each) for each in names if not each.endswith(("-journal", "-wal", "-shm"))][:10]


def files_in(data):
    try:
        connection = sqlite3.connect("file://%s?mode=ro" % quote(os.fsencode(data)), uri=True)
        try:
            return [path for path, in connection.execute("select path from file limit 1000")]
        finally:
            connection.close()
    except sqlite3.Error:
        return []


def measured_apart(project, data, groups):
    """Folders (theirs, here) of a file that a data file has under another folder's name; None if there is none."""
    from coverage.files import PathAliases

    aliases = PathAliases()
    for folders in groups.values():
        for pattern in folders[1:]:
            aliases.add(pattern, folders[0])
    here = os.getcwd() + os.sep
    for path in files_in(data):
        if not os.path.isabs(path) or path.startswith(here) or os.path.exists(aliases.map(path)):
            continue
        for own in project.folder.product():
            tail = own[len(here):]
            while os.sep in tail and not path.endswith(os.sep + tail):
                tail = tail.partition(os.sep)[2]
            is_temporary = path.startswith(tempfile.gettempdir() + os.sep)
            if path.endswith(os.sep + tail) and (os.sep in tail or is_temporary):
                # A pattern for all runs of pytest, which numbers its folders.
                theirs = re.sub(r"/pytest-\d+/", "/pytest-*/", path[:-len(tail) - 1])
                return theirs, os.path.relpath(own[:-len(tail)] or here)
    return None


# Prints a Python's cache tag and its coverage's version; the latter is empty if it has none.
OTHER_PYTHON = """
import sys
try:
    from importlib.metadata import version
    print(sys.implementation.cache_tag, version("coverage"))
except Exception:
    print(sys.implementation.cache_tag)
"""


def check_other_python(program, versions):
    """A Python of another version than the runner's has a coverage that understands the runner's configuration."""
    done = subprocess.run([program, "-c", OTHER_PYTHON], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=probe.DEADLINE, check=False)
    tag, _, version = done.stdout.decode().strip().partition(" ")
    # A Python of the runner's version takes the runner's coverage.
    if not tag or tag == sys.implementation.cache_tag:
        return
    if not version:
        probe.find("program-coverage-missing", "error", "%s is a Python without coverage: it is not measured" % program,
                   program, "%s -m pip install coverage" % program)
    elif probe.number(versions["coverage"]) >= CONFIGURED_BY_VARIABLE > probe.number(version):
        probe.find("program-coverage-too-old", "error",
                   "coverage %s of %s does not understand the configuration of coverage %s"
                   % (version, program, versions["coverage"]), program, "%s -m pip install -U coverage" % program)


def check_programs(project):
    """Programs that are a zip of Python files, or a Python whose coverage is too old."""
    for program in project.request.programs:
        if re.match(r"python[\d.]*t?$", os.path.basename(program)):
            check_other_python(program, project.versions)
    for program in [*project.request.programs, *project.request.command]:
        if program.startswith("-") or not os.path.isfile(program):
            continue
        if zipfile.is_zipfile(program):
            probe.find("program-zipapp", "warning",
                       "%s is a zip of Python files: its lines are measured apart from the source, if at all" % program,
                       program, instead_of_zip(project, program))


def instead_of_zip(project, program):
    """What starts the source of a zip, by the project's file that has the text of its __main__.py."""
    folder = "the folder that it is made of"
    try:
        with zipfile.ZipFile(program) as archive:
            text = archive.read("__main__.py")
        for path in project.folder.files:
            if os.path.getsize(path) == len(text) and bytes_of(path) == text:
                folder = os.path.relpath(os.path.dirname(path))
                break
    except (KeyError, OSError, zipfile.BadZipFile):
        pass
    return "start the source instead: %s %s" % (os.path.basename(sys.executable), folder)


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def started(argv):
    """What a command of a Python runs: ("file", path), ("module", name), or ("", "") for anything else."""
    words = iter(argv[1:])
    for word in words:
        if word in ("-W", "-X", "--check-hash-based-pycs"):
            next(words, "")
        elif re.match(r"-[bBdEhiIOPqsSuvVx?]*m", word):
            return "module", word.partition("m")[2] or next(words, "")
        elif re.match(r"-[bBdEhiIOPqsSuvVx?]*c", word) or word == "-":
            return "", ""
        elif not word.startswith("-"):
            return "file", word
    return "", ""


def explain_finished(project, mends):
    """A finding for each process of the finished run that has run no line of the source. `mends`: those of findings
    about the source, which explain them all."""
    inorout = without_imports(project.settings.coverage()) if project.request.finished else None
    for process in project.request.finished:
        kind, name = started(process["argv"])
        if os.path.basename(name) in RUNNERS:
            continue
        path = name
        if kind == "module":
            spec = locate(name, project.path) or project.find(name)
            places = list(spec.submodule_search_locations or []) if spec else []
            path = os.path.join(places[0], "__main__.py") if places else spec.origin if spec else ""
        level, why, fix = explained(project, inorout, kind, name, path and os.path.abspath(path))
        if mends and level != "note":
            fix = mends[0]
        probe.find("run-without-source", level, "process %s, %s: it has run no line of the source: %s"
                   % (process["pid"], " ".join(process["argv"])[:160], why), path or "command", fix)


def explained(project, inorout, kind, name, path):
    """The level, the reason and the fix for a process that has run no line of the source."""
    settings = project.settings
    if not kind:
        return "note", "its code has no file", "none, if it calls nothing of the source"
    own = [each for each in project.folder.files if each.endswith(os.sep + os.path.basename(path))] if path else []
    if path and os.path.isfile(path) and zipfile.is_zipfile(path):
        return "warning", "%s is a zip of Python files" % name, instead_of_zip(project, path)
    reason = project.why_not(inorout, path) if path else "it is not known where %s is" % name
    if reason and own and path not in own:
        own = os.path.relpath(own[0])
        why = "it is a copy of %s, and coverage says that the copy %s" % (own, reason)
        return "warning", why, "start %s itself" % own
    if not reason:
        return "note", "coverage would measure %s, so it ended before its first line" % name, ""
    if path.startswith(os.getcwd() + os.sep):
        patterns = culprits(settings, "omit", settings.omit, [path]) if "omit" in reason else []
        if patterns:
            return "warning", "coverage says that it %s" % reason, "take %s out of omit" % ", ".join(patterns)
        folder = os.path.relpath(os.path.dirname(path))
        sources = [source for source in settings.sources if source.option in ("--cov", "--source", "source")]
        if sources and sources[0].option == "--cov":
            return "warning", "coverage says that it %s" % reason, "add --cov=%s" % folder
        fix = assignment(settings.file, "source", *(source.name for source in sources), folder)
        return "warning", "coverage says that it %s" % reason, fix
    return "note", "coverage says that it %s" % reason, "none, if it is not the project's"


def check(request, versions, cov):
    if not request.measures and not request.coverage_run:
        return
    project = Project(request, versions, cov)
    before = len(probe.findings)
    check_names(project)
    check_programs(project)
    check_paths(project)
    if len(probe.findings) == before and check_dispositions(project):
        check_report(project)
        check_copies(project)
        check_excluded(project)
    explain_finished(project, [finding["fix"] for finding in probe.findings[before:] if finding["level"] != "note"])

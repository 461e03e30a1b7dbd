# Starts coverage in a child that has a coverage variable, but in which no .pth file has started coverage.
def start():
    import os
    import sys

    environ = os.environ
    tag, version, home = (environ.get("COVENV_PYTHON", "::").split(":", 2) + ["", ""])[:3]
    usable = home if tag == sys.implementation.cache_tag else ""

    def find(name):
        import importlib

        # Imports the parent's coverage, because this interpreter may have another version or none. The folder is
        # on the path only meanwhile, because the program must not find other modules there.
        if usable and name not in sys.modules:
            sys.path.insert(0, usable)
            try:
                return importlib.import_module(name)
            finally:
                sys.path.remove(usable)
        return importlib.import_module(name)

    coverage = find("coverage")
    if coverage.Coverage.current() is None:
        if environ.get("COVERAGE_PROCESS_CONFIG") or environ.get("COVERAGE_PROCESS_START"):
            coverage.process_startup()
        elif environ.get("COV_CORE_SOURCE"):
            find("pytest_cov.embed").init()
    tag, _, folder = environ.get("COVENV_FOLDER", "").partition(":")
    if folder and tag == tag_of_configuration(environ):
        measure_as_from(folder, coverage.Coverage.current())


# Adds the relative settings as they are in `folder`, in which the suite's own coverage has started.
def measure_as_from(folder, current):
    import os
    import sys

    files = sys.modules["coverage.files"]
    config, inorout = current.config, current._inorout
    source = inorout.source_dirs if hasattr(inorout, "source_dirs") else inorout.source
    wanted = [os.path.join(folder, name) for name in config.source or ()]
    found = [files.canonical_filename(path) for path in wanted if os.path.isdir(path)]
    # Without "/", to which "." leads in a child whose folder is the root.
    source[:] = [path for path in source if path != os.sep] + [path for path in found if path not in source]
    if found:
        inorout.source_match = files.TreeMatcher(source, "source")
    for option in ("include", "omit"):
        relative = [value for value in getattr(config, "run_" + option) or () if value[:1] not in "*?/"]
        if relative:
            getattr(inorout, option).extend(os.path.join(folder, value) for value in relative)
            kind = type(getattr(inorout, option + "_match"))
            setattr(inorout, option + "_match", kind(getattr(inorout, option), option))


# Returns why coverage does not measure here although it should, and what fixes that; None if coverage measures.
def start_or_say_why():
    import os
    import sys

    try:
        start()
    except ModuleNotFoundError as error:
        fix = "install %s for %s" % (error.name, sys.executable)
        if error.name not in ("coverage", "pytest_cov"):
            fix += ", or take it out of coverage's configuration"
        return "no module named %r" % error.name, fix
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error), "see coverage's configuration"
    coverage = sys.modules["coverage"]
    if coverage.Coverage.current() is not None:
        return None
    return "coverage %s did not start" % coverage.__version__, "install the runner's coverage for %s" % sys.executable

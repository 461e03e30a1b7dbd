# Starts coverage in a child that has a coverage variable, but in which no .pth file has started coverage.
# `light`: the Light (light.py) that runs, which whole coverage takes over; None if there is none.
def start(light):
    import os
    import sys

    environ = os.environ
    tag, version, home = (environ.get("COVENV_PYTHON", "::").split(":", 2) + ["", ""])[:3]
    usable = [home] if home and tag == sys.implementation.cache_tag else []

    def find(name):
        known = sys.modules.get(name)
        if known is not None and getattr(known.__spec__, "_initializing", False):
            # The program is about to import it by importlib.import_module(), and then finds ours.
            del sys.modules[name]
        elif known is not None:
            return known
        import importlib

        module = importlib.import_module(name)
        if name == "coverage":
            # Reads a module of the standard library's folder at its first call, which may be coverage's own, later.
            __import__("sysconfig").get_config_vars()
        return module

    # The parent's coverage, because this interpreter may have another version or none.
    standard = os.path.dirname(os.__file__)
    finder = finder_in([standard, os.path.join(standard, "lib-dynload"), *usable], light is not None)
    sys.meta_path.insert(0, finder)
    if light is not None:
        light.before_import()
    try:
        start_by(find, light, environ)
    finally:
        if light is not None:
            light.after_import()
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
    tag, _, folder = environ.get("COVENV_FOLDER", "").partition(":")
    if folder and tag == tag_of_configuration(environ):
        measure_as_from(folder, sys.modules["coverage"].Coverage.current())


# Starts coverage in the way that the environment says. `find(name)` imports a module.
def start_by(find, light, environ):
    import sys

    coverage = find("coverage")
    if coverage.Coverage.current() is not None:
        return
    if environ.get("COVERAGE_PROCESS_CONFIG") or environ.get("COVERAGE_PROCESS_START"):
        tag, *entries = environ.get("COVENV_SOURCE", "").split(":")
        plugins = [entry[1:] for entry in entries if entry.startswith("+") and tag == tag_of_configuration(environ)]
        sys.path += plugins
        as_before = light.before_start() if light is not None else lambda: None
        hidden = hide_files_of_frames()
        try:
            coverage.process_startup()
        finally:
            as_before()
            for name in hidden:
                sys.modules["linecache"].cache.pop(name, None)
            if plugins and sys.path[-len(plugins):] == plugins:
                del sys.path[-len(plugins):]
    elif environ.get("COV_CORE_SOURCE"):
        find("pytest_cov.embed").init()


# Lets linecache take files of code on the stack for empty if they are no plain files, and returns their names. Coverage
# shows the stack when it starts, and a read of a pipe or a terminal would take the program's input, or never end.
def hide_files_of_frames():
    import os
    import sys

    cache = getattr(sys.modules.get("linecache"), "cache", {})
    frame, hidden = sys._getframe(), []
    while frame is not None:
        name = frame.f_code.co_filename
        if name not in cache and os.path.exists(name) and not os.path.isfile(name):
            cache[name] = 0, None, [], name
            hidden.append(name)
        frame = frame.f_back
    return hidden


# A finder for sys.meta_path, which finds modules in `folders` before all others: coverage must not find modules beside
# the program. Other threads of the program must find nothing there. `is_last`: no finder of the program's own is asked.
def finder_in(folders, is_last):
    import sys

    bootstrap, external = sys.modules["_frozen_importlib"], sys.modules["_frozen_importlib_external"]
    identity = sys.modules["_thread"].get_ident
    thread = identity()
    loaders = external._get_supported_file_loaders()
    of_folders = [external.FileFinder(folder, *loaders) for folder in folders]

    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if identity() != thread:
                return None
            for finder in (bootstrap.BuiltinImporter, bootstrap.FrozenImporter):
                spec = finder.find_spec(name, path)
                if spec is not None:
                    return spec
            finders = of_folders if path is None else [external.FileFinder(folder, *loaders) for folder in path]
            spec = next(filter(None, (finder.find_spec(name) for finder in finders)), None)
            spec = spec or (is_last and external.PathFinder.find_spec(name, path)) or None
            if spec is None and is_last:
                raise ModuleNotFoundError("No module named %r" % name, name=name)
            return spec

    return Finder


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


# Starts coverage while the program runs, so that no difference is left to a start before the program. `has_place`:
# the caller will call Coverage._atexit() in the place among the exit functions that coverage would have had. `folder`:
# the current one at the process's start, or None.
def start_late(folder, has_place, light):
    import os
    import sys

    of_program, limit = sys.gettrace(), sys.getrecursionlimit()
    threading = sys.modules.get("threading")
    of_threads = getattr(threading, "_trace_hook", None)
    # The program may be deep in a recursion.
    sys.setrecursionlimit(limit + 1000)
    try:
        start(light)
    finally:
        try:
            sys.setrecursionlimit(limit)
        except RecursionError:
            pass  # before 3.11, at a depth near the limit
    if folder is not None:
        # As coverage.files.set_relative_directory() does.
        files = sys.modules["coverage.files"]
        files.RELATIVE_DIR = os.path.normcase(os.path.join(os.path.realpath(folder), ""))
    if of_threads is not None and (light is None or not light.is_own(of_threads)):
        threading.settrace(of_threads)
    current = sys.modules["coverage"].Coverage.current()
    if of_program is not None and sys.gettrace() is not of_program:
        # The program has set its function after coverage's start would have been. See has_stopped() in stops.py.
        current._covenv_tracer = sys.gettrace()
        sys.settrace(of_program)
    if has_place and hasattr(current, "_atexit"):
        import atexit

        atexit.unregister(current._atexit)


# Returns why coverage does not measure here although it should, and what fixes that; None if coverage measures.
# `variables`, `folder`: for a late start, the environment and the current folder of the process's start, as bytes; else
# None. A folder without a path is None, too.
def start_or_say_why(variables, folder, has_place, light):
    import os
    import sys

    now = os.environ
    try:
        if variables is not None:
            at_start = {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()}
            if any(now.get(name) != value for name, value in at_start.items() if name.startswith("COV")):
                os.environ = at_start
            start_late(folder and os.fsdecode(folder), has_place, light)
        else:
            start(None)
    except ModuleNotFoundError as error:
        fix = "install %s for %s" % (error.name, sys.executable)
        if error.name not in ("coverage", "pytest_cov"):
            fix += ", or take it out of coverage's configuration"
        return "no module named %r" % error.name, fix
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error), "see coverage's configuration"
    finally:
        os.environ = now
    coverage = sys.modules["coverage"]
    if coverage.Coverage.current() is not None:
        return None
    return "coverage %s did not start" % coverage.__version__, "install the runner's coverage for %s" % sys.executable

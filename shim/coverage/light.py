# Measures with coverage's C tracer alone, because the import of the package coverage takes ten times as long as the
# start of Python. Runs in the user's program: no output, and no import, because the program may have replaced imports,
# and a forked child may wait for the lock of one for ever. sys and posix are globals that own_code.cc makes.


# Raised on a doubt: whole coverage has to decide.
class NotClear(Exception):
    pass


def is_below(path, folders):
    return any(path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("", "/") for folder in folders)


def base_of(path):
    return path[path.rfind("/") + 1 :]


# Says which files are measured, as InOrOut.should_trace() of coverage does. `settings`: of light_settings() in
# offer_light.py. `variables`: the environment at the start of the process, as bytes. `real_path(path)`: the absolute path
# without symbolic links, or None if the file is not there.
class Chooser:
    def __init__(self, settings, variables, real_path):
        self.settings, self.real_path = settings, real_path
        self.folders = [folder for folder in (real_path(name + "/") for name in settings["folders"]) if folder]
        self.third = settings["third"] + users_folders(settings, variables, real_path)
        self.names, self.venvs, self.path, self.omit = {}, [], None, None
        if settings["omit"] is not None:
            self.omit = compiled_pattern(settings["omit"])

    # Returns the file's canonical name, or "" if no file of such a name can be measured, and whether the file is
    # measured. `names`: the globals of a frame.
    def choose(self, filename, names):
        if filename[:1] == "<":
            return "", False
        file = names and names.get("__file__")
        if file:
            file = str(file)
            if file.endswith((".pyc", ".pyo")):
                file = file[:-1]
            if not filename or base_of(filename) == base_of(file):
                filename = file
        if not filename or filename.startswith(("memory:", "<")):
            return "", False
        canonical = self.canonical(filename)
        return canonical, self.is_measured(canonical, names)

    # As canonical_filename() of coverage.
    def canonical(self, filename):
        found = self.names.get(filename)
        if found is None:
            places = [""] if filename[0] == "/" else ["./", *(folder and folder + "/" for folder in sys.path)]
            found = next(filter(None, (self.real_path(place + filename) for place in places)), None)
            self.names[filename] = found = found or self.path_of_missing(places[0] + filename)
        return found

    # As os.path.realpath(), for a file that is not there, or has no path, as a pipe. A name that is not UTF-8 is not clear.
    def path_of_missing(self, path):
        path.encode()
        found = "" if path[0] == "/" else (self.real_path("./") or "").rstrip("/")
        left, links = path.split("/")[::-1], 0
        while left:
            part = left.pop()
            if part == "..":
                found = found[: found.rfind("/")] if found else ""
            elif part not in ("", "."):
                try:
                    target = posix.readlink(found + "/" + part)
                except OSError:
                    found += "/" + part
                    continue
                links += 1
                if links > 40:
                    raise NotClear(path)
                found = "" if target[0] == "/" else found
                left += target.split("/")[::-1]
        return found

    def is_measured(self, canonical, names):
        settings = self.settings
        if settings["has_source"]:
            if not (self.is_of_package(canonical, names) or is_below(canonical, self.folders)):
                return False
            if self.is_third_party(canonical):
                inside = [folder for folder in self.folders if self.is_third_party(folder)]
                if not is_below(canonical, inside + settings["packages_in_third"]):
                    if settings["packages"]:
                        raise NotClear(canonical)
                    return False
        elif is_below(canonical, settings["never"]) or self.is_third_party(canonical):
            return False
        return not self.is_omitted(canonical)

    def is_omitted(self, canonical):
        return self.omit is not None and self.omit.match(canonical) is not None

    # By the name that name_for_module() of coverage gives.
    def is_of_package(self, canonical, names):
        packages = self.settings["packages"]
        if not packages:
            return False
        name = names.get("__name__")
        if not isinstance(name, str) or name == "__main__":
            full = getattr(names.get("__spec__"), "name", None)
            if isinstance(full, str) and full != "__main__":
                name = full
            else:
                base = base_of(canonical)
                stems = [base[: -len(suffix)] for suffix in (".pyc", ".py") if base.endswith(suffix)]
                name = stems[0] if stems else name
        return isinstance(name, str) and any(name == package or name.startswith(package + ".") for package in packages)

    def is_third_party(self, canonical):
        if is_below(canonical, self.third):
            return True
        if self.path is None or (self.settings["follows_path"] and self.path != sys.path):
            self.path = list(sys.path)
            self.venvs = [self.real_path(folder) for folder in self.path if self.is_of_venv(folder)]
        return is_below(canonical, self.venvs)

    def is_of_venv(self, folder):
        if not self.real_path(folder):
            return False
        while "/" in folder:
            folder = folder[: folder.rindex("/")]
            if folder and self.real_path(folder + "/pyvenv.cfg"):
                return True
        return False

    # The files of the packages that the program has imported, ran or not: InOrOut.find_possibly_unexecuted_files() of
    # coverage. The runner lists those of folders, but it may not have imported a package.
    def files_of_packages(self):
        files = [getattr(sys.modules.get(name), "__file__", None) for name in self.settings["packages"]]
        files = [self.real_path(file) for file in files if isinstance(file, str)]
        folders = [file[: file.rindex("/")] for file in files if file and file.endswith("/__init__.py")]
        found = [file for folder in folders for file in self.python_files(folder, True)]
        return [file for file in found if not self.is_omitted(file)]

    def python_files(self, folder, is_first):
        try:
            with posix.scandir(folder) as entries:
                entries = list(entries)
        except OSError:
            return
        files = [entry.name for entry in entries if not entry.is_dir()]
        if not (is_first or self.settings["namespaces"] or "__init__.py" in files):
            return
        for name in files:
            stem, _, suffix = name.rpartition(".")
            if suffix in ("py", "pyw") and stem and not set(stem) & set(".#~!$@%^&*()+=,"):
                file = self.real_path(folder + "/" + name)
                if file:
                    yield file
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self.python_files(folder + "/" + entry.name, False)


# Writes a data file of coverage's own format. `template`: one without data; `files`: name -> lines or packed pairs.
def write_data(path, template, settings, context, files, sqlite):
    # Until it is whole it has a name that `coverage combine` leaves alone.
    unfinished = path + "-journal"
    file = posix.open(unfinished, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o644)
    try:
        try:
            if posix.write(file, template) != len(template):
                raise OSError("no room")
        finally:
            posix.close(file)
        connection = sqlite.connect(unfinished, isolation_level=None)
        try:
            for statement in ("pragma journal_mode = off", "pragma synchronous = off", "begin"):
                connection.execute(statement)
            if files:
                connection.execute("insert into context (id, context) values (1, ?)", (context,))
            for number, name in enumerate(sorted(files), 1):
                connection.execute("insert into file (id, path) values (?, ?)", (number, name))
                if settings["branch"]:
                    rows = [(number, *pair_of(packed, settings["bits"])) for packed in sorted(files[name])]
                    insert = "insert into arc (file_id, context_id, fromno, tono) values (?, 1, ?, ?)"
                    connection.executemany(insert, rows)
                elif files[name]:
                    row = number, bits_of_lines(files[name])
                    connection.execute("insert into line_bits (file_id, context_id, numbits) values (?, 1, ?)", row)
            connection.execute("commit")
        finally:
            connection.close()
        posix.rename(unfinished, path)
    except BaseException:
        posix.unlink(unfinished)
        raise


# A C module by the path of its file; "": a module that is part of the interpreter. The program does not find the module
# in sys.modules, if it has not imported it.
def loaded(name, path):
    bootstrap, external = sys.modules["_frozen_importlib"], sys.modules["_frozen_importlib_external"]
    if path:
        loader = external.ExtensionFileLoader(name, path)
        spec = bootstrap.ModuleSpec(name, loader, origin=path)
        spec.has_location = True
    else:
        loader = bootstrap.BuiltinImporter
        spec = bootstrap.ModuleSpec(name, loader, origin="built-in")
    module = bootstrap.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules.pop(name, None)
    return module


# CPython's own _sqlite3. Since 3.11 it imports functools, of which it takes lru_cache() alone. The start of functools
# evaluates a text, so that the interpreter forgets that the program dies of an unhandled KeyboardInterrupt.
def sqlite_module(path):
    own = sys.modules.get("_sqlite3")
    if type(own) is type(sys) and getattr(own, "__file__", "") == path and hasattr(own, "connect"):
        return own
    known = sys.modules.get("functools")
    if known is None or getattr(known.__spec__, "_initializing", False):
        # A module that another thread imported at a fork has a lock in the child that no thread gives back.
        stand_in = sys.modules["functools"] = type(sys)("functools")
        stand_in.lru_cache = lambda maxsize: lambda function: function
    try:
        return loaded("_sqlite3", path)
    finally:
        if known is None:
            del sys.modules["functools"]
        else:
            sys.modules["functools"] = known


# A pattern of re, from what parts_of_pattern() in offer_light.py says of it.
def compiled_pattern(parts):
    return (sys.modules.get("_sre") or loaded("_sre", "")).compile(*parts)


def pair_of(packed, bits):
    mask = (1 << bits) - 1
    first, second = packed & mask, packed >> bits & mask
    return -first if packed >> 2 * bits & 1 else first, -second if packed >> 2 * bits & 2 else second


def bits_of_lines(lines):
    numbits = bytearray(max(lines) // 8 + 1)
    for line in lines:
        numbits[line // 8] |= 1 << line % 8
    return bytes(numbits)


class Light:
    def __init__(self, settings, template, context, folder, chooser, promote):
        self.settings, self.template, self.context, self.folder = settings, template, context, folder
        self.chooser, self.promote = chooser, promote
        self.named = None
        relative_to = quoted(self.folder) if settings["relative"] else "null"
        places = relative_to, quoted(self.folder), quoted(self.data_file())
        self.about = '{"relative_to": %s, "folder": %s, "file": %s, ' % places
        # Last, because a doubt before this leaves nothing that whole coverage has to know.
        self.module = loaded("coverage.tracer", settings["tracer"])
        self.spec = self.module.__spec__
        self.data, self.dispositions, self.file_tracers, self.tracers = {}, {}, {}, []
        self.lock = sys.modules["_thread"].allocate_lock()
        self.doubts, self.gives_back, self.is_finished = [], True, False

    # As Collector._start_tracer() of coverage.
    def start_tracer(self):
        tracer = self.module.CTracer()
        tracer.data = self.data
        if hasattr(tracer, "lock_data"):
            tracer.lock_data, tracer.unlock_data = self.lock.acquire, self.lock.release
        tracer.trace_arcs = self.settings["branch"]
        tracer.should_trace = self.should_trace
        tracer.should_trace_cache = self.dispositions
        tracer.warn = tracer.check_include = tracer.disable_plugin = tracer.switch_context = lambda *_: None
        tracer.concur_id_func = tracer.should_start_context = None
        tracer.file_tracers = self.file_tracers
        function = tracer.start()
        self.tracers.append(tracer)
        return function

    # Returns False if whole coverage has to start: it gives the program's own function back (start_late() in start.py).
    def start(self):
        if sys.gettrace() is not None:
            return False
        # Now, because an import at the end would be seen by the program's audit hooks. Without it the journal has to do.
        try:
            self.sqlite = sqlite_module(self.settings["sqlite"])
        except (ImportError, OSError):
            self.sqlite = None
        self.start_tracer()
        if not self.gives_back:
            sys.settrace(None)
        self.follow_threads()
        return True

    # Called when threading may have been imported, before a thread starts. The program's own function stays. None may
    # be one that the program has given back, because there was none before this start.
    def follow_threads(self):
        threading = sys.modules.get("threading")
        if self.settings["threads"] and hasattr(threading, "settrace") and threading._trace_hook is None:
            threading.settrace(self.in_thread)

    # Called on the main thread before the program changes its trace function.
    def before_change(self):
        self.gives_back = not writes_none(sys._getframe(1), self.settings["opcodes"])

    # Called on the main thread after a change. Returns whether the thread is measured; None after finish().
    def after_change(self):
        if self.is_finished:
            return None
        if self.gives_back and sys.gettrace() is None:
            sys.settrace(self.tracers[0])
        return sys.gettrace() is not None

    # As Collector._installation_trace() of coverage.
    def in_thread(self, frame, event, argument):
        sys.settrace(None)
        function = self.start_tracer()
        return function(frame, event, argument) if function else function

    def should_trace(self, filename, frame):
        try:
            canonical, is_measured = self.chooser.choose(filename, frame.f_globals)
        # Not more, because the program may raise others here: a handler of a signal, or another thread.
        except (NotClear, AttributeError, LookupError, TypeError, ValueError) as problem:
            # A handler of a signal may have raised it in between.
            innermost = problem.__traceback__
            while innermost.tb_next is not None:
                innermost = innermost.tb_next
            if innermost.tb_frame.f_globals is not globals():
                raise
            if self.promote():
                return self.tracers[0].should_trace(filename, frame)
            self.doubts.append(filename)
            canonical, is_measured = "", False
        disposition = self.module.CFileDisposition()
        disposition.original_filename = filename
        disposition.canonical_filename = canonical or filename
        disposition.source_filename = canonical or None
        disposition.trace = is_measured
        disposition.reason = ""
        disposition.file_tracer = None
        disposition.has_dynamic_filename = False
        return disposition

    # The name of the data file of this process.
    def data_file(self):
        if self.named is None or self.named[0] != posix.getpid():
            letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
            random = "".join(letters[byte % len(letters)] for byte in posix.urandom(6))
            parts = self.settings["data_file"], posix.uname().nodename.replace(".", "_"), posix.getpid(), random
            self.named = posix.getpid(), "%s.%s.pid%d.X%sx" % parts
        return self.named[1]

    # As describe() in journal.py.
    def description(self, variables):
        where = variables.get(b"COVENV_JOURNAL", b"1")
        folders = (where, b"") if where[:1] == b"/" else (b"/dev/shm", self.settings["folder"])
        return (
            "c",
            self.module.CTracer,
            self.data,
            self.file_tracers,
            self.about.encode() + self.settings["about"][1:],
            self.context.encode("utf-8", "surrogateescape"),
            *folders,
            self.settings["key"],
            run_in(variables),
            self.settings["data_file"].encode("utf-8", "surrogateescape"),
            (sys.executable or "").encode("utf-8", "surrogateescape"),
            self.settings["home"],
            b"1",
            self.follow,
        )

    def follow(self, told):
        self.told = told

    # The name of a file in the data.
    def mapped(self, name):
        is_here = self.settings["relative"] and name.startswith(self.folder)
        return name[len(self.folder) :] if is_here else name

    # Called at the place of Coverage._atexit() among the exit functions.
    def finish(self):
        self.is_finished = True
        for tracer in self.tracers:
            tracer.stop()
        threading = sys.modules.get("threading")
        if getattr(threading, "_trace_hook", None) == self.in_thread:
            threading.settrace(None)
        if not (any(tracer.activity() for tracer in self.tracers) or any(self.data.copy().values())):
            return
        self.told("saving")
        files = {}
        for name, values in self.data.copy().items():
            if values or self.settings["keeps_empty"]:
                files[self.mapped(name)] = values.copy()
        for name in self.chooser.files_of_packages():
            files.setdefault(self.mapped(name), set())
        write_data(self.data_file(), self.template, self.settings, self.context, files, self.sqlite)
        self.told("saved")

    # Whether the coverage that the program imports is that of the run. `file`: of its first code, or None if it is still
    # to be found.
    def is_of_run(self, file):
        if file is None:
            if "coverage" in sys.modules:
                return False
            spec = sys.modules["_frozen_importlib_external"].PathFinder.find_spec("coverage")
            if spec is None:
                return True
            file = spec.origin or ""
        home = self.settings["home"].decode("utf-8", "surrogateescape")
        return self.chooser.real_path(file) == self.chooser.real_path(home + "/coverage/__init__.py")

    # Called before whole coverage is imported, to which the loaded tracer is to belong: a second one would be empty.
    def before_import(self):
        make_spec = sys.modules["_frozen_importlib"].ModuleSpec
        own, spec = self.module, self.spec

        class Loaded:
            @staticmethod
            def create_module(_):
                return own

            @staticmethod
            def exec_module(module):
                module.__spec__ = spec

        class Finder:
            @staticmethod
            def find_spec(name, *_):
                return make_spec(name, Loaded, origin=spec.origin) if name == "coverage.tracer" else None

        self.finder = Finder
        sys.meta_path.insert(0, Finder)

    def after_import(self):
        if self.finder in sys.meta_path:
            sys.meta_path.remove(self.finder)

    # Called before whole coverage starts: its first collector takes over what is recorded, and the tracers that run.
    def before_start(self):
        if not self.tracers:
            return lambda: None
        collector_class = sys.modules["coverage.collector"].Collector
        start_tracer = collector_class._start_tracer

        def adopt(collector):
            collector_class._start_tracer = start_tracer
            lock = collector.data_lock
            collector.data, collector.file_tracers = self.data, self.file_tracers
            collector.should_trace_cache = self.dispositions
            for name in self.doubts:
                self.dispositions.pop(name, None)
            for tracer in self.tracers:
                tracer.should_trace, tracer.check_include = collector.should_trace, collector.check_include
                tracer.warn, tracer.disable_plugin = collector.warn, collector.disable_plugin
                tracer.switch_context = collector.switch_context
                if lock is not None:
                    tracer.lock_data, tracer.unlock_data = lock.acquire, lock.release
                collector.tracers.append(tracer)

        collector_class._start_tracer = adopt
        return lambda: setattr(collector_class, "_start_tracer", start_tracer)


# As JSON has it.
def quoted(text):
    if not text.isprintable() or '"' in text or "\\" in text:
        raise NotClear(text)
    return '"%s"' % text


# The user's own third-party folders: by the variables at the start of the process, as site.getuserbase() has them.
def users_folders(settings, variables, real_path):
    base, names = settings["user"]
    home = variables.get(b"HOME")
    own = variables.get(b"PYTHONUSERBASE") or (home and home + b"/.local")
    base = real_path(own.decode("utf-8") if own else base)
    return [base + name for name in names] if base else []


def run_in(variables):
    return variables.get(b"COVENV_RUN") or variables.get(b"COVENV_SESSION") or b""


# Returns a Light and its description for journal.cc, or None if whole coverage has to start. `known`:
# light_for_children() of the runner; `variables`, `folder`: the environment and the current folder at the start of the
# process; `promote()`: makes whole coverage take over, and returns whether it does.
def light_start(known, variables, folder, real_path, promote):
    tag, _, wanted = variables.get(b"COVENV_TRACER", b"").partition(b":")
    identity, _, context = wanted.decode("utf-8", "surrogateescape").partition(":")
    is_current = tag == variables.get(b"COVENV_SOURCE", b"").partition(b":")[0]
    if not is_current or known[0] != identity or not run_in(variables) or folder is None:
        return None
    settings = known[1]
    this = (sys.implementation.cache_tag, sys.hexversion, sys.prefix, sys.base_prefix)
    other = "coverage" in sys.modules or "coverage.tracer" in sys.modules
    debugs = b"COVERAGE_DEBUG" in variables or b"COVERAGE_DEBUG_FILE" in variables
    if settings["python"] != this or other or debugs or variables.get(b"COVERAGE_CORE", b"ctrace") != b"ctrace":
        return None
    if is_of_another_user(posix, run_in(variables)):
        return None
    start = real_path(folder.decode("utf-8"))
    chooser = Chooser(settings, variables, real_path)
    light = Light(settings, known[2], context, start.rstrip("/") + "/", chooser, promote)
    return light, light.description(variables)

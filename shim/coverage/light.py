# Measures without the package coverage, because the import of that takes ten times as long as the start of Python. Runs
# in the user's program: no output, and no import, because the program may have replaced imports, and a forked child may
# wait for the lock of one for ever. sys and posix are globals that own_code.cc makes.


# What records is coverage's own: its C tracer (light_tracer.py), or its code for sys.monitoring (light_monitor.py).
class Light:
    def __init__(self, settings, template, context, folder, chooser, promote):
        self.settings, self.template, self.context, self.folder = settings, template, context, folder
        self.chooser, self.promote = chooser, promote
        self.named = None
        relative_to = quoted(self.folder) if settings["relative"] else "null"
        places = relative_to, quoted(self.folder), quoted(self.data_file())
        self.about = '{"relative_to": %s, "folder": %s, "file": %s, ' % places
        self.data, self.dispositions, self.file_tracers, self.tracers = {}, {}, {}, []
        self.lock = sys.modules["_thread"].allocate_lock()
        self.doubts, self.is_finished = [], False
        # Last, because a doubt before this leaves nothing that whole coverage has to know.
        self.load()

    # Returns False if whole coverage has to start.
    def start(self):
        # Now, because an import at the end would be seen by the program's audit hooks. Without it the journal has to do.
        try:
            self.sqlite = sqlite_module(self.settings["sqlite"])
        except Exception:
            self.sqlite = None
        return self.start_recording()

    # Called when threading may have been imported, before a thread starts.
    def follow_threads(self):
        pass

    # Called on the main thread before the program changes its trace function.
    def before_change(self):
        pass

    # Called on the main thread after a change. Returns whether the thread is measured; None if a trace function has no
    # influence, as after finish().
    def after_change(self):
        return None

    # Called after the tracers have stopped.
    def end_recording(self):
        pass

    # Whether `function` is what this Light has set for threads.
    def is_own(self, function):
        return False

    # Called before and after whole coverage is imported.
    def before_import(self):
        pass

    def after_import(self):
        pass

    # Sets what all tracers of coverage have, as Collector._start_tracer() of coverage.
    def equip(self, tracer):
        tracer.data = self.data
        if self.settings["locks"]:
            tracer.lock_data, tracer.unlock_data = self.lock.acquire, self.lock.release
        elif self.kind == "s" or hasattr(tracer, "lock_data"):
            tracer.lock_data = tracer.unlock_data = lambda: None
        tracer.trace_arcs = self.settings["branch"]
        tracer.should_trace = self.should_trace
        tracer.should_trace_cache = self.dispositions
        tracer.warn = lambda *_: None

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
        disposition = self.disposition_class()
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
            self.kind,
            self.tracer_class,
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
    def stop(self):
        self.is_finished = True
        for tracer in self.tracers:
            try:
                tracer.stop()
            # The program may have given the place of coverage at sys.monitoring back.
            except ValueError:
                pass
        self.end_recording()

    # Called after stop(), which a profile function of the program's own may have made fail, while no such function is
    # called. Whatever fails here leaves the journal.
    def finish(self):
        self.told("saving")
        self.stop()
        if not (any(tracer.activity() for tracer in self.tracers) or any(self.data.copy().values())):
            self.told("nothing to save")
            return
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
            spec = EXTERNAL.PathFinder.find_spec("coverage")
            if spec is None:
                return True
            file = spec.origin or ""
        home = self.settings["home"].decode("utf-8", "surrogateescape")
        return self.chooser.real_path(file) == self.chooser.real_path(home + "/coverage/__init__.py")

    # Called before whole coverage starts: its first collector takes over what is recorded, and the tracers that run.
    def before_start(self):
        if not self.tracers:
            return lambda: None
        collector_class = sys.modules["coverage.collector"].Collector
        start_tracer = collector_class._start_tracer

        def adopt(collector):
            collector_class._start_tracer = start_tracer
            if collector.data_lock is not None:
                collector.data_lock = self.lock
            collector.data, collector.file_tracers = self.data, self.file_tracers
            collector.should_trace_cache = self.dispositions
            for name in self.doubts:
                self.dispositions.pop(name, None)
            for tracer in self.tracers:
                tracer.should_trace, tracer.warn = collector.should_trace, collector.warn
                collector.tracers.append(self.handed_over(tracer, collector))

        collector_class._start_tracer = adopt
        return lambda: setattr(collector_class, "_start_tracer", start_tracer)


# As JSON has it.
def quoted(text):
    if not text.isprintable() or '"' in text or "\\" in text:
        raise NotClear(text)
    return '"%s"' % text


def run_in(variables):
    return variables.get(b"COVENV_RUN") or variables.get(b"COVENV_SESSION") or b""


# Returns a Light and its description for journal.cc, or None if whole coverage has to start. `known`:
# light_for_children() of the runner; `variables`, `folder`: the environment and the current folder at the start of the
# process; `promote()`: makes whole coverage take over, and returns whether it does.
def light_start(known, variables, folder, real_path, promote):
    offered = variables.get(b"COVENV_TRACER", b"").decode("utf-8", "surrogateescape")
    tag, core, identity, context = (offered.split(":", 3) + 4 * [""])[:4]
    is_current = tag.encode() == variables.get(b"COVENV_SOURCE", b"").partition(b":")[0]
    if not is_current or known[0] != core + ":" + identity or not run_in(variables) or folder is None:
        return None
    settings = known[1]
    this = (sys.implementation.cache_tag, getattr(sys, "abiflags", ""), sys.hexversion, sys.prefix, sys.base_prefix)
    other = "coverage" in sys.modules or "coverage.tracer" in sys.modules
    debugs = (b"COVERAGE_DEBUG", b"COVERAGE_DEBUG_FILE", b"COVERAGE_SYSMON_LOG", b"COVERAGE_SYSMON_STATS")
    if settings["python"] != this or other or any(name in variables for name in debugs):
        return None
    if variables.get(b"COVERAGE_CORE", b"") not in settings["cores"]:
        return None
    if is_of_another_user(posix, run_in(variables)):
        return None
    start = real_path(folder.decode("utf-8"))
    chooser = Chooser(settings, variables, real_path)
    light = light_class(settings, known[2], context, start.rstrip("/") + "/", chooser, promote)
    return light, light.description(variables)

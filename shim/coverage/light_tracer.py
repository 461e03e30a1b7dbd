# A Light that records by coverage's C tracer.


class TracerLight(Light):
    kind = "c"

    def load(self):
        self.module = loaded("coverage.tracer", self.settings["tracer"])
        self.spec = self.module.__spec__
        self.tracer_class, self.disposition_class = self.module.CTracer, self.module.CFileDisposition
        self.gives_back = True

    def start_tracer(self):
        tracer = self.tracer_class()
        self.equip(tracer)
        tracer.check_include = tracer.disable_plugin = tracer.switch_context = lambda *_: None
        tracer.concur_id_func = tracer.should_start_context = None
        tracer.file_tracers = self.file_tracers
        function = tracer.start()
        self.tracers.append(tracer)
        return function

    # Returns False beside a trace function, because whole coverage gives the program's own function back
    # (start_late() in start.py).
    def start_recording(self):
        if sys.gettrace() is not None:
            return False
        self.start_tracer()
        if not self.gives_back:
            sys.settrace(None)
        self.follow_threads()
        return True

    # The program's own function stays. None may be one that the program has given back, because there was none before this
    # start.
    def follow_threads(self):
        threading = sys.modules.get("threading")
        if self.settings["threads"] and hasattr(threading, "settrace") and threading._trace_hook is None:
            threading.settrace(self.in_thread)

    def before_change(self):
        self.gives_back = not writes_none(sys._getframe(1), self.settings["opcodes"])

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

    def end_recording(self):
        threading = sys.modules.get("threading")
        if getattr(threading, "_trace_hook", None) == self.in_thread:
            threading.settrace(None)

    def is_own(self, function):
        return function == self.in_thread

    # The loaded tracer is to belong to whole coverage: a second one would be empty.
    def before_import(self):
        make_spec, own, spec = BOOTSTRAP.ModuleSpec, self.module, self.spec

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

    def handed_over(self, tracer, collector):
        tracer.check_include, tracer.disable_plugin = collector.check_include, collector.disable_plugin
        tracer.switch_context = collector.switch_context
        return tracer


light_class = TracerLight

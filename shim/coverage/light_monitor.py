# A Light that records by sys.monitoring, as coverage's SysMonitor does.


class MonitorLight(Light):
    kind = "s"

    def load(self):
        names = rebuilt(self.settings["monitor"], self.multiline_map)
        self.tracer_class, self.map_of_tokens = names["SysMonitor"], names.get("multiline_map_from_tokens")
        # Now, because the program may clear sys.modules.
        self.input = sys.modules["_io"]
        if self.settings["branch"]:
            self.tokenizer = (sys.modules.get("_tokenize") or loaded("_tokenize", "")).TokenizerIter
        self.disposition_class = type("FileDisposition", (), {})

    def start_recording(self):
        tracer = self.tracer_class()
        self.equip(tracer)
        tracer.start()
        self.tracers.append(tracer)
        return True

    # As compute_multiline_map() of coverage.
    def multiline_map(self, filename):
        try:
            return multiline_map_of(filename, self.input, self.tokenizer, self.map_of_tokens)
        except NotClear:
            if not self.promote():
                return {}
            return sys.modules["coverage.sysmon"].compute_multiline_map(filename)

    # Code of files about which there was a doubt is looked at again. The functions that sys.monitoring calls are bound to
    # `tracer`, so both have one state.
    def handed_over(self, tracer, collector):
        for code in tracer.code_objects:
            if code.co_filename in self.doubts:
                tracer.code_infos.pop(id(code), None)
        tracer.code_objects[:] = [code for code in tracer.code_objects if code.co_filename not in self.doubts]
        if self.doubts:
            sys.monitoring.restart_events()
        monitor_class = sys.modules["coverage.sysmon"].SysMonitor
        monitor = monitor_class.__new__(monitor_class)
        monitor.__dict__ = tracer.__dict__
        return monitor


light_class = MonitorLight

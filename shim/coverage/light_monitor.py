# A Light that records by sys.monitoring, as coverage's SysMonitor does.


# As get_python_source() of coverage.
def source_text(filename):
    try:
        file = posix.open(filename, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        if any(suffix + "/" in filename for suffix in (".zip", ".whl", ".egg", ".pex", ".par")):
            raise NotClear(filename) from None
        raise
    try:
        parts = [posix.read(file, 1 << 20)]
        while parts[-1]:
            parts.append(posix.read(file, 1 << 20))
    finally:
        posix.close(file)
    source = b"".join(parts).replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\f", b" ")
    for line in source.split(b"\n", 2)[:2]:
        told = line.partition(b"coding")[2]
        if told[:1] in (b":", b"=") and told[1:].split()[:1] not in ([b"utf-8"], [b"utf8"]):
            raise NotClear(filename)
    text = source[3 if source.startswith(b"\xef\xbb\xbf") else 0 :].decode()
    return text if text.endswith("\n") or not text else text + "\n"


class MonitorLight(Light):
    kind = "s"

    def load(self):
        names = rebuilt(self.settings["monitor"], self.multiline_map)
        self.tracer_class, self.map_of_tokens = names["SysMonitor"], names.get("multiline_map_from_tokens")
        self.tokenizer = loaded("_tokenize", "").TokenizerIter if self.settings["branch"] else None
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
            text = source_text(filename)
        except OSError:
            return {}
        except (NotClear, UnicodeDecodeError):
            if not self.promote():
                return {}
            return sys.modules["coverage.sysmon"].compute_multiline_map(filename)
        return multiline_map_of(text, self.tokenizer, self.map_of_tokens)

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

# Describes the Coverages that measure here to journal.cc. Runs in the user's program: no output, no import that the
# program has not made.


# The descriptions of new Coverages; None for one that can have no journal. `is_starting`: a Coverage is about to
# measure, so that its start() is among the callers.
def look(is_starting, _seen={}):
    import sys

    coverage = sys.modules.get("coverage")
    running = list(getattr(getattr(coverage, "Coverage", None), "_instances", ()))
    frame = sys._getframe() if is_starting else None
    while frame is not None:
        code = frame.f_code
        if code.co_name == "start" and code.co_filename.endswith("coverage/control.py"):
            starting = frame.f_locals["self"]
            if getattr(starting, "_collector", None) is not None:
                running.append(starting)
        frame = frame.f_back
    found = []
    for current in running:
        collector = getattr(current, "_collector", None)
        # A Coverage without a collector is of an unknown kind; describe() fails, so that it gets no journal.
        new = current if collector is None else collector
        if id(new) in _seen:
            continue
        _seen[id(new)] = new
        try:
            found.append(describe(coverage, current, collector))
        except Exception:
            found.append(None)
    return found


def describe(coverage, current, collector):
    import json
    import os
    import sys

    data = collector.covdata
    core = getattr(collector, "core", None) or collector
    tracer = getattr(core, "tracer_class", None) or collector._trace_class
    kind = {"CTracer": "c", "PyTracer": "p", "SysMonitor": "s"}.get(tracer.__name__)
    # Coverage before 6.0 does not record into sets. Free-threaded builds have another layout, and no lock that a
    # journal's writer could rely on.
    can_have = kind and coverage.version_info >= (6, 0) and "t" not in getattr(sys, "abiflags", "")
    if not can_have or os.environ.get("COVENV_JOURNAL") in ("0", "off", "no", "false"):
        return None
    if getattr(current, "_no_disk", False) or getattr(current, "_covenv_left_to_coverage", False):
        return None
    if is_of_another_user(os, run_of(os)):
        return None
    bits = 28
    if kind == "c" and collector.branch:
        bits = bits_of_packed_lines(type(collector))
        if bits is None:
            return None
    files = sys.modules["coverage.files"]
    config = plain_config(current.config)
    settings, started_in = resolved(coverage, current)
    config.update(settings)
    folder, base = os.path.split(data.base_filename())
    about = {
        "branch": bool(collector.branch),
        "bits": bits,
        "relative_to": files.RELATIVE_DIR if current.config.relative_files else None,
        "folder": started_in,
        "config": config,
        "keeps_empty": keeps_empty(coverage, collector),
        "file": data.data_filename(),
        "has_suffix": data.data_filename() != data.base_filename(),
    }
    where = os.environ.get("COVENV_JOURNAL", "1")
    folders = (where, "") if where.startswith("/") else ("/dev/shm", folder)
    return (
        kind,
        tracer,
        collector.data,
        collector.file_tracers,
        json.dumps(about).encode(),
        context_of(data, collector),
        os.fsencode(folders[0]),
        os.fsencode(folders[1]),
        key_of(folder, base),
        run_of(os),
        os.fsencode(data.base_filename()),
        os.fsencode(sys.executable or ""),
        os.fsencode(home_of(coverage)),
        b"1" if will_be_combined(current) else b"",
        lambda told: follow(current, collector, told),
    )


def context_of(data, collector):
    return (getattr(data, "_current_context", None) or collector.static_context or "").encode("utf-8", "surrogateescape")


# The name of the run: the same in all its processes. `covenv run` or else the first measured process begins a run.
def run_of(os, _own=[]):
    run = os.environ.get("COVENV_RUN") or os.environ.get("COVENV_SESSION")
    if not run and not _own:
        _own.append("%d-%s" % (os.geteuid(), os.urandom(8).hex()))
    return (run or _own[0]).encode()[:63]


# Calls `told` for all that goes past the tracers.
def follow(current, collector, told):
    def follow_data(data):
        if "set_context" in vars(data):
            return
        set_context = data.set_context

        def set_and_tell(context):
            before = set_context(context)
            told("context", (context or "").encode("utf-8", "surrogateescape"))
            return before

        data.set_context = set_and_tell

    reset, use_data, disable, save = collector.reset, collector.use_data, collector.disable_plugin, current.save
    flush = collector.flush_data

    def reset_and_tell():
        reset()
        told("reset", collector.data, collector.file_tracers)

    # Lines get the context that is set when they are flushed, not always the one in which they were recorded.
    def flush_and_tell():
        has_flushed = flush()
        if has_flushed:
            told("flushed")
        return has_flushed

    def use_and_tell(data, context):
        follow_data(data)
        use_data(data, context)

    def disable_and_tell(disposition):
        disable(disposition)
        told("plugin off", disposition.file_tracer._coverage_plugin._coverage_plugin_name.encode())

    # A plugin that fails for a new file is disabled in place, without a call that could be replaced.
    def should_trace_and_tell(filename, frame):
        disposition = should_trace(filename, frame)
        for plugin in current._plugins.file_tracers:
            if not plugin._coverage_enabled and plugin not in disabled:
                disabled.append(plugin)
                told("plugin off", plugin._coverage_plugin_name.encode())
        return disposition

    def save_and_tell():
        told("saving")
        save()
        told("saved")

    collector.reset = reset_and_tell
    collector.flush_data = flush_and_tell
    collector.use_data = use_and_tell
    collector.disable_plugin = disable_and_tell
    current.save = save_and_tell
    if current._plugins.file_tracers:
        disabled, should_trace = [], current._inorout.should_trace
        current._inorout.should_trace = should_trace_and_tell
    follow_data(collector.covdata)
    for tracer in collector.tracers + starting_tracers():
        if hasattr(tracer, "disable_plugin"):
            tracer.disable_plugin = disable_and_tell


# Tracers that are about to start, which are not in their collector's list yet.
def starting_tracers():
    import sys

    frame, found = sys._getframe(), []
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_start_tracer" and code.co_filename.endswith("coverage/collector.py"):
            found += filter(None, [frame.f_locals.get("tracer")])
        frame = frame.f_back
    return found

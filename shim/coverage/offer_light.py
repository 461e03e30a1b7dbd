# What a child needs to measure without the package coverage (light.py): settings, and a data file without data. Made in a
# process in which coverage measures. If coverage is not as this code knows it, children start whole coverage.
TRACER_NAMES = {
    "__call__", "activity", "check_include", "concur_id_func", "data", "disable_plugin", "file_tracers", "get_stats",
    "lock_data", "reset_activity", "should_start_context", "should_trace", "should_trace_cache", "start", "stop",
    "switch_context", "trace_arcs", "unlock_data", "warn",
}
DISPOSITION_NAMES = {
    "canonical_filename", "file_tracer", "has_dynamic_filename", "original_filename", "reason", "source_filename",
    "trace",
}


# COVENV_TRACER for children with these settings, as a list. The variable names the settings for light.py, or says why
# there are none (LightOffer in core/source_spec.h).
def light_entries(current, settings, tag):
    import binascii
    import json
    import marshal

    key = json.dumps(dict(settings, context=None), sort_keys=True, default=str)
    if getattr(current, "_covenv_light", (None,))[0] != key:
        try:
            known = light_settings(current, settings)
            identity = known
            if isinstance(known, dict):
                # Without coverage's own code, which marshal may write in another way in another process.
                core = "sysmon" if known["monitor"] else "ctrace"
                identity = "%s:%08x" % (core, binascii.crc32(marshal.dumps(dict(known, monitor=core), 2)))
        except Exception:
            known = identity = "-coverage"
        current._covenv_light = key, known, identity
    identity = current._covenv_light[2]
    offer.light = current, identity
    context = "" if identity[0] == "-" else ":" + (settings.get("context") or "")
    return ["COVENV_TRACER=%s:%s%s" % (tag, identity, context)]


# The settings for light.py, of objects that marshal can write; "-settings" or "-coverage" if whole coverage has to
# start.
def light_settings(current, settings):
    import json
    import opcode
    import os
    import pwd
    import sysconfig

    coverage, collector, inorout = sys.modules["coverage"], current._collector, current._inorout
    core = {"CTracer": "ctrace", "SysMonitor": "sysmon"}.get(collector.core.tracer_class.__name__)
    if core is None or "t" in getattr(sys, "abiflags", ""):
        return "-settings"
    tracer = facts_of_c_tracer(collector) if core == "ctrace" else facts_of_monitor(collector)
    omit = inorout.omit_match and inorout.omit_match.re
    if tracer is None or (omit and omit != compiled_pattern(parts_of_pattern(omit.pattern))):
        return "-coverage"
    source = settings.get("source") or []
    folder, base = os.path.split(settings["data_file"])
    # Those that every Python of this prefix has; others come from sys.path. Since 7.14 coverage looks at all schemes.
    schemes = [sysconfig.get_paths(scheme) for scheme in sysconfig.get_scheme_names()]
    third = {paths[name] for paths in schemes for name in ("platlib", "purelib", "scripts") if name in paths}
    third &= set(inorout.third_paths)
    user_base = sysconfig.get_config_var("userbase") or ""
    # A child may have no HOME, or another one.
    home = pwd.getpwuid(os.getuid()).pw_dir
    users = {path for path in third if user_base and path.startswith(user_base + "/")}
    config = plain_config(current.config)
    config.update(settings, context=None, parallel=True)
    about = {"branch": bool(collector.branch), "bits": tracer["bits"] or 28, "config": config, "has_suffix": True}
    about["keeps_empty"] = keeps_empty(coverage, collector)
    known = {
        "python": (sys.implementation.cache_tag, getattr(sys, "abiflags", ""), sys.hexversion, sys.prefix, sys.base_prefix),
        "cores": (os.environb.get(b"COVERAGE_CORE", b""), core.encode()),
        "home": os.fsencode(home_of(coverage)),
        "branch": bool(collector.branch),
        **tracer,
        "keeps_empty": about["keeps_empty"],
        "threads": collector.threading is not None,
        "locks": getattr(collector, "data_lock", None) is not None,
        "relative": bool(settings.get("relative_files")),
        "has_source": bool(source or settings.get("source_dirs") or settings.get("source_pkgs")),
        "folders": [name for name in source if os.path.isabs(name)] + (settings.get("source_dirs") or []),
        "packages": [name for name in source if not os.path.isabs(name)] + (settings.get("source_pkgs") or []),
        "follows_path": hasattr(inorout, "last_sys_path"),
        "namespaces": bool(settings.get("include_namespace_packages")),
        "packages_in_third": sorted(map(os.path.realpath, inorout.source_in_third_paths)),
        "third": sorted(map(os.path.realpath, third - users)),
        "opcodes": opcodes_of_constants(opcode.opmap),
        "user": (home + "/.local", sorted(path[len(user_base) :] for path in users)),
        "never": sorted(map(os.path.realpath, inorout.pylib_paths | inorout.cover_paths)),
        "omit": parts_of_pattern(omit.pattern) if omit else None,
        "sqlite": getattr(sys.modules["_sqlite3"], "__file__", ""),
        "data_file": settings["data_file"],
        "folder": os.fsencode(folder),
        "key": key_of(folder, base),
        "about": json.dumps(about).encode(),
    }
    return known if decides_as_coverage(current, known) else "-coverage"


# What light_tracer.py needs, in settings; None if the tracer is not as that knows it.
def facts_of_c_tracer(collector):
    import os

    module = sys.modules.get("coverage.tracer")
    own_names = [set(dir(kind)) - set(dir(object)) for kind in (module.CTracer, module.CFileDisposition)]
    bits = bits_of_packed_lines(type(collector))
    if collector.core.tracer_class is not module.CTracer or own_names != [TRACER_NAMES, DISPOSITION_NAMES] or bits is None:
        return None
    return {"tracer": os.path.abspath(module.__file__), "bits": bits, "monitor": None}


# What light_monitor.py needs, in settings. Raises what pieces_of_monitor() raises.
def facts_of_monitor(collector):
    sysmon, parser = sys.modules["coverage.sysmon"], sys.modules["coverage.parser"]
    if collector.core.tracer_class is not sysmon.SysMonitor:
        return None
    return {"bits": 0, "monitor": pieces_of_monitor(sysmon, parser, collector, collector.branch)}


# The arguments of _sre.compile() for a pattern of re without flags, so that a child need not import re.
def parts_of_pattern(pattern):
    compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
    parser = sys.modules.get("re._parser") or sys.modules["sre_parse"]
    parsed = parser.parse(pattern, 0)
    names = [None] * parsed.state.groups
    for name, number in parsed.state.groupdict.items():
        names[number] = name
    code = [int(word) for word in compiler._code(parsed, 0)]
    return pattern, int(parsed.state.flags), code, parsed.state.groups - 1, dict(parsed.state.groupdict), tuple(names)


# What light_start() in light.py takes as `known`, for the children of this process; None if whole coverage has to
# start. `path`: the beginning of names for files that live as long as the call. Called once, by C.
def light_for_children(path):
    current, identity = getattr(offer, "light", (None, None))
    settings = current and current._covenv_light[1]
    if not isinstance(settings, dict):
        return None
    try:
        template = checked_template(sys.modules["coverage"], settings, path)
    except Exception:
        return None
    return template and (identity, settings, template)


# Whether the files of modules that are imported here, one of each folder, would be decided in the same way.
def decides_as_coverage(current, settings):
    import itertools
    import os

    def real_path(path):
        return os.path.realpath(path) if os.path.exists(path) else None

    inorout = current._inorout
    chooser = Chooser(settings, os.environb, real_path)
    chooser.is_third_party("/")
    known = {os.path.realpath(path) for path in inorout.third_paths if os.path.exists(path)}
    if known != set(filter(os.path.exists, chooser.third)) | {path for path in chooser.venvs if path}:
        return False
    # Packages are decided by the names of modules, for which coverage needs a frame.
    if settings["packages"]:
        return True
    names = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    of_folder = {os.path.dirname(name): name for name in reversed(names) if isinstance(name, str)}
    for name in itertools.islice(of_folder.values(), 100):
        try:
            chosen = chooser.choose(name, {})
        except NotClear:
            continue
        if chosen[1] != bool(inorout.should_trace(name).trace):
            return False
    return True


# The bytes of a data file without data; None if coverage does not read what light.py writes into that.
def checked_template(coverage, settings, path):
    branch, bits = settings["branch"], settings["bits"]
    empty, sample = path + "-empty", path + "-sample"
    try:
        data = coverage.CoverageData(basename=empty)
        data.add_arcs({}) if branch else data.add_lines({})
        data.close()
        # The suite may have replaced open().
        file = posix.open(empty, posix.O_RDONLY | posix.O_CLOEXEC)
        try:
            template = posix.read(file, 1 << 20)
        finally:
            posix.close(file)
        pairs = [(-1, 1), (1, 300), (300, -1)]
        packed = [abs(a) | abs(b) << bits | (a < 0) << 2 * bits | (b < 0) << 2 * bits + 1 for a, b in pairs]
        packed = packed if bits else pairs
        files = {"/a": set(packed) if branch else {1, 9, 300}}
        write_data(sample, template, settings, "context", files, sys.modules["_sqlite3"])
        read = coverage.CoverageData(basename=sample)
        read.read()
        found = sorted(read.arcs("/a")) == sorted(pairs) if branch else sorted(read.lines("/a")) == [1, 9, 300]
        is_same = found and read.measured_files() == {"/a"} and read.measured_contexts() == {"context"}
        is_same = is_same and read.has_arcs() == branch
        read.close()
        return template if is_same else None
    finally:
        for name in (empty, sample, empty + "-journal", sample + "-journal"):
            try:
                posix.unlink(name)
            except OSError:
                pass

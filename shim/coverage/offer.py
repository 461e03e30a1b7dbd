# Returns the variables by which a child is measured as this process is: a list of "NAME=value", or None if coverage
# does not measure here. If a variable configures children already (`configured`), only those for the folder of coverage
# and for the folder of the relative settings. `is_light`: children may start light (light.py). Runs in the user's
# program: no output, no import that it has not made.
def offer(coverage, configured, is_light, _last=[None, None]):
    import os
    import sys

    measuring = [current for current in coverage.Coverage._instances if current._started]
    combined = [current for current in measuring if will_be_combined(current)]
    if not measuring or not (combined or configured):
        return None
    current = (combined or measuring)[-1]
    python = "COVENV_PYTHON=%s:%s:%s" % (sys.implementation.cache_tag, coverage.__version__, home_of(coverage))
    if configured:
        tag = tag_of_configuration(os.environ)
        entries = [python]
        if not os.environ.get("COVENV_FOLDER", "").startswith(tag):
            entries.append("COVENV_FOLDER=%s:%s" % (tag, resolved(coverage, current)[1]))
        if not os.environ.get("COVENV_SOURCE", "").startswith(tag):
            entries += source_of_configured(coverage, current, tag, is_light)
        return entries
    config = current.config
    data = current._data
    # The child's lines belong to the context of the test that starts it (pytest-cov --cov-context).
    context = getattr(data, "_current_context", None) or config.context
    key = (id(current), context)
    if _last[0] == key:
        return _last[1]

    import base64
    import copy
    import json

    config = copy.copy(config)
    config.parallel = True
    config.context = context
    vars(config).update(resolved(coverage, current)[0])
    # No patches (subprocess, _exit, fork) in the child, because covenv does their work there.
    if hasattr(config, "serialize"):
        state = json.loads(base64.b64decode(config.serialize()))
        state["patch"] = []
        state["sigterm"] = False
        name, value = "COVERAGE_PROCESS_CONFIG", base64.b64encode(json.dumps(state).encode()).decode()
    else:
        name, value = "COVERAGE_PROCESS_START", write_rc_file(config)
        state = vars(config)
    source = source_entries(current, state, tag_of_configuration({name: value}), is_light)
    entries = [name + "=" + value, python] + source
    _last[:] = [key, entries]
    return entries


# COVENV_SOURCE for a configuration that coverage itself (patch = subprocess) has put into the environment.
def source_of_configured(coverage, current, tag, is_light, _last=[None, []]):
    import os

    if _last[0] != tag:
        import base64
        import json

        _last[:] = [tag, []]
        try:
            state = json.loads(base64.b64decode(os.environ["COVERAGE_PROCESS_CONFIG"]))
            # A relative folder belongs to the folder in which the child starts, and a name may be a folder there.
            omit = [name for name in state.get("run_omit") or () if name[:1] not in ("*", "?")]
            if all(map(os.path.isabs, [*(state["source"] or ()), *(state.get("source_dirs") or ()), *omit])):
                _last[1] = source_entries(current, state, tag, is_light)
        except (KeyError, ValueError):
            pass
    return _last[1]


# The folders from which these modules were imported, without those of this interpreter.
def folders_of(modules):
    import os
    import sys

    for name in modules:
        file = os.path.abspath(getattr(sys.modules.get(name), "__file__", None) or os.path.join(sys.prefix, name))
        is_package = os.path.basename(file).startswith("__init__.")
        for _ in range(1 + name.count(".") + is_package):
            file = os.path.dirname(file)
        if not (file + os.sep).startswith((sys.prefix + os.sep, sys.base_prefix + os.sep)):
            yield file


# COVENV_SOURCE (core/source_spec.h), by which a child starts coverage late; none if coverage has to start early in
# each child, because its settings concern other code than that of the source.
def source_entries(current, settings, tag, is_light):
    import os
    import sys

    # Before 7.10.3 the runner's end removes the configuration.
    can_wait = hasattr(current.config, "serialize") and set(settings.get("patch") or ()) <= {"subprocess"}
    plugins = ["+" + folder for folder in folders_of(settings.get("plugins") or ())]
    early = ("plugins", "run_include", "debug", "dynamic_context", "cover_pylib", "sigterm")
    kinds = {"thread", "multiprocessing"}
    if plugins and ":" not in "".join(plugins):
        return ["COVENV_SOURCE=" + ":".join([tag, *plugins])]
    if not is_light:
        return []
    early_start = ["COVENV_TRACER=%s:-settings" % tag]
    if not can_wait or any(settings.get(name) for name in early) or set(settings.get("concurrency") or ()) - kinds:
        return early_start
    folders = [name for name in settings.get("source") or () if os.path.isabs(name)]
    packages = [name for name in settings.get("source") or () if not os.path.isabs(name)]
    folders += settings.get("source_dirs") or ()
    packages += settings.get("source_pkgs") or ()
    inorout = current._inorout
    others = [path for path in inorout.third_paths if os.path.basename(path) in ("site-packages", "dist-packages")]
    if not folders:
        others += [*inorout.pylib_paths, *inorout.cover_paths]
    entries = [os.path.realpath(folder) for folder in folders] + ["@" + name for name in packages]
    entries += ["=" + sys.prefix]
    own = [path for path in sorted(others) if path.startswith((sys.prefix + os.sep, sys.base_prefix + os.sep))]
    # Children compare real paths, and a virtual environment may be named by a link.
    entries += ["-" + os.path.realpath(path) for path in own]
    is_clear = all(entry not in ("", os.sep) and ":" not in entry for entry in entries)
    value = ":".join([tag, *entries])
    if not is_clear or len(value) >= 4096:
        return early_start
    return ["COVENV_SOURCE=" + value, *light_entries(current, settings, tag)]


# For coverage before 7.10.3, which cannot take its configuration from a variable.
def write_rc_file(config):
    import atexit
    import configparser
    import os
    import tempfile

    def lines(values):
        return "\n" + "\n".join(str(value) for value in values)

    run = {"parallel": "true", "branch": str(bool(config.branch)).lower(), "data_file": config.data_file}
    for option in ("source", "source_pkgs", "run_include", "run_omit", "concurrency", "plugins"):
        values = getattr(config, option, None)
        if values:
            run[option.replace("run_", "")] = lines(values)
    if config.context:
        run["context"] = config.context
    if getattr(config, "relative_files", False):
        run["relative_files"] = "true"
    parser = configparser.RawConfigParser()
    parser["run"] = run
    namespace = "covenv-%d-" % os.stat("/proc/self/ns/pid").st_ino
    owner = os.getpid()
    handle, path = tempfile.mkstemp(prefix="%s%d-" % (namespace, owner), suffix=".rc")
    with os.fdopen(handle, "w") as file:
        parser.write(file)

    def remove():
        if os.getpid() != owner:
            return
        folder = os.path.dirname(path)
        for name in os.listdir(folder):
            # Also the files of killed processes, which could not remove them.
            if name.startswith(namespace) and name.endswith(".rc"):
                pid = name[len(namespace):].partition("-")[0]
                file = os.path.join(folder, name)
                try:
                    if (file == path or not os.path.exists("/proc/" + pid)) and os.lstat(file).st_uid == os.geteuid():
                        os.unlink(file)
                except OSError:
                    pass

    atexit.register(remove)
    return path

# Returns the variables by which a child is measured as this process is: a list of "NAME=value", or None if coverage
# does not measure here. If a variable configures children already (`configured`), only those for the folder of coverage
# and for the folder of the relative settings. Runs in the user's program: no output, no import that it has not made.
def offer(coverage, configured, _last=[None, None]):
    import os
    import sys

    measuring = [current for current in coverage.Coverage._instances if current._started]
    combined = [current for current in measuring if will_be_combined(current)]
    if not measuring or not (combined or configured):
        return None
    current = (combined or measuring)[-1]
    home = os.path.dirname(os.path.dirname(os.path.abspath(coverage.__file__)))
    python = "COVENV_PYTHON=%s:%s:%s" % (sys.implementation.cache_tag, coverage.__version__, home)
    if configured:
        tag = tag_of_configuration(os.environ)
        if os.environ.get("COVENV_FOLDER", "").startswith(tag):
            return [python]
        return [python, "COVENV_FOLDER=%s:%s" % (tag, resolved(coverage, current)[1])]
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
        value = "COVERAGE_PROCESS_CONFIG=" + base64.b64encode(json.dumps(state).encode()).decode()
    else:
        value = "COVERAGE_PROCESS_START=" + write_rc_file(config)
    entries = [value, python]
    _last[:] = [key, entries]
    return entries


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

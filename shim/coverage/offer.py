# What a child needs to be measured as this process is: a list of "NAME=value", or None where coverage does
# not measure here. If it is `configured` already, only where to find coverage, and where its relative settings
# belong. Runs inside somebody else's program: no import that is not there already, no output.
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
    # A test's context (pytest-cov --cov-context) is where the child's lines belong.
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
    # A patch of the parent's (its own subprocess, _exit, fork) is covenv's business in the child.
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


# coverage before 7.10.3 cannot take its configuration from a variable.
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
            # Those of killed processes as well: they could not do so.
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

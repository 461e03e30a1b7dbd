# What a child needs to record by sys.monitoring as coverage does (monitor_code.py): the code of coverage's SysMonitor and
# of all that it calls. A name that monitor_code.py cannot give to the code raises LookupError.

# The names for which monitor_code.py has a stand-in, and the attributes of each; None: the real one.
STAND_INS = {
    "sys": None, "sys_monitoring": None, "DISABLE": None, "log": None, "compute_multiline_map": None,
    "env": {"PYBEHAVIOR"}, "functools": {"partial"}, "inspect": {"currentframe"}, "threading": {"Lock"},
    "collections": {"defaultdict"}, "token": {"NEWLINE"}, "tokenize": {"COMMENT"},
}
# What the collector of coverage gives to a tracer, and light.py too.
EQUIPMENT = {
    "acquire", "append", "branch", "check_include", "concur_id_func", "core", "data", "data_lock", "disable_plugin",
    "file_tracers", "hasattr", "lock_data", "release", "should_start_context", "should_trace", "should_trace_cache", "start",
    "switch_context", "threading", "trace_arcs", "tracer_class", "tracer_kwargs", "tracers", "unlock_data", "warn",
}
MULTILINE_SAMPLE = (
    'import os\n\n@property\ndef f(a,\n      b="(") -> int:  # (\n    """Of\n    two."""\n    return (a +\n\n'
    '            # comment\n            b)\n\nx = 1 + \\\n    2; y = [\n    3]\nz = f"""{\n    x\n}"""\nif x: pass\n'
)


def pieces_of_monitor(sysmon, parser, collector_class, branch):
    import token
    import tokenize

    if sysmon.LOG or sysmon.COLLECT_STATS or set(collector_class._start_tracer.__code__.co_names) - EQUIPMENT:
        raise LookupError
    behaviour = {name: value for name, value in vars(sysmon.env.PYBEHAVIOR).items() if isinstance(value, bool)}
    tokens = {"NEWLINE": token.NEWLINE, "COMMENT": tokenize.COMMENT}
    pieces = {"behaviour": behaviour, "tokens": tokens, "functions": {}, "classes": {}, "values": {}}
    add_piece(pieces, "SysMonitor", sysmon.SysMonitor)
    if branch:
        add_piece(pieces, "multiline_map_from_tokens", parser.multiline_map_from_tokens)
        names = rebuilt(pieces, None)
        mine = multiline_map_of(
            MULTILINE_SAMPLE, sys.modules["_tokenize"].TokenizerIter, names["multiline_map_from_tokens"]
        )
        if not mine or mine != parser.multiline_map_from_text(MULTILINE_SAMPLE):
            raise LookupError
    return pieces


def add_piece(pieces, name, value):
    kinds = [kind for kind in ("functions", "classes", "values") if name in pieces[kind]]
    if isinstance(value, type(add_piece)):
        found = "functions", (value.__code__, value.__defaults__)
        functions = [value]
    elif isinstance(value, type):
        functions, constants = members_of(value)
        methods = {function.__name__: (function.__code__, function.__defaults__) for function in functions}
        found = "classes", (methods, constants)
    elif is_plain_constant(value):
        functions, found = [], ("values", value)
    else:
        raise LookupError(name)
    if kinds:
        if pieces[kinds[0]][name] != found[1]:
            raise LookupError(name)
        return
    pieces[found[0]][name] = found[1]
    for function in functions:
        if function.__closure__ or function.__kwdefaults__ or not is_plain_constant(function.__defaults__ or ()):
            raise LookupError(function.__name__)
        for used, attribute in globals_in(function.__code__):
            if used in STAND_INS:
                if STAND_INS[used] is not None and attribute not in STAND_INS[used]:
                    raise LookupError(used)
            elif used in function.__globals__:
                add_piece(pieces, used, function.__globals__[used])
            elif used not in vars(sys.modules["builtins"]):
                raise LookupError(used)


# The functions of a class, and its constants by name. Without the special methods, of which the code needs __init__()
# alone.
def members_of(kind):
    names = [name for name in vars(kind) if name == "__init__" or not name.startswith(("__", "_abc_"))]
    members = {name: vars(kind)[name] for name in names}
    functions = [value for value in members.values() if isinstance(value, type(members_of))]
    constants = {name: value for name, value in members.items() if is_plain_constant(value)}
    if len(functions) + len(constants) != len(members) or (kind.__bases__ != (object,) and kind.__name__ != "SysMonitor"):
        raise LookupError(kind.__name__)
    return functions, constants


def is_plain_constant(value):
    if isinstance(value, (tuple, set, frozenset)):
        return all(is_plain_constant(item) for item in value)
    return value is None or isinstance(value, (bool, int, str))


# The names of globals that `code` uses, each with the attribute that it takes of it, or None.
def globals_in(code):
    instructions = list(sys.modules["dis"].get_instructions(code))
    for this, following in zip(instructions, [*instructions[1:], None]):
        if this.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            takes = following is not None and following.opname in ("LOAD_ATTR", "LOAD_METHOD")
            yield this.argval, following.argval if takes else None
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from globals_in(constant)

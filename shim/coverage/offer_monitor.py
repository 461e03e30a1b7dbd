# What a child needs to record by sys.monitoring as coverage does (monitor_code.py): the code of coverage's SysMonitor
# and of all that it calls. A name that monitor_code.py cannot give to the code raises LookupError.

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
# What classes have beside their own code. All other special methods may be needed.
NOT_CODE = {
    "__abstractmethods__", "__annotate__", "__annotate_func__", "__annotations__", "__annotations_cache__",
    "__dataclass_fields__", "__dataclass_params__", "__dict__", "__doc__", "__eq__", "__firstlineno__", "__hash__",
    "__match_args__", "__module__", "__parameters__", "__protocol_attrs__", "__replace__", "__repr__",
    "__static_attributes__", "__subclasshook__", "__weakref__", "_abc_impl", "_is_protocol", "_is_runtime_protocol",
}


def pieces_of_monitor(sysmon, parser, collector, branch, _known=[]):
    import token
    import tokenize

    gives, writes = type(collector)._start_tracer.__code__, type(collector).flush_data.__code__
    core = collector.core
    if sysmon.LOG or sysmon.COLLECT_STATS or set(gives.co_names) - EQUIPMENT or core.tracer_kwargs:
        raise LookupError
    # Of the data, coverage writes what is recorded.
    if core.packed_arcs or "packed_arcs" not in writes.co_names:
        raise LookupError
    tokens = {"NEWLINE": token.NEWLINE, "COMMENT": tokenize.COMMENT}
    behaviour = {name: value for name, value in vars(sysmon.env.PYBEHAVIOR).items() if is_plain_constant(value)}
    pieces = {"behaviour": behaviour, "tokens": tokens, "functions": {}, "classes": {}, "values": {}}
    add_piece(pieces, "SysMonitor", sysmon.SysMonitor)
    if branch:
        add_piece(pieces, "multiline_map_from_tokens", parser.multiline_map_from_tokens)
    # Once for a class, because a suite may make many a Coverage.
    if (sysmon.SysMonitor, branch) not in _known:
        if not measures_as_coverage(pieces, sysmon, branch):
            raise LookupError
        _known.append((sysmon.SysMonitor, branch))
    return pieces


# Whether the rebuilt code records for the functions of SysMonitor itself what SysMonitor records. Nothing of
# sys.monitoring is used.
def measures_as_coverage(pieces, sysmon, branch):
    io, tokenizer = sys.modules["_io"], sys.modules["_tokenize"].TokenizerIter

    def compute_multiline_map(filename):
        return multiline_map_of(filename, io, tokenizer, mine["multiline_map_from_tokens"])

    mine = rebuilt(pieces, compute_multiline_map)
    of_class = {name: value for name, value in vars(sysmon.SysMonitor).items() if isinstance(value, type(add_piece))}
    names = dict(vars(sysmon))
    theirs = {
        name: type(value)(value.__code__, names, name, value.__defaults__, value.__closure__)
        for name, value in of_class.items()
    }
    names["SysMonitor"] = type("SysMonitor", sysmon.SysMonitor.__bases__, theirs)
    codes = [value.__code__ for value in of_class.values()]
    found = [recorded_by(known, codes, branch) for known in (mine, names)]
    return found[0] == found[1] and any(found[0][0].values())


# What a SysMonitor records if it is told of all lines, branches and returns of `codes`. `names`: its globals.
def recorded_by(names, codes, branch):
    real, callbacks, calls = sys.monitoring, {}, []

    class Monitoring:
        COVERAGE_ID, DISABLE, events = real.COVERAGE_ID, real.DISABLE, real.events

        def __getattr__(self, name):
            return lambda *given: calls.append((name, given))

        def register_callback(self, tool, event, function):
            callbacks[event] = function

    names["sys_monitoring"] = monitoring = Monitoring()
    names["sys"] = StandIn(monitoring=monitoring, _getframe=sys._getframe)
    monitor = names["SysMonitor"]()
    monitor.data, monitor.trace_arcs, monitor.should_trace_cache = {}, branch, {}
    monitor.lock_data = monitor.unlock_data = lambda: None
    monitor.warn = lambda *_: None
    seen = []

    def should_trace(filename, frame):
        seen.append((filename, frame.f_code is recorded_by.__code__))
        return StandIn(trace=True, source_filename=filename, has_dynamic_filename=False, file_tracer=None)

    monitor.should_trace = should_trace
    monitor.start()
    events = real.events
    told = {events.PY_START, events.LINE}
    if branch:
        told |= {events.PY_RETURN, events.BRANCH_LEFT, events.BRANCH_RIGHT}
    if set(callbacks) != told:
        raise LookupError(callbacks)
    returned = []
    for code in codes:
        returned.append(callbacks[events.PY_START](code, 0))
        offsets = [start for start, end, line in code.co_lines()]
        for line in sorted({line for start, end, line in code.co_lines() if line}):
            returned.append(callbacks[events.LINE](code, line))
        if branch:
            for instruction in sys.modules["dis"].get_instructions(code):
                if "JUMP_IF" in instruction.opname or instruction.opname == "FOR_ITER":
                    at = instruction.offset
                    returned.append(callbacks[events.BRANCH_LEFT](code, at, at + 2))
                    returned.append(callbacks[events.BRANCH_RIGHT](code, at, instruction.argval))
            returned.append(callbacks[events.PY_RETURN](code, offsets[-1], None))
    active = monitor.activity()
    monitor.stop()
    maps = getattr(monitor, "multiline_maps", None)
    return monitor.data, seen, returned, active, maps, sorted(callbacks), calls


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
        defaults = function.__closure__, function.__kwdefaults__, function.__defaults__
        if not is_plain_constant(defaults):
            raise LookupError(function.__name__)
        for used, taken in globals_in(function.__code__):
            if used in STAND_INS:
                if STAND_INS[used] is not None and not (taken and taken[0] in STAND_INS[used]):
                    raise LookupError(used)
                if used == "env" and not (len(taken) == 2 and taken[1] in pieces["behaviour"]):
                    raise LookupError(used)
            elif used in function.__globals__:
                add_piece(pieces, used, function.__globals__[used])
            elif used not in vars(sys.modules["builtins"]):
                raise LookupError(used)


# The functions of a class, and its constants by name.
def members_of(kind):
    members = {name: value for name, value in vars(kind).items() if name not in NOT_CODE}
    functions = [value for value in members.values() if isinstance(value, type(members_of))]
    constants = {name: value for name, value in members.items() if is_plain_constant(value)}
    # Tracer says in types which methods a tracer has.
    bases = [base for base in kind.__bases__ if base is not object and not is_only_for_types(base)]
    if len(functions) + len(constants) != len(members) or bases:
        raise LookupError(kind.__name__)
    return functions, constants


def is_only_for_types(kind):
    return (kind.__module__, kind.__name__) == ("coverage.types", "Tracer") and getattr(kind, "_is_protocol", False)


def is_plain_constant(value):
    if type(value) in (tuple, set, frozenset):
        return all(is_plain_constant(item) for item in value)
    return value is None or type(value) in (bool, int, str)


def codes_in(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from codes_in(constant)


# The names of globals that `code` uses, each with the attributes that it takes of it: of `env.A.b` A and b. Imports
# raise LookupError.
def globals_in(code):
    for each in codes_in(code):
        instructions = list(sys.modules["dis"].get_instructions(each))
        for at, this in enumerate(instructions):
            if this.opname == "IMPORT_NAME":
                raise LookupError(this.argval)
            if this.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                taken = []
                for following in instructions[at + 1 : at + 3]:
                    if following.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                        break
                    taken.append(following.argval)
                yield this.argval, taken

# The code of coverage's own SysMonitor, without the package coverage.


# What the code of SysMonitor finds under names of modules that it uses little of.
class StandIn:
    def __init__(self, **names):
        self.__dict__.update(names)


class DictOfNew(dict):
    def __init__(self, make):
        self.make = make

    def __missing__(self, key):
        self[key] = value = self.make()
        return value


# The globals of SysMonitor's code, with all that `pieces`, from pieces_of_monitor() in offer_monitor.py, has of it.
def rebuilt(pieces, compute_multiline_map):
    function, method = type(rebuilt), type(StandIn().__init__)
    names = {
        "__builtins__": globals()["__builtins__"],
        "sys": sys,
        "sys_monitoring": sys.monitoring,
        "DISABLE": sys.monitoring.DISABLE,
        "env": StandIn(PYBEHAVIOR=StandIn(**pieces["behaviour"])),
        "functools": StandIn(partial=method),
        "inspect": StandIn(currentframe=sys._getframe),
        "threading": StandIn(Lock=sys.modules["_thread"].allocate_lock),
        "collections": StandIn(defaultdict=DictOfNew),
        "token": StandIn(**pieces["tokens"]),
        "tokenize": StandIn(**pieces["tokens"]),
        "log": lambda message: None,
        "compute_multiline_map": compute_multiline_map,
        **pieces["values"],
    }
    for name, (code, defaults) in pieces["functions"].items():
        names[name] = function(code, names, None, defaults)
    for name, (methods, constants) in pieces["classes"].items():
        functions = {own: function(code, names, None, defaults) for own, (code, defaults) in methods.items()}
        names[name] = type(name, (), {**constants, **functions})
    return names


# As multiline_map_from_text() of coverage.
def multiline_map_of(text, tokenizer, map_of_tokens):
    readline = sys.modules["_io"].StringIO(text).readline
    try:
        return map_of_tokens(tokenizer(readline, extra_tokens=True))
    except SyntaxError:
        return {}

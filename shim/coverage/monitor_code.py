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
        "__name__": "coverage.sysmon",
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


# What a line says of the file's encoding: b"" if it says nothing, None if it is code.
def cookie_in(line):
    line = line.strip()
    if not line.startswith(b"#"):
        return None if line else b""
    for told in line.split(b"coding")[1:]:
        name = told[1:].lstrip(b" \t")
        rest = name.lstrip(b"-_.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if told[:1] in (b":", b"=") and len(rest) < len(name):
            return name[: len(name) - len(rest)]
    return b""


# As the tokenizer calls an encoding. Only those that need no module of encodings.
def encoding_of(cookie, filename):
    name = cookie[:12].lower().replace(b"_", b"-")
    if name in (b"utf-8", b"utf8") or name.startswith(b"utf-8-"):
        return "utf-8"
    for known in (b"latin-1", b"iso-8859-1", b"iso-latin-1"):
        if name == known or name.startswith(known + b"-"):
            return "iso-8859-1"
    if name in (b"ascii", b"us-ascii"):
        return "ascii"
    raise NotClear(filename)


# The text of a source file, as get_python_source() of coverage gives it; None if its encoding is not what it says.
def source_text(filename, input):
    try:
        with input.FileIO(filename, "r") as file:
            source = file.readall()
    except OSError:
        if any(suffix + "/" in filename for suffix in (".zip", ".whl", ".egg", ".pex", ".par")):
            raise NotClear(filename) from None
        raise
    source = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\f", b" ")
    has_mark = source.startswith(b"\xef\xbb\xbf")
    source = source[3:] if has_mark else source
    first = source.split(b"\n", 2)[:2]
    cookie = cookie_in(first[0])
    if cookie != b"":
        del first[1:]
    elif len(first) == 2:
        cookie = cookie_in(first[1])
    encoding = encoding_of(cookie, filename) if cookie else "utf-8"
    if has_mark and encoding != "utf-8":
        raise NotClear(filename)
    try:
        b"\n".join(first).decode(encoding)
    except UnicodeDecodeError:
        return None
    text = source.decode(encoding, "replace")
    return text if text.endswith("\n") or not text else text + "\n"


# As compute_multiline_map() of coverage. `input`: the module _io; `map_of_tokens`: multiline_map_from_tokens() of coverage.
# Raises NotClear if coverage has to read the file.
def multiline_map_of(filename, input, tokenizer, map_of_tokens):
    try:
        text = source_text(filename, input)
        return {} if text is None else map_of_tokens(tokenizer(input.StringIO(text).readline, extra_tokens=True))
    except (OSError, SyntaxError, ValueError):
        return {}

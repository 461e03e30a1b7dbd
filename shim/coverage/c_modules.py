# Loads C modules that the program does not find in sys.modules.

# Kept, because the program may clear sys.modules. An entry may be None, by which a program forbids an import.
BOOTSTRAP = sys.modules.get("_frozen_importlib")
EXTERNAL = sys.modules.get("_frozen_importlib_external")
MISSING = object()


def put_back(name, entry):
    if entry is MISSING:
        sys.modules.pop(name, None)
    else:
        sys.modules[name] = entry


def is_module(entry, attribute):
    return type(entry) is type(sys) and hasattr(entry, attribute)


# `path`: of the file; "": a module that is part of the interpreter.
def loaded(name, path):
    if path:
        loader = EXTERNAL.ExtensionFileLoader(name, path)
        spec = BOOTSTRAP.ModuleSpec(name, loader, origin=path)
        spec.has_location = True
    else:
        loader = BOOTSTRAP.BuiltinImporter
        spec = BOOTSTRAP.ModuleSpec(name, loader, origin="built-in")
    of_program = sys.modules.get(name, MISSING)
    try:
        module = BOOTSTRAP.module_from_spec(spec)
        loader.exec_module(module)
    finally:
        put_back(name, of_program)
    return module


# CPython's own _sqlite3. Since 3.11 it imports functools, of which it takes lru_cache() alone. The start of functools
# evaluates a text, so that the interpreter forgets that the program dies of an unhandled KeyboardInterrupt.
def sqlite_module(path):
    own = sys.modules.get("_sqlite3")
    if is_module(own, "connect") and getattr(own, "__file__", "") == path:
        return own
    of_program = sys.modules.get("functools", MISSING)
    # A module that another thread imported at a fork has a lock in the child that no thread gives back.
    is_being_imported = getattr(getattr(of_program, "__spec__", None), "_initializing", False)
    if is_being_imported or not is_module(of_program, "lru_cache"):
        stand_in = sys.modules["functools"] = type(sys)("functools")
        stand_in.lru_cache = lambda maxsize: lambda function: function
    try:
        return loaded("_sqlite3", path)
    finally:
        put_back("functools", of_program)

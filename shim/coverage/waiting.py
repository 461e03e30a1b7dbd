# What goes before salvage.py, which most processes need not compile.


# Has `callback` called when the interpreter shuts down: before the program has begun, so that it is the last.
def call_at_end(callback):
    import sys

    before = "atexit" in sys.modules
    import atexit

    atexit.register(callback)
    # Most programs are not measured, and see no module that they have not imported. Since 3.10 what is
    # registered is the interpreter's, no longer the module's.
    if not before and sys.version_info >= (3, 10):
        del sys.modules["atexit"]


# The folders in which journals of a data file may be, if there are any but this process's own; else None.
def folders_with_journals(data_file):
    import os

    where = os.environ.get("COVENV_JOURNAL", "")
    folders = [where] if where.startswith("/") else ["/dev/shm", os.path.dirname(os.path.abspath(os.fsdecode(data_file)))]
    own = "-%d-" % os.getpid()
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        if any(name.startswith(".covenv-j-") and own not in name for name in names):
            return folders
    return None

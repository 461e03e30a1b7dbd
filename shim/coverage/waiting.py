# The part of the salvage that runs before salvage.py, so that most processes need not compile that.


# Makes the interpreter call `callback` when it shuts down. Called before the program begins, so that it is the last.
def call_at_end(callback):
    import sys

    before = "atexit" in sys.modules
    import atexit

    atexit.register(callback)
    # A program must not find modules that it has not imported. Since 3.10 the interpreter, not the module, keeps the
    # registered functions.
    if not before and sys.version_info >= (3, 10):
        del sys.modules["atexit"]


# The folders in which journals of a data file may be, if a journal of another process is there; else None.
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

# What goes before salvage.py, which most processes need not compile.


# Has `callback` called when the interpreter shuts down: before the program has begun, so that it is the last.
def call_at_end(callback):
    import atexit

    atexit.register(callback)


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

# Tells our side of forks.
def follow_forks(in_child, in_parent):
    import os

    os.register_at_fork(after_in_child=in_child, after_in_parent=in_parent)


# In a forked child: makes the coverage that it has inherited its own.
def take_over(coverage):
    import sys

    current = coverage.Coverage.current()
    if current is None:
        return
    # Another thread of the parent's may have held it, and will not give it back here.
    lock = getattr(current._data, "_lock", None)
    if lock is not None:
        current._data._lock = type(lock)()
    if not will_be_combined(current):
        current._covenv_left_to_coverage = True
        return
    # A fixed name (pytest-cov up to 6, `coverage run` without -p) is the parent's, which empties the file when
    # it comes to write.
    if current._data._suffix is not True:
        current._data._suffix = True
    # With `concurrency = multiprocessing` coverage starts another one in such a child, and saves that.
    if getattr(sys.modules.get("multiprocessing"), "_coverage$patched", False):
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename.endswith("multiprocessing/popen_fork.py"):
                current._covenv_left_to_coverage = True
                break
            frame = frame.f_back

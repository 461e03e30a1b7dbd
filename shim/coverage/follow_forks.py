# Registers C functions that follow forks.
def follow_forks(in_child, in_parent):
    import os

    os.register_at_fork(after_in_child=in_child, after_in_parent=in_parent)


# Called in a forked child: makes the inherited Coverage the child's own.
def take_over(coverage):
    import sys

    current = coverage.Coverage.current()
    if current is None:
        return
    # A new lock, because a thread of the parent may have held the old one, and does not exist here.
    lock = getattr(current._data, "_lock", None)
    if lock is not None:
        current._data._lock = type(lock)()
    if not will_be_combined(current):
        current._covenv_left_to_coverage = True
        return
    # Not the fixed name (pytest-cov up to 6, `coverage run` without -p), because the parent will write that file anew.
    if current._data._suffix is not True:
        current._data._suffix = True
    # With `concurrency = multiprocessing` coverage itself starts and saves another Coverage in the child.
    if getattr(sys.modules.get("multiprocessing"), "_coverage$patched", False):
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename.endswith("multiprocessing/popen_fork.py"):
                current._covenv_left_to_coverage = True
                break
            frame = frame.f_back

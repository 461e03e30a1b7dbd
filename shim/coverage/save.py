# Saves what coverage has measured, and returns whether none of that is missing in the data file. Runs on a thread
# of its own, in a process that ends right after. `coverage`: the module; the program may have dropped it from
# sys.modules. `let_go(thread)`: the thread may have been held where it was interrupted.
def save(coverage, let_go):
    import os
    import sys
    import time

    current = coverage.Coverage.current()
    folder = os.path.dirname(coverage.__file__) + os.sep
    own_frame = sys._getframe()

    # An exec can still fail, and then others may save again.
    saving = [True]
    is_ours_to_save = current is not None and not getattr(current, "_covenv_left_to_coverage", False)

    def wait_for_the_end():
        while saving:
            time.sleep(0.01)
        current.save()

    def is_saving(frame):
        # Between stop() and save(), which no function of coverage's holds together.
        if frame.f_code.co_name in ("do_run", "_cleanup") and current is None:
            return True
        while frame is not None and frame is not own_frame and frame.f_code is not wait_for_the_end.__code__:
            code = frame.f_code
            if code.co_name in ("save", "_atexit", "stop", "flush_data") and code.co_filename.startswith(folder):
                return True
            frame = frame.f_back
        return False

    # Two saves at once close each other's database (measured: a crash in 2 to 8 of 100). Those that come wait,
    # those that are at it are waited for.
    if is_ours_to_save:
        saves = current.save
        current.save = wait_for_the_end
    try:
        # One that ends by itself is no longer current() when it comes to save.
        while True:
            threads = [thread for thread, frame in sys._current_frames().items() if is_saving(frame)]
            if not threads:
                break
            for thread in threads:
                let_go(thread)
            time.sleep(0.001)
        if not is_ours_to_save:
            return True
        # Before coverage 7.10 the lines of threads that run on come between ("Set changed size").
        for tries_left in reversed(range(50)):
            try:
                saves()
                break
            except RuntimeError:
                if not tries_left:
                    raise
        data = current._data
        return not data.measured_files() or getattr(data, "_no_disk", False) or os.path.exists(data.data_filename())
    finally:
        if is_ours_to_save:
            current.save = saves
        saving.clear()

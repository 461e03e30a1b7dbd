# Saves what coverage has measured, and returns whether all of that is in the data file. Runs on the saver's thread, in
# a process that ends right after. `coverage`: the module, which the program may have dropped from sys.modules.
# `let_go(thread)`: lets a thread go on that the ask's handler may hold.
def save(coverage, let_go):
    import os
    import sys
    import time

    current = coverage.Coverage.current()
    folder = os.path.dirname(coverage.__file__) + os.sep
    own_frame = sys._getframe()

    # Emptied at the end, because an exec can fail, and then other threads may save again.
    saving = [True]
    is_ours_to_save = current is not None and not getattr(current, "_covenv_left_to_coverage", False)

    def wait_for_the_end():
        while saving:
            time.sleep(0.01)
        current.save()

    def is_saving(frame):
        # The thread may be between stop() and save(), in these callers of both.
        if frame.f_code.co_name in ("do_run", "_cleanup") and current is None:
            return True
        while frame is not None and frame is not own_frame and frame.f_code is not wait_for_the_end.__code__:
            code = frame.f_code
            if code.co_name in ("save", "_atexit", "stop", "flush_data") and code.co_filename.startswith(folder):
                return True
            frame = frame.f_back
        return False

    # Two saves at once close each other's database (measured: a crash in 2 to 8 of 100). So later saves wait for this
    # one, and this one waits for earlier saves.
    if is_ours_to_save:
        saves = current.save
        current.save = wait_for_the_end
    try:
        # Also without a current Coverage, because one that ends by itself is no longer current() when it saves.
        while True:
            threads = [thread for thread, frame in sys._current_frames().items() if is_saving(frame)]
            if not threads:
                break
            for thread in threads:
                let_go(thread)
            time.sleep(0.001)
        if not is_ours_to_save:
            return True
        # Before coverage 7.10, lines from running threads disturb the save ("Set changed size").
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

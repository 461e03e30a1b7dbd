# Tells our side of forks, and gives a forked child a data file of its own.
def follow_forks(in_child, in_parent):
    import os
    import sys

    def after_in_child():
        if not in_child():
            return
        try:
            current = sys.modules["coverage"].Coverage.current()
            # A fixed name (pytest-cov up to 6, `coverage run` without -p) is the parent's, which empties the
            # file when it comes to write.
            if current._data._suffix is not True:
                current._data._suffix = True
        except Exception:
            pass

    os.register_at_fork(after_in_child=after_in_child, after_in_parent=in_parent)

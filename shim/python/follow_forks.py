def follow_forks(in_child, in_parent):
    import os

    os.register_at_fork(after_in_child=in_child, after_in_parent=in_parent)

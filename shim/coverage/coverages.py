# Whether somebody combines what children of this Coverage's process leave: it leaves such files itself, or its
# user has read of `coverage combine`. Children of any other would leave files that nobody expects.
def will_be_combined(current):
    import os
    import sys

    known = vars(current)
    if "_covenv_combined" not in known:
        known["_covenv_combined"] = (
            bool(current.config.parallel)
            or "COVENV_SESSION" in os.environ
            or any(is_coverage_run(frame, current) for frame in sys._current_frames().values())
        )
    return known["_covenv_combined"]


def is_coverage_run(frame, current):
    while frame is not None:
        code = frame.f_code
        if code.co_name == "do_run" and code.co_filename.endswith("coverage/cmdline.py"):
            return getattr(frame.f_locals["self"], "coverage", None) is current
        frame = frame.f_back
    return False


# Those settings of a Coverage that name files, in the folder in which it started: the program may have changed
# its folder since. Coverage has resolved most of them by itself.
def resolved(coverage, current):
    import os

    # Another Coverage that starts elsewhere sets it anew.
    folder = current.__dict__.setdefault("_covenv_folder", coverage.files.RELATIVE_DIR)
    config, inorout = current.config, current._inorout
    source = list(getattr(inorout, "source_dirs", None) or getattr(inorout, "source", None) or ())
    # No folder when coverage started, so a package; children may find a folder there.
    packages = list(inorout.source_pkgs)
    source += [os.path.join(folder, name) for name in config.source or () if name in packages]
    settings = {
        "data_file": current._data.base_filename(),
        "source": source or None,
        "source_pkgs": packages,
        "run_include": inorout.include,
        "run_omit": inorout.omit,
    }
    if hasattr(config, "source_dirs"):
        settings["source_dirs"] = []
    if getattr(config, "debug_file", None):
        settings["debug_file"] = os.path.join(folder, config.debug_file)
    return settings, folder

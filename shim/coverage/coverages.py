# Whether data files of this process's children will be combined: this Coverage leaves files to combine itself, or its
# user runs `coverage run` or `covenv run`. Children of any other Coverage would leave files that no user expects.
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


# The settings of a Coverage that name files, made absolute by the folder in which it has started, because the program
# may have changed its folder since. Coverage itself has resolved most of them.
def resolved(coverage, current):
    import os

    # Kept, because another Coverage that starts in another folder changes RELATIVE_DIR.
    folder = current.__dict__.setdefault("_covenv_folder", coverage.files.RELATIVE_DIR)
    config, inorout = current.config, current._inorout
    source = list(getattr(inorout, "source_dirs", None) or getattr(inorout, "source", None) or ())
    # Coverage took these for packages, because no such folder was there; children may find one.
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

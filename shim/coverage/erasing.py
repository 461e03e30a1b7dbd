# Whether coverage looks for data files to erase them, and not to combine them.
def is_erasing():
    import sys

    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "erase" and frame.f_code.co_filename.endswith("coverage/sqldata.py"):
            return True
        frame = frame.f_back
    return False


# Matches the names of processes' data files that begin with `start`; the group is the pid. NAME.HOST.PID.RANDOM, and
# since coverage 7.3 NAME.HOST.pidPID.XRANDOMx, maybe with .HHASHh behind, or from pytest-cov 6.3 with .c, .m, .wgw0.
def pattern_of_data(start):
    import re

    return re.compile(re.escape(start) + r".*\.(?:pid)?(\d+)\.[^.]+(?:\.(?:H[^.]+h|[a-z]+\d*))?\Z")


# Returns the pids of the processes whose data files coverage is about to erase.
def erased_pids(pattern):
    import os

    folder, base = os.path.split(os.fsdecode(pattern)[: -len("*")])
    name_of_data = pattern_of_data(base)
    try:
        found = [name_of_data.match(name) for name in os.listdir(folder or ".")]
    except OSError:
        return []
    return [int(match.group(1)) for match in found if match]

# Only the user who began the run makes data of journals, and that user cannot read another user's journal. `run`: the
# name of the run, as bytes.
def is_of_another_user(os, run):
    owner = run.partition(b"-")[0]
    if owner.isdigit():
        return int(owner) != os.geteuid()
    try:
        return os.stat(b"/dev/shm/" + run).st_uid != os.geteuid()
    except OSError:
        return False

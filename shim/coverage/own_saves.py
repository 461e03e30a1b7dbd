# Calls `told` when coverage saves by itself (own_saves.cc). Runs in the user's program: no output, no import that the
# program has not made.
def follow(coverage, told, is_forked, _known=[], _saving=[], _saved=[]):
    running = coverage.Coverage._instances
    if is_forked:
        _saving.clear()
        _saved.clear()

    def owes(current):
        if current in _saving:
            return True
        # With `_auto_save` a Coverage saves when the interpreter shuts down.
        is_left = current in _saved or getattr(current, "_covenv_left_to_coverage", False)
        return current._auto_save and not is_left

    def tell(is_last=False):
        told(sum(owes(current) for current in _known), is_last)

    def follow_one(current):
        save = current.save

        def save_and_tell():
            if current not in _saving:
                _saving.append(current)
            tell()
            save()
            _saving.remove(current)
            _saved.append(current)
            tell(not current._started and not running)

        current.save = save_and_tell

    for current in running:
        if "save" not in vars(current):
            follow_one(current)
            _known.append(current)
    tell()

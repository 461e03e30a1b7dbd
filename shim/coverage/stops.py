# True if a program has taken the trace function of a coverage tracer away from the calling thread.
def has_lost_its_tracer(current):
    import sys

    collector = current._collector
    core = getattr(collector, "core", None) or collector
    tracer = getattr(core, "tracer_class", None) or collector._trace_class
    return tracer.__name__ in ("CTracer", "PyTracer") and sys.gettrace() is None


# Called before the program changes a trace function.
def before_change(coverage):
    import sys

    opcode = sys.modules.get("opcode")
    for current in coverage.Coverage._instances:
        if hasattr(current, "_covenv_tracer") and opcode is not None:
            current._covenv_gives_back = not writes_none(sys._getframe(1), opcodes_of_constants(opcode.opmap))


# Called on the main thread after a trace function has changed. Returns whether the program has ended its measuring;
# None if there is no measuring to end.
def has_stopped(coverage):
    import sys

    for current in coverage.Coverage._instances:
        # A program that had a trace function before a late start gives back what was before that: none.
        if getattr(current, "_covenv_gives_back", False) and sys.gettrace() is None:
            sys.settrace(current._covenv_tracer)
    # A Coverage without `_auto_save` is started and saved by the program itself.
    measuring = [current for current in coverage.Coverage._instances if current._started and current._auto_save]
    return all(has_lost_its_tracer(current) for current in measuring) if measuring else None


# Calls `told` when a program ends its own measuring (own_saves.cc). Runs in the user's program: no output, no import
# that the program has not made.
def follow_stops(coverage, told):
    import os
    import sys

    def follow(current):
        stop = current.stop

        def stop_and_tell():
            caller = os.path.dirname(sys._getframe(1).f_code.co_filename)
            is_programs = os.path.basename(caller) not in ("coverage", "pytest_cov")
            if current._started and (is_programs or has_lost_its_tracer(current)):
                told()
            stop()

        current.stop = stop_and_tell

    for current in coverage.Coverage._instances:
        if current._auto_save and "stop" not in vars(current):
            follow(current)

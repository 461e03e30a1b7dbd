# Has `callback` called when the interpreter shuts down: before the program has begun, so that it is the last.
def call_at_end(callback):
    import atexit

    atexit.register(callback)

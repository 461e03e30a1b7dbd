# Whether `frame`, which calls sys.settrace(), writes None as the argument. Such a call ends the measuring, as it would
# with a tracer from the start of the process. Another None was there before a late start, and is given back: with a tracer
# from the start the program would give that tracer back. `opcodes`: the numbers of opcodes_of_constants().
def writes_none(frame, opcodes):
    load, extended, between = opcodes
    code, at = frame.f_code.co_code, frame.f_lasti - 2
    while at >= 0 and code[at] in between:
        at -= 2
    if at < 0 or code[at] != load:
        return False
    index = code[at + 1] + (code[at - 1] << 8 if at >= 2 and code[at - 2] == extended else 0)
    return frame.f_code.co_consts[index] is None


# `numbers`: opcode.opmap.
def opcodes_of_constants(numbers):
    between = [numbers[name] for name in ("CACHE", "PRECALL") if name in numbers]
    return numbers["LOAD_CONST"], numbers["EXTENDED_ARG"], between

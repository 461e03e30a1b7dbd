# Writes data files of coverage's own format, without the package coverage.


# Writes a data file of coverage's own format. `template`: one without data; `files`: name -> lines or pairs.
def write_data(path, template, settings, context, files, sqlite):
    # Until it is whole it has a name that `coverage combine` leaves alone.
    unfinished = path + "-journal"
    file = posix.open(unfinished, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o644)
    try:
        try:
            if posix.write(file, template) != len(template):
                raise OSError("no room")
        finally:
            posix.close(file)
        connection = sqlite.connect(unfinished, isolation_level=None)
        try:
            for statement in ("pragma journal_mode = off", "pragma synchronous = off", "begin"):
                connection.execute(statement)
            if files:
                connection.execute("insert into context (id, context) values (1, ?)", (context,))
            for number, name in enumerate(sorted(files), 1):
                connection.execute("insert into file (id, path) values (?, ?)", (number, name))
                if settings["branch"]:
                    rows = [(number, *pair_of(value, settings["bits"])) for value in sorted(files[name])]
                    insert = "insert into arc (file_id, context_id, fromno, tono) values (?, 1, ?, ?)"
                    connection.executemany(insert, rows)
                elif files[name]:
                    row = number, bits_of_lines(files[name])
                    connection.execute("insert into line_bits (file_id, context_id, numbits) values (?, 1, ?)", row)
            connection.execute("commit")
        finally:
            connection.close()
        posix.rename(unfinished, path)
    except BaseException:
        posix.unlink(unfinished)
        raise


# `bits`: those of a line in a packed pair; 0 if the pairs are not packed.
def pair_of(packed, bits):
    if not bits:
        return packed
    mask = (1 << bits) - 1
    first, second = packed & mask, packed >> bits & mask
    return -first if packed >> 2 * bits & 1 else first, -second if packed >> 2 * bits & 2 else second


def bits_of_lines(lines):
    numbits = bytearray(max(lines) // 8 + 1)
    for line in lines:
        numbits[line // 8] |= 1 << line % 8
    return bytes(numbits)

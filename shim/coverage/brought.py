# Counts what each process has brought to a combine: in its data file, or in a journal that has just become data.
# Runs after salvage.py in the process that is about to combine, below `covenv run` alone.


class Brought:
    def __init__(self):
        self.lines, self.pairs, self.data = {}, {}, {}

    # `bits`: the n-th bit stands for line n.
    def add(self, pid, name, bits):
        files = self.lines.setdefault(pid, {})
        files[name] = files.get(name, 0) | bits

    def add_pairs(self, pid, name, pairs):
        lines = {line for pair in pairs for line in pair if line > 0}
        self.add(pid, name, bits_of(lines))
        self.pairs[pid] = self.pairs.get(pid, 0) + len(pairs)

    def add_journal(self, journal, branch):
        names = NameMap(journal.about)
        self.lines.setdefault(journal.pid, {})
        of_file = {}
        for files in journal.contexts.values():
            for name, values in files.items():
                of_file.setdefault(name, set()).update(values)
        for name, values in of_file.items():
            if values and branch:
                self.add_pairs(journal.pid, names(name), {unpack(value, journal.about["bits"]) for value in values})
            elif values:
                self.add(journal.pid, names(name), bits_of(values))

    def add_data_file(self, path, pid):
        import sqlite3

        self.data[pid] = path
        self.lines.setdefault(pid, {})
        connection = sqlite3.connect(uri_of(path) + "?mode=ro", uri=True)
        try:
            rows = "select file.path, line_bits.numbits from line_bits join file on file.id = file_id"
            for name, numbits in connection.execute(rows):
                self.add(pid, name, int.from_bytes(numbits, "little"))
            pairs = {}
            rows = "select distinct file.path, fromno, tono from arc join file on file.id = file_id"
            for name, first, second in connection.execute(rows):
                pairs.setdefault(name, []).append((first, second))
            for name, those in pairs.items():
                self.add_pairs(pid, name, those)
        finally:
            connection.close()

    # Calls brought(pid, files, lines, pairs, lines that no other process has, data file) for each process, and
    # gained(file, lines without `helped`, lines) for the files in which `helped` processes alone have lines: first for
    # all of them together, by "" and the number of files.
    def tell(self, brought, gained, helped):
        once, more, without = {}, {}, {}
        for pid, files in self.lines.items():
            for name, bits in files.items():
                more[name] = more.get(name, 0) | once.get(name, 0) & bits
                once[name] = once.get(name, 0) | bits
                if pid not in helped:
                    without[name] = without.get(name, 0) | bits
        for pid, files in self.lines.items():
            lines = sum(map(count, files.values()))
            only = sum(count(bits & ~more[name]) for name, bits in files.items())
            brought(pid, sum(map(bool, files.values())), lines, self.pairs.get(pid, 0), only, self.data.get(pid, ""))
        gains = [(count(without.get(name, 0)), count(bits), name) for name, bits in once.items()]
        gains = sorted((gain for gain in gains if gain[0] != gain[1]), key=lambda gain: gain[0] - gain[1])
        if gains:
            gained("", sum(gain[0] for gain in gains), sum(gain[1] for gain in gains), len(gains))
        for before, after, name in gains[:MOST_GAINS]:
            gained(name, before, after, 1)


MOST_GAINS = 20


def bits_of(lines):
    bits = bytearray(max(lines, default=0) // 8 + 1)
    for line in lines:
        bits[line // 8] |= 1 << line % 8
    return int.from_bytes(bits, "little")


def count(bits):
    return bin(bits).count("1")


# The data files of processes in a folder, without those that `ours` holds: path, pid.
def data_files(folder, base, ours):
    name_of_data = pattern_of_data(base + ".")
    for name in os.listdir(folder):
        match = name_of_data.match(name)
        path = os.path.join(folder, name)
        if match and path not in ours and not name.endswith("-journal"):
            yield path, int(match.group(1))


# `salvage`: has just made data of journals. `helped_in_session(add)` adds the pids of processes that would not have
# been measured, or not to their end, without covenv.
def count_brought(salvage, folder, base, brought, gained, helped_in_session):
    counted = Brought()
    helped = {journal.pid for journal, _ in salvage.taken}
    helped_in_session(helped.add)
    for journal, branch in salvage.taken:
        counted.add_journal(journal, branch)
    for path, pid in data_files(folder, base, {kept[2] for kept in salvage.kept}):
        try:
            counted.add_data_file(path, pid)
        except Exception:
            continue  # coverage itself will complain about the file
    counted.tell(brought, gained, helped)

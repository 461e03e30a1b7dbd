# Counts what each process has brought to a combine: in its data file, or in a journal that has just become data.
# Runs after salvage.py in the process that is about to combine, below `covenv run` alone.
MOST_GAINS = 20
MOST_SECONDS = 0.3
MOST_BYTES = 20 << 20
LAST_LINE = 1 << 20  # generated code and damaged files may name any line
STEPS_BETWEEN_LOOKS = 10000
# What the session knows of a process (session/recorder.h, HelpFact).
HELP_CONFIGURED, HELP_STARTED, HELP_STARTED_OTHERWISE, HELP_SAVED, HELP_WORKER = range(5)


# Counting would take too long beside the combine.
class TooMuch(Exception):
    pass


class Budget:
    def __init__(self):
        self._end = time.monotonic() + MOST_SECONDS
        self._bytes = MOST_BYTES

    def is_over(self):
        return time.monotonic() > self._end

    def take(self, size=0):
        self._bytes -= size
        if self._bytes < 0 or self.is_over():
            raise TooMuch


class Brought:
    # `helped`: pids. `name_of`: the name that the combined data have for a file.
    def __init__(self, budget, helped, name_of):
        self.budget, self.helped, self.name_of = budget, helped, name_of
        self.lines, self.pairs, self.data = {}, {}, {}
        self.there = {}  # the lines that the combined file has had before
        self.arcs = {}  # file -> pairs of lines without `helped`, those of `helped`

    # `bits`: the n-th bit stands for line n.
    def add_pairs(self, files, name, pairs, is_helped):
        add(files, name, bits_of({line for pair in pairs for line in pair if line > 0}))
        self.arcs.setdefault(name, (set(), set()))[is_helped].update(pairs)

    def add_journal(self, journal, branch):
        self.budget.take(journal.used * 8)
        names = NameMap(journal.about)
        is_helped = journal.pid in self.helped
        files = self.lines.setdefault(journal.pid, {})
        of_file = {}
        for those in journal.contexts.values():
            for name, values in those.items():
                of_file.setdefault(name, set()).update(values)
        for name, values in of_file.items():
            self.budget.take()
            if values and branch:
                pairs = {unpack(value, journal.about["bits"]) for value in values}
                self.add_pairs(files, self.name_of(names(name)), pairs, is_helped)
                self.pairs[journal.pid] = self.pairs.get(journal.pid, 0) + len(pairs)
            elif values:
                add(files, self.name_of(names(name)), bits_of(values))

    def add_data_file(self, path, pid):
        self.data[pid] = path
        pairs = self._add_file(path, self.lines.setdefault(pid, {}), self.name_of, pid in self.helped)
        self.pairs[pid] = self.pairs.get(pid, 0) + pairs

    def add_what_is_there(self, path):
        self._add_file(path, self.there, lambda name: name, False)

    # Neither waits for a lock nor leaves a file beside the data file.
    def _add_file(self, path, files, name_of, is_helped):
        import sqlite3

        self.budget.take(os.stat(path).st_size)
        connection = sqlite3.connect(uri_of(path) + "?mode=ro&immutable=1", uri=True, timeout=0)
        try:
            connection.set_progress_handler(self.budget.is_over, STEPS_BETWEEN_LOOKS)
            rows = "select file.path, line_bits.numbits from line_bits join file on file.id = file_id"
            for name, numbits in connection.execute(rows):
                self.budget.take()
                add(files, name_of(name), int.from_bytes(numbits[: LAST_LINE // 8], "little"))
            pairs, count_of_pairs = {}, 0
            rows = "select distinct file.path, fromno, tono from arc join file on file.id = file_id"
            for name, first, second in connection.execute(rows):
                pairs.setdefault(name_of(name), []).append((first, second))
                count_of_pairs += 1
            for name, those in pairs.items():
                self.budget.take()
                self.add_pairs(files, name, those, is_helped)
            return count_of_pairs
        finally:
            connection.close()

    # Calls brought(pid, files, lines, pairs, lines that no other process has, data file) for each process, and
    # gained(file, lines without `helped`, lines, 1, percent without, percent) for the files in which `helped` processes
    # alone have lines: first for all of them together, by "" and the number of files. `percents`: see percents.py.
    def tell(self, brought, gained, percents):
        once, more, without = {}, {}, dict(self.there)
        for pid, files in self.lines.items():
            self.budget.take()
            for name, bits in files.items():
                more[name] = more.get(name, 0) | once.get(name, 0) & bits
                once[name] = once.get(name, 0) | bits
                if pid not in self.helped:
                    without[name] = without.get(name, 0) | bits
        told = []
        for pid, files in self.lines.items():
            self.budget.take()
            lines = sum(map(count, files.values()))
            only = sum(count(bits & ~more[name]) for name, bits in files.items())
            files = sum(map(bool, files.values()))
            told.append((pid, files, lines, self.pairs.get(pid, 0), only, self.data.get(pid, "")))
        gains = []
        for name, bits in once.items():
            before = without.get(name, 0)
            gains.append((count(before), count(bits | before), name))
        gains = sorted((gain for gain in gains if gain[0] != gain[1]), key=lambda gain: gain[0] - gain[1])
        self.budget.take()
        for one in told:
            brought(*one)
        if gains:
            both = sum(gain[0] for gain in gains), sum(gain[1] for gain in gains)
            gained("", *both, len(gains), NO_PERCENT, NO_PERCENT)
        for before, after, name in gains[:MOST_GAINS]:
            gained(name, before, after, 1, *percents.of(name, without.get(name, 0), once[name], self.arcs.get(name)))


def add(files, name, bits):
    files[name] = files.get(name, 0) | bits


def bits_of(lines):
    lines = [line for line in lines if line < LAST_LINE]
    bits = bytearray(max(lines, default=0) // 8 + 1)
    for line in lines:
        bits[line // 8] |= 1 << line % 8
    return int.from_bytes(bits, "little")


def count(bits):
    return bin(bits).count("1")


# The data files in a folder that a combine takes, without those that `ours` holds: path, pid. The pid is None for a
# file that somebody else has named.
def data_files(folder, base, ours):
    name_of_data = pattern_of_data(base + ".")
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.startswith(base + ".") and path not in ours and not name.endswith("-journal"):
            match = name_of_data.match(name)
            yield path, int(match.group(1)) if match else None


# The frame of coverage's combine_parallel_data(), or None.
def frame_of_combine():
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_name != "combine_parallel_data":
        frame = frame.f_back
    return frame


# The file to whose data coverage is about to add, as with --append, or None.
def file_with_data(values):
    data = values.get("data")
    # Data that are not in use are erased first.
    if not data or not getattr(data, "_have_used", True):
        return None
    path = data.data_filename()
    return path if os.path.isfile(path) else None


# Whether a process would not have been measured, or not to its end, without covenv. In doubt not: a process that has
# started a Coverage of its own beside covenv's would have started this one anyway.
def is_helped(facts, is_taken):
    if HELP_WORKER in facts:
        return False
    is_by_covenv = HELP_CONFIGURED in facts and facts.count(HELP_STARTED) == 1 and HELP_STARTED_OTHERWISE not in facts
    return is_taken or HELP_SAVED in facts or is_by_covenv


# `salvage`: has just made data of journals. `facts_of_session(add)` calls add(pid, fact).
def count_brought(salvage, folder, base, brought, gained, facts_of_session):
    frame = frame_of_combine()
    values = frame.f_locals if frame else {}
    try:
        facts = {journal.pid: [] for journal, _ in salvage.taken}
        facts_of_session(lambda pid, fact: facts.setdefault(pid, []).append(fact))
        # A process that still runs may save by itself.
        taken = {journal.pid for journal, _ in salvage.taken if journal.is_claim}
        helped = {pid for pid, its in facts.items() if is_helped(its, pid in taken)}
        counted = Brought(Budget(), helped, NameInData(values.get("aliases")))
        there = file_with_data(values)
        if there is not None:
            counted.add_what_is_there(there)
        for journal, branch in salvage.taken:
            counted.add_journal(journal, branch)
        are_all_counted = not values.get("data_paths")
        for path, pid in data_files(folder, base, {kept[2] for kept in salvage.kept}):
            if pid is None:
                are_all_counted = False
                continue
            try:
                counted.add_data_file(path, pid)
            except TooMuch:
                raise
            except Exception:
                counted.budget.take()  # coverage itself will complain about the file
        coverage = frame.f_back.f_locals.get("self") if frame and are_all_counted else None
        counted.tell(brought, gained, Percents(coverage))
    except TooMuch:
        pass

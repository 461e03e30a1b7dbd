# Makes coverage's data files of journals (session/journal_layout.h, core/journal_words.h). The journal of a process
# that has ended is claimed by renaming it, and removed when its data are written. The journal of a process that still
# runs is read, and stays.
import array
import json
import os
import random
import re
import socket
import stat
import string
import struct
import sys
import time

MAGIC = 0x4A564E45564F4331
VERSION = 1
HEADER = struct.Struct("=QIIiiQQQQQ64s1024s1024s1024s")
TAKEN_AT = struct.calcsize("=QIIiiQQQQ")
WORDS_AT = 4096
LARGEST = 1 << 30
NAME = re.compile(r"\.covenv-j-([0-9a-f]{16})-\d+-[0-9a-f]{16}(~\d+~\d+)?")
CODE_HEADER = struct.Struct("=QqQQ")
CODE_FOLDER, CODE_PREFIX = "/dev/shm", ".covenv-c-"
# A file that lives for a moment, while the compiled code is made: pid, start time and pid namespace of its process.
MOMENTARY = re.compile(r"\.covenv-t-(\d+)-(\d+)-(\d+)-\w+(-journal)?")
STALE_AFTER = 24 * 3600
ERASED = -1
FIRST_PID_NAMESPACE = 0xEFFFFFFC  # PROC_PID_INIT_INO of the kernel
ABOUT, FILE, FILE_TRACER, PLUGIN_OFF, CONTEXT, RESET, SAVING, SAVED, FLUSHED = range(2, 11)
MARK = 3 << 62
VALUE, SET = 1 << 62, 2 << 62
PAYLOAD = (1 << 62) - 1


ABOUT_TYPES = {
    "branch": bool,
    "bits": int,
    "relative_to": (str, type(None)),
    "folder": str,
    "config": dict,
    "keeps_empty": bool,
    "file": str,
    "has_suffix": bool,
}


# Raised for a broken journal, which is left alone. The reason is reported.
class BadJournal(Exception):
    pass


# The start time of a process, in clock ticks since boot; None if the process has ended.
def start_time(pid):
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def pid_namespace():
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def text_of(field):
    return os.fsdecode(field.split(b"\0", 1)[0])


# The URI by which sqlite3 opens a file.
def uri_of(path):
    quoted = re.sub(rb"[^\w./-]", lambda match: b"%%%02x" % match[0][0], os.fsencode(os.path.abspath(path)))
    return "file://" + quoted.decode()


# Whether an error of sqlite3 proves that the file is damaged. After any other error (a lock, no memory, a failed read)
# the file may be whole.
def tells_damage(problem):
    return any(words in str(problem) for words in ("malformed", "not a database", "no such table", "readonly database"))


# A file that names the process which has written it: `pid`, `started`, `namespace`.
class FileOfProcess:
    # None if that cannot be known, because the process is of another pid namespace.
    def is_dead(self):
        own = pid_namespace()
        if self.namespace == own:
            return start_time(self.pid) != self.started
        if self.namespace == 0 or own != FIRST_PID_NAMESPACE:
            return None
        return not any(self._is_process(pid) for pid in os.listdir("/proc") if pid.isdigit())

    # Only called in the first pid namespace, which sees all processes.
    def _is_process(self, pid):
        try:
            return os.stat("/proc/%s/ns/pid" % pid).st_ino == self.namespace and start_time(int(pid)) == self.started
        except OSError:
            return False


# The present content of one journal.
class Journal(FileOfProcess):
    def __init__(self, path):
        self.path = path
        match = NAME.fullmatch(os.path.basename(path))
        if match is None:
            raise BadJournal("it has not the name of a journal")
        self.key = match[1]
        # The name proves nothing, so the file has to be regular, this user's own, and closed to all others.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_nlink != 1:
                raise BadJournal("it is no private file")
            if status.st_uid != os.geteuid():
                raise BadJournal("it is another user's")
            if not WORDS_AT <= status.st_size <= LARGEST:
                raise BadJournal("it has %d bytes" % status.st_size)
            self.changed = status.st_mtime
            head = os.read(fd, HEADER.size)
            if len(head) != HEADER.size:
                raise BadJournal("it is cut short")
            (magic, version, owner, self.pid, _, self.started, self.namespace, self.used, self.dropped, self.taken,
             *texts) = HEADER.unpack(head)
            if magic != MAGIC or version != VERSION or owner != status.st_uid:
                raise BadJournal("it is of another version, or none of covenv's")
            self.run, self.data_file, self.executable, self.home = map(text_of, texts)
            self._words = b""
            count = min(self.used, (status.st_size - WORDS_AT) // 8)
            self.is_cut = count != self.used
            os.lseek(fd, WORDS_AT, os.SEEK_SET)
            while len(self._words) < count * 8:
                piece = os.read(fd, count * 8 - len(self._words))
                if not piece:
                    raise BadJournal("it is cut short")
                self._words += piece
        finally:
            os.close(fd)

    def is_own(self):
        return self.pid == os.getpid() and self.is_dead() is False

    # Reads the words into `about`, `contexts` (context -> file -> values), `file_tracers`, and `is_saved`: whether
    # coverage itself has written all of that.
    def read(self):
        words = array.array("Q", self._words)
        memory = memoryview(self._words)
        self.about, self.file_tracers, disabled = None, {}, set()
        contexts, files, context, names = {}, {}, "", {}
        values = None

        def flush():
            flushed = contexts.setdefault(context, {})
            for name, those in files.items():
                flushed.setdefault(name, set()).update(those)
                those.clear()

        new_since, is_saved, is_erased = True, False, False
        self.has_values = False
        at, end = 0, len(words)
        while at < end:
            word = words[at]
            at += 1
            if word < SET:
                if word >= VALUE and values is not None:
                    values.add(word & PAYLOAD)
                    new_since, is_erased = True, False
                    self.has_values = True
                continue
            if word < MARK:
                name = names.get(word & PAYLOAD)
                values = files.setdefault(name, set()) if name is not None else None
                continue
            kind, size = word >> 32 & 0xFF, word & 0xFFFFFFFF
            text = bytes(memory[at * 8 : at * 8 + size])
            at += (size + 7) // 8
            if at > end:
                raise BadJournal("an entry is longer than the journal")
            if kind == ABOUT:
                self.about = json.loads(text)
            elif kind == FILE:
                names[int.from_bytes(text[:8], "little")] = name = text[8:].decode("utf-8", "surrogateescape")
                files.setdefault(name, set())
                is_erased = False
            elif kind == FILE_TRACER:
                length = 8 + int.from_bytes(text[:8], "little")
                name = text[8:length].decode("utf-8", "surrogateescape")
                self.file_tracers[name] = text[length:].decode("utf-8", "surrogateescape")
            elif kind == PLUGIN_OFF:
                disabled.add(text.decode("utf-8", "surrogateescape"))
            elif kind == CONTEXT:
                context = text.decode("utf-8", "surrogateescape")
            elif kind == FLUSHED:
                flush()
            elif kind == RESET:
                contexts, files, names, values, self.file_tracers = {}, {}, {}, None, {}
                is_erased = True
            elif kind == SAVING:
                new_since = False
            elif kind == SAVED:
                is_saved = True
        flush()
        for name, kind in ABOUT_TYPES.items():
            if not isinstance(self.about, dict) or not isinstance(self.about.get(name), kind):
                raise BadJournal("it does not say what it is of")
        # A process that has measured nothing since an erase would save nothing.
        self.is_saved = is_erased or (is_saved and not new_since)
        self.contexts = contexts
        self.file_tracers = {name: plugin for name, plugin in self.file_tracers.items() if plugin not in disabled}
        return self

    # Claims the journal for this process as long as it lives. False if another process was faster.
    def claim(self):
        claimed = "%s~%d~%d" % (self.path.partition("~")[0], os.getpid(), start_time(os.getpid()) or 0)
        try:
            os.rename(self.path, claimed)
        except FileNotFoundError:
            return False
        self.path = claimed
        return True

    def give_back(self):
        free = self.path.partition("~")[0]
        os.rename(self.path, free)
        self.path = free

    def is_claimed(self):
        parts = self.path.split("~")
        return len(parts) == 3 and start_time(int(parts[1])) == int(parts[2])

    # Notes how many words have become data, for the next process that reads the journal.
    def note_taken(self):
        fd = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.pwrite(fd, struct.pack("=Q", self.used), TAKEN_AT)
        finally:
            os.close(fd)


# The journals in these folders whose data file has this key; all journals if `key` is None.
def find(folders, key=None):
    found = []
    for folder in dict.fromkeys(folders):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in sorted(names):
            match = NAME.fullmatch(name)
            if not match or key not in (None, match[1]):
                continue
            try:
                found.append(Journal(os.path.join(folder, name)))
            except (OSError, BadJournal):
                continue
    return found


def key_of(folder, base):
    import hashlib

    status = os.stat(folder)
    text = "%d:%d:%s" % (status.st_dev, status.st_ino, base)
    return hashlib.blake2b(os.fsencode(text), digest_size=8).hexdigest()


# Makes data files of journals. `kept`: a row (pid, words that had no room, data file or "", whether a line is in it)
# for each journal that has become data.
class Salvage:
    def __init__(self, told=None, is_final=False, fallback=None):
        self.told = told
        self.kept = []
        self.taken = []  # pairs of a journal that has become data, and whether its values are pairs of lines
        self.is_final = is_final  # the run is over: living processes are left alone
        self.fallback = fallback  # the folder for data whose own folder is missing
        self.problems = []
        self._unexecuted = {}

    # `data_file`: the prefix of the data files; if None, each journal's own.
    def take(self, journals, data_file=None):
        groups = {}
        for journal in journals:
            if journal.is_own() or journal.is_claimed():
                continue
            is_dead = journal.is_dead()
            if self.is_final and not is_dead and not (is_dead is None and self.fallback):
                continue
            if is_dead and not journal.claim():
                continue
            journal.is_claim = bool(is_dead)
            try:
                journal.read()
                where = data_file or self._own_place(journal)
            except Exception as problem:
                self._failed([journal], problem)
                continue
            if journal.is_claim and (journal.is_saved or (self.is_final and journal.taken == journal.used)):
                os.unlink(journal.path)
                self._tell(journal, "")
                continue
            groups.setdefault((where, journal.about["branch"]), []).append(journal)
        for (where, branch), those in groups.items():
            try:
                file = self._write(where, branch, those)
            except Exception as problem:
                self._failed(those, problem)
                continue
            for journal in those:
                self.taken.append((journal, branch))
                if journal.is_claim:
                    self._tell(journal, file)
                    file = ""
                    os.unlink(journal.path)
                    self._remove_torn(journal)
                else:
                    journal.note_taken()

    def _own_place(self, journal):
        folder, base = os.path.split(journal.data_file)
        if os.path.isabs(folder) and os.path.isdir(folder):
            if key_of(folder, base) != journal.key:
                raise BadJournal("its name is not that of its data file")
            return journal.data_file
        if self.fallback is None:
            raise BadJournal("the folder %s is not there" % folder)
        return os.path.join(self.fallback, os.path.basename(journal.data_file))

    def _tell(self, journal, file):
        self.kept.append((journal.pid, journal.dropped, file, journal.has_values))
        if self.told is not None:
            self.told(journal.pid, min(journal.dropped, 0x7FFFFFFF), journal.has_values)

    def _failed(self, journals, problem):
        for journal in journals:
            if journal.is_claim:
                journal.give_back()
            self.problems.append((journal.pid, journal.path, "%s: %s" % (type(problem).__name__, problem)))

    def _write(self, where, branch, journals):
        import coverage

        letters = "".join(random.Random(os.urandom(8)).choice(string.ascii_letters) for _ in range(6))
        folder, base = os.path.split(where)
        unfinished = os.path.join(folder, ".covenv-data-%d-%s" % (os.getpid(), letters))
        data = coverage.CoverageData(basename=unfinished)
        try:
            for context, files in merge(journals, branch).items():
                data.set_context(context)
                data.add_arcs(files) if branch else data.add_lines(files)
            data.set_context(None)
            measured = data.measured_files()
            for journal in journals:
                names = NameMap(journal.about)
                tracers = {names(name): plugin for name, plugin in journal.file_tracers.items()}
                data.add_file_tracers({name: plugin for name, plugin in tracers.items() if name in measured})
                for plugin, paths in self._unexecuted_files(journal).items():
                    data.touch_files(paths, plugin)
            data.write()
            close(data)
            finished = self._free_name(where, journals, letters)
            os.rename(unfinished, finished)
            return finished
        except BaseException:
            close(data)
            for name in (unfinished, unfinished + "-journal"):
                if os.path.exists(name):
                    os.unlink(name)
            raise

    def _free_name(self, where, journals, letters):
        alone = len(journals) == 1 and not journals[0].about["has_suffix"]
        if self.is_final and alone and not os.path.exists(where):
            return where
        host = socket.gethostname().replace(".", "_")
        return "%s.%s.pid%d.X%sx" % (where, host, journals[0].pid, letters)

    # The files in `source` that never ran, as coverage's own save finds them.
    def _unexecuted_files(self, journal):
        config = journal.about["config"]
        if not config.get("source") and not config.get("source_pkgs"):
            return {}
        packages = sorted(filter(None, (file_of_package(name, journal) for name in config["source_pkgs"])))
        key = json.dumps([config, packages, journal.about["folder"]], sort_keys=True)
        if key not in self._unexecuted:
            try:
                self._unexecuted[key] = unexecuted_files(config, packages, NameMap(journal.about))
            except Exception:
                # May fail, because this uses private parts of coverage. The runner marks such files, too.
                self._unexecuted[key] = {}
        return self._unexecuted[key]

    # Removes the part of a database that a process leaves if it is killed while coverage writes the data file.
    def _remove_torn(self, journal):
        import sqlite3

        path = journal.about["file"]
        own = journal.data_file + "."
        name = path[len(own) - 1 :]
        is_its_own = path.startswith(own) and (".%d." % journal.pid in name or ".pid%d." % journal.pid in name)
        if not is_its_own or journal.dropped:
            return
        # light.py writes the data file under this name first.
        if not os.path.exists(path) and os.path.isfile(path + "-journal"):
            os.unlink(path + "-journal")
        if not os.path.isfile(path):
            return
        try:
            connection = sqlite3.connect(uri_of(path) + "?mode=ro", uri=True, timeout=0)
            try:
                is_whole = connection.execute("pragma quick_check").fetchone()[0] == "ok"
                connection.execute("select version from coverage_schema").fetchone()
            finally:
                connection.close()
        except sqlite3.Error as problem:
            is_whole = not tells_damage(problem)
        if not is_whole:
            os.unlink(path)


# Later versions of coverage have a method for this.
def close(data):
    if hasattr(data, "close"):
        data.close()
    else:
        data._reset()


# Maps a file name as coverage's file_mapper does.
class NameMap:
    def __init__(self, about):
        self._prefix = about["relative_to"]
        self._folder = about["folder"]

    def __call__(self, name):
        from coverage.files import abs_file

        if self._prefix is None:
            return abs_file(os.path.join(self._folder, name))
        return name[len(self._prefix) :] if name.startswith(self._prefix) else name


# Merges several journals into context -> file -> lines or pairs of lines.
def merge(journals, branch):
    merged = {}
    for journal in journals:
        bits = journal.about["bits"]
        names = NameMap(journal.about)
        for context, files in journal.contexts.items():
            those = merged.setdefault(context, {})
            for name, values in files.items():
                if not values and not journal.about["keeps_empty"]:
                    continue
                if branch:
                    values = [unpack(value, bits) for value in values]
                those.setdefault(names(name), set()).update(values)
    return merged


def unpack(packed, bits):
    mask = (1 << bits) - 1
    first, second = packed & mask, packed >> bits & mask
    return (-first if packed >> 2 * bits & 1 else first, -second if packed >> 2 * bits & 2 else second)


# The file of a package in `source`. The process that has imported it is gone, but has run a file of that name.
def file_of_package(package, journal):
    parts = package.replace(".", os.sep)
    for files in journal.contexts.values():
        for name in files:
            if name.endswith((os.sep + os.path.join(parts, "__init__.py"), os.sep + parts + ".py")):
                return name
    return None


# The plugins of this configuration that this process has already loaded, because plugins know of files, too. No plugin
# is imported only because a journal names it.
def loaded_plugins(config):
    from coverage.plugin_support import Plugins

    plugins = Plugins()
    plugins.debug = None
    for name in config.plugins:
        module = sys.modules.get(name)
        if hasattr(module, "coverage_init"):
            plugins.current_module = name
            module.coverage_init(plugins, config.get_plugin_options(name))
    return plugins


def unexecuted_files(values, packages, names):
    from coverage.config import CoverageConfig
    from coverage.files import canonical_filename
    from coverage.inorout import InOrOut

    config = CoverageConfig()
    vars(config).update(values)
    settings = {"warn": lambda *_, **__: None, "debug": None}
    if getattr(config, "include_namespace_packages", None) is not None:
        settings["include_namespace_packages"] = config.include_namespace_packages
    if hasattr(InOrOut, "configure"):
        try:
            inorout = InOrOut(**settings)
        except TypeError:
            inorout = InOrOut(settings["warn"], None)
        inorout.configure(config)
    else:
        inorout = InOrOut(config=config, **settings)
    inorout.plugins = loaded_plugins(config)
    inorout.disp_class = None
    found = {}
    roots = [canonical_filename(package) for package in packages]
    roots += inorout.source_dirs if hasattr(inorout, "source_dirs") else inorout.source
    for root in roots:
        folder = os.path.dirname(root) if root.endswith("__init__.py") else root
        for path, plugin in inorout._find_executable_files(folder):
            found.setdefault(plugin, []).append(names(path))
    return found


# Called before glob.glob(pattern), if coverage is about to combine or to erase. `run`: the run of a measured process
# above this one, or None. `folders`: the folders in which journals may be. `counts`: the last arguments of
# count_brought(); None: nothing is counted.
def before_glob(run, pattern, folders, told, counts=None):
    pattern = os.path.abspath(os.fsdecode(pattern))[: -len(".*")]
    folder, base = os.path.split(re.sub(r"\[([*?[])\]", r"\1", pattern))
    try:
        key = key_of(folder, base)
    except OSError:
        return
    journals = find(folders, key)
    if not journals and counts is None:
        return
    if is_erasing():
        # Not the journals of this run, because a pytest-xdist worker that replaces a crashed one erases, too.
        for journal in journals:
            if journal.is_dead() and (not run or journal.run != run) and journal.claim():
                os.unlink(journal.path)
                told(journal.pid, ERASED, True)
        return
    salvage = Salvage(told)
    salvage.take(journals, os.path.join(folder, base))
    if counts is not None:
        count_brought(salvage, folder, base, *counts)


# Called at the end of a run's first measured process. Takes the journals left of this run, or for its data file.
def at_end(run, data_file, folders, told):
    try:
        key = key_of(*os.path.split(os.fsdecode(data_file)))
    except OSError:
        key = None
    journals = find(folders)
    of_run = [journal for journal in journals if journal.run == run or journal.key == key]
    Salvage(told, is_final=True).take(of_run)
    remove_stale(set(journals).difference(of_run))
    remove_code_files()


# Removes journals of other runs that have been left for a day, or whose data file's folder is gone.
def remove_stale(journals):
    for journal in journals:
        is_old = time.time() - journal.changed > STALE_AFTER
        if not is_old and os.path.isdir(os.path.dirname(journal.data_file)):
            continue
        if journal.is_dead() and not journal.is_claimed() and journal.claim():
            os.unlink(journal.path)


# A run's compiled code (coverage/code_file.h).
class CodeFile(FileOfProcess):
    def __init__(self, path):
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(fd)
            # Another user's file may be anything, also a pipe.
            self.is_users = status.st_uid == os.geteuid() and stat.S_ISREG(status.st_mode)
            header = os.read(fd, CODE_HEADER.size) if self.is_users else b""
        finally:
            os.close(fd)
        self.is_old = time.time() - status.st_mtime > STALE_AFTER
        self.is_whole = len(header) == CODE_HEADER.size
        if self.is_whole:
            _, self.pid, self.started, self.namespace = CODE_HEADER.unpack(header)


class MomentaryFile(FileOfProcess):
    def __init__(self, path, match):
        self.pid, self.started, self.namespace = map(int, match.groups()[:3])
        self.is_users, self.is_old, self.is_whole = os.lstat(path).st_uid == os.geteuid(), False, True


# Removes the files of killed processes.
def remove_code_files():
    try:
        names = os.listdir(CODE_FOLDER)
    except OSError:
        return
    for name in names:
        match = MOMENTARY.fullmatch(name)
        if not match and not name.startswith(CODE_PREFIX):
            continue
        path = os.path.join(CODE_FOLDER, name)
        try:
            file = MomentaryFile(path, match) if match else CodeFile(path)
            if file.is_users and (file.is_old or (file.is_whole and file.is_dead())):
                os.unlink(path)
        except OSError:
            pass


# For `covenv run` and `covenv salvage`. Arguments: the folder of coverage's package or "", the folder for data whose
# own folder is missing or "", and paths of journals. Prints a line of JSON for each journal.
def main():
    home, fallback, *paths = sys.argv[1:]
    if home:
        sys.path.insert(0, home)
    salvage = Salvage(is_final=True, fallback=fallback or None)
    journals = []
    for path in paths:
        try:
            journals.append(Journal(path))
        except (OSError, BadJournal) as problem:
            salvage.problems.append((0, path, str(problem)))
    salvage.take(journals)
    for pid, dropped, file, has_values in salvage.kept:
        print(json.dumps({"pid": pid, "dropped": dropped, "file": file, "has_values": has_values}))
    for pid, path, problem in salvage.problems:
        print(json.dumps({"pid": pid, "problem": "%s: %s" % (path, problem)}))
    remove_code_files()

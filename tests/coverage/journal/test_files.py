# SPDX-License-Identifier: MIT
"""A journal with a broken file is skipped, the others are combined, and nothing else is touched."""

import json
import os
import random
import shutil
import struct
import subprocess

import pytest
from differential import HERE
from stacks import ROOT

HEADER = struct.Struct("=QIIiiQQQQQ64s1024s1024s1024s")
FIELDS = ("magic", "version", "owner", "pid", "reserved", "started", "namespace", "used", "dropped", "taken", "run", "data_file",
          "executable", "home")
KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
WORDS = 4096
ENTRY, ABOUT = 3 << 62, 2


@pytest.fixture
def two(place):
    """A Place with the journals of two killed processes. The test spoils the first, whose path is place.spoilt."""
    place.write("spoilt.py", "x = 1\n" + KILL)
    place.write("good.py", "x = 1\n" + KILL)
    place.run("spoilt.py", status=-9)
    place.spoilt, = place.journals()
    place.run("good.py", status=-9)
    place.write("precious", "keep me")
    return place


def header_of(path):
    return dict(zip(FIELDS, HEADER.unpack(path.read_bytes()[:HEADER.size])))


def change(path, **fields):
    data = bytearray(path.read_bytes())
    data[:HEADER.size] = HEADER.pack(*(header_of(path) | fields).values())
    path.write_bytes(data)


def about_of(path):
    """The offset of a journal's description, and the description itself as a dict."""
    data = path.read_bytes()
    word, = struct.unpack_from("=Q", data, WORDS)
    assert word >= ENTRY and word >> 32 & 0xFF == ABOUT
    return WORDS + 8, json.loads(data[WORDS + 8:WORDS + 8 + (word & 0xFFFFFFFF)])


def change_about(path, **values):
    """Replaces values in a journal's description, whose text must not become longer. A shorter text is padded."""
    at, about = about_of(path)
    data = bytearray(path.read_bytes())
    size = struct.unpack_from("=I", data, WORDS)[0]
    # Settings that no test needs make room for values that are longer.
    about["config"] = {name: value for name, value in about["config"].items() if not name.startswith(("html", "xml", "json", "lcov"))}
    text = json.dumps(about | values).encode()
    assert len(text) <= size
    data[at:at + size] = text.ljust(size)
    path.write_bytes(data)


def truncate(path):
    with open(path, "r+b") as file:
        file.truncate(WORDS + 64)


def cut_into_the_header(path):
    with open(path, "r+b") as file:
        file.truncate(1000)


def make_entry_longer_than_the_journal(path):
    data = bytearray(path.read_bytes())
    data[WORDS:WORDS + 8] = struct.pack("=Q", ENTRY | ABOUT << 32 | 0xFFFFFF00)
    path.write_bytes(data)


def fill_with_noise(path):
    data = bytearray(path.read_bytes())
    data[WORDS:] = random.Random(1).randbytes(len(data) - WORDS)
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


def be_a_folder(path):
    path.unlink()
    path.mkdir()


def be_a_fifo(path):
    path.unlink()
    os.mkfifo(path, 0o600)


def point_to_another_file(path):
    target = path.with_name("covenv-test-target")
    shutil.copy(path, target)
    os.chmod(target, 0o600)
    path.unlink()
    path.symlink_to(target)


SPOILING = {
    "truncated": truncate,
    "cut into its header": cut_into_the_header,
    "of another version": lambda path: change(path, version=99),
    "not covenv's": lambda path: change(path, magic=1),
    "said to be another user's": lambda path: change(path, owner=12345),
    "another user's": lambda path: os.chown(path, 12345, -1),
    "readable by others": lambda path: os.chmod(path, 0o644),
    "writable by its group": lambda path: os.chmod(path, 0o620),
    "with a second name": lambda path: os.link(path, path.with_name("covenv-test-link")),
    "a link": point_to_another_file,
    "a folder": be_a_folder,
    "a fifo": be_a_fifo,
    "empty": empty,
    "with an entry that never ends": make_entry_longer_than_the_journal,
    "noise": fill_with_noise,
    "without description": lambda path: change(path, used=0),
    "of branches that are a text": lambda path: change_about(path, branch="yes"),
}


@pytest.fixture(autouse=True)
def no_rests(place):
    yield
    for name in ("covenv-test-link", "covenv-test-target"):
        path = os.path.join("/dev/shm", name)
        if os.path.lexists(path):
            os.unlink(path)
    for path in place.journals():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


@pytest.mark.parametrize("spoil", SPOILING.values(), ids=SPOILING)
def test_is_skipped_and_the_rest_is_combined(spoil, two):
    spoil(two.spoilt)
    before = sorted(two.folder.iterdir())
    files = two.combine()
    assert list(files) == ["good.py"]
    # The spoilt journal is still there.
    assert os.path.lexists(two.spoilt) and two.journals() == [two.spoilt]
    assert set(two.folder.iterdir()) - set(before) == {two.folder / ".coverage", two.folder / "shown.json"}
    assert (two.folder / "precious").read_text() == "keep me"


def test_more_words_than_the_file_holds_are_not_read(two):
    change(two.spoilt, used=1 << 60)
    files = two.combine()
    assert "good.py" in files and files.get("spoilt.py", {"contexts": {"": [[1, 2, 3], []]}})["contexts"][""][0] == [1, 2, 3]


def test_a_forged_data_file_is_not_where_its_data_go(two):
    """The data go to the data file of the process that combines, whatever the journal names."""
    elsewhere = two.folder / "elsewhere"
    elsewhere.mkdir()
    change(two.spoilt, data_file=str(elsewhere / ".coverage").encode())
    two.combine()
    assert not list(elsewhere.iterdir())


def test_a_forged_data_file_is_no_place_for_the_end_of_a_run(two):
    elsewhere = two.folder / "elsewhere"
    elsewhere.mkdir()
    change(two.spoilt, data_file=str(elsewhere / ".coverage").encode(), run=b"mine")
    two.write("last.py", "x = 1\n")
    two.run("last.py", status=0, COVENV_SESSION="mine")
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize("name", ["precious", "good.py", ".coverage.other.pid1.x", "../precious"])
def test_a_forged_name_of_a_torn_data_file_removes_nothing(two, name):
    victim = two.folder / name
    made = not victim.exists()
    if made:
        victim.write_text("not SQLite")
    change_about(two.spoilt, file=str(victim))
    two.combine()
    assert victim.exists()
    if made:
        victim.unlink()


def test_a_forged_configuration_marks_no_file_as_measured_that_is_not_in_source(two):
    change_about(two.spoilt, config={"source": [], "source_pkgs": [], "plugins": ["precious_plugin"]})
    two.write("precious_plugin.py", "open('ran', 'w')\n")
    files = two.combine()
    assert set(files) == {"good.py", "spoilt.py"} and not (two.folder / "ran").exists()


FUZZER = '''
import os, random, shutil, struct, sys, traceback

source, seed_journal, folder, rounds, seed = sys.argv[1:]
sys.path.insert(0, os.path.dirname(source))
spec = {}
exec(compile(open(source).read(), source, "exec"), spec)
Journal, BadJournal, Salvage = spec["Journal"], spec["BadJournal"], spec["Salvage"]
good = open(seed_journal, "rb").read()
names = os.path.basename(seed_journal)
shelf, project = os.path.join(folder, "shelf"), os.path.join(folder, "project")
rng = random.Random(int(seed))
allowed = (shelf, project)
opened = []

# Whatever is written, renamed or removed has to be in these folders.
def watch(event, arguments):
    if event in ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"):
        names = [a for a in arguments if isinstance(a, (str, bytes))]
    elif event == "open" and isinstance(arguments[0], (str, bytes)) and isinstance(arguments[2], int):
        if not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        names = [arguments[0]]
    elif event == "sqlite3.connect":
        names = [str(arguments[0]).replace("file:", "").partition("?")[0]]
    elif event in ("import", "exec", "subprocess.Popen", "os.system"):
        return
    else:
        return
    for name in names:
        name = os.fsdecode(name)
        if name != ":memory:" and not os.path.abspath(name).startswith(allowed):
            opened.append((event, name))

sys.addaudithook(watch)

def spoilt():
    data = bytearray(good)
    used = struct.unpack_from("=Q", data, 40)[0]
    words = [4096 + 8 * i for i in range(used)]
    for _ in range(rng.choice([1, 1, 2, 5, 30])):
        way = rng.randrange(9)
        if way == 0:
            data[rng.randrange(len(data))] = rng.randrange(256)
        elif way == 1:
            at = rng.choice(words)
            data[at:at + 8] = rng.randbytes(8)
        elif way == 2:
            # A well-formed entry of any kind, with any size.
            at = rng.choice(words)
            data[at:at + 8] = struct.pack("=Q", 3 << 62 | rng.randrange(14) << 32 | rng.choice([0, 1, 7, 8, 64, 4000, 1 << 31]))
        elif way == 3:
            at, other = rng.choice(words), rng.choice(words)
            data[at:at + 8], data[other:other + 8] = data[other:other + 8], data[at:at + 8]
        elif way == 4:
            struct.pack_into("=Q", data, 40, rng.choice([0, 1, used - 1, used + 1, 1 << 63, rng.randrange(used)]))
        elif way == 5:
            del data[rng.randrange(len(data)):]
        elif way == 6:
            at = rng.randrange(4104, len(data))
            data[at:at + 6] = rng.choice([b"../../", b"/etc//", b"null  ", b"1e999 ", b"[[[[[[", b"\\xff" * 6])
        elif way == 7:
            # Some text of its description.
            words_of = [b'"branch"', b'"bits"', b'"folder"', b'"file"', b'"config"', b'"source"', b'"plugins"', b"false", b"true", b"null", b"28"]
            word = rng.choice(words_of)
            at = data.find(word)
            if at >= 0:
                data[at:at + len(word)] = rng.choice(words_of).ljust(len(word))[:len(word)]
        else:
            at = rng.choice([64, 128, 1152, 2176])
            data[at:at + 20] = rng.choice([b"/etc/passwd\\0", b"\\0", b"\\xff\\xfe\\0", b"../..\\0", b"x" * 20]).ljust(20, b"\\0")
        if len(data) < 4200:
            break
    return bytes(data)

counts = {"data": 0, "problem": 0, "bad": 0}
for i in range(int(rounds)):
    path = os.path.join(shelf, names)
    with open(path, "wb") as file:
        os.chmod(path, 0o600)
        file.write(spoilt())
    salvage = Salvage(lambda pid, dropped, has_values: None, rng.random() < 0.5, rng.choice([None, project]))
    try:
        journals = [Journal(path)]
    except (OSError, BadJournal):
        counts["bad"] += 1
        continue
    try:
        salvage.take(journals, rng.choice([None, os.path.join(project, ".coverage")]))
    except BaseException:
        print("round", i)
        traceback.print_exc()
        sys.exit(1)
    counts["problem" if salvage.problems else "data"] += 1
    for name in os.listdir(shelf):
        os.unlink(os.path.join(shelf, name))
    for name in os.listdir(project):
        if name.startswith(".coverage"):
            os.unlink(os.path.join(project, name))
print(counts, opened)
sys.exit(bool(opened) or not all(counts.values()))
'''


@pytest.mark.parametrize("seed", range(2))
def test_reads_whatever_the_bytes_are(seed, place, request):
    """A real journal with random changes raises no exception in combine, and no file elsewhere is touched."""
    project, shelf = place.folder / "project", place.folder / "shelf"
    project.mkdir()
    shelf.mkdir()
    (project / "rc").write_text(f"[run]\nparallel = true\nsource = {project}\ncontext = x\nbranch = true\n")
    shutil.copy(HERE / "project" / "never_imported.py", project)
    (project / "job.py").write_text("import coverage\nc = coverage.Coverage.current()\ndef f(n):\n    return n\n"
                                    "for i in range(5):\n    c.switch_context(f'c{i}')\n    f(i)\nc.save()\nf(7)\n" + KILL)
    place.run("job.py", status=-9, cwd=project, COVENV_JOURNAL=str(shelf))
    journal, = shelf.iterdir()
    original = shutil.copy(journal, place.folder / journal.name)
    rounds = 20000 if request.config.getoption("--full") else 1500
    (place.folder / "fuzzer.py").write_text(FUZZER)
    done = subprocess.run([str(place.stack.python), "fuzzer.py", str(ROOT / "shim" / "coverage" / "salvage.py"), str(original),
                           str(place.folder), str(rounds), str(seed)], cwd=place.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

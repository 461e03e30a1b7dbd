# SPDX-License-Identifier: MIT
"""A measured program is killed while it or its killer is in a bad state: its coverage is kept, or nothing is worse."""

import contextlib
import json
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest
from encounters import DEADLINE
from user_project import python_of
from workshop import PROGRAMS

KILLER = Path(__file__).resolve().parent / "killer.py"
VICTIM, CONFINED = PROGRAMS / "victim.py", PROGRAMS / "confined.py"
PYTHON = python_of("pytest-cov-7")

# coverage's data: bit N of numbits says whether line N was measured.
LINES = "SELECT numbits FROM line_bits JOIN file ON file.id = file_id WHERE path = ?"


class Scene:
    """A folder in which a program is killed, and the data that are left. If `is_asked`, the program has no journal."""

    def __init__(self, workshop, is_asked):
        self.is_asked = is_asked
        self.program = VICTIM
        self._workshop = workshop
        self.root = workshop.root()
        self.folder = Path(tempfile.mkdtemp(dir=workshop.folder))
        self.folder.chmod(0o777)
        (self.folder / "coveragerc").write_text(f"[run]\nparallel = true\ndata_file = {self.folder}/.coverage\n")
        self.ready = self.folder / "ready"
        self.victim = [str(PYTHON), str(VICTIM), str(self.ready)]

    def run(self, command, *, preload, grace="30s"):
        """(status, stdout, stderr) of a command, whose Pythons are measured if `preload`."""
        if self.ready.exists():
            self.ready.rmdir() if self.ready.is_dir() else self.ready.unlink()
        environment = {"COVERAGE_PROCESS_START": str(self.folder / "coveragerc"), "COVENV_GRACE": grace}
        done = subprocess.run(
            [*map(str, command)], env=self._environment(preload) | environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=DEADLINE,
        )
        return done.returncode, done.stdout, done.stderr

    def _environment(self, preload):
        environment = {"PATH": "/usr/bin:/bin"}
        if self.is_asked:
            environment["COVENV_JOURNAL"] = "0"
        if preload:
            environment["LD_PRELOAD"] = str(self._workshop.libcovenv)
        return environment

    def kill(self, *, killer=None, victim=None, by_command=False, through=(), **options):
        """Runs killer.py on the victim, behind the words `through`. Returns (status, stdout, stderr) of killer.py."""
        task = {
            "command": self.victim, "ready": str(self.ready),
            "killer": killer, "victim": victim, "by_command": by_command,
        }
        return self.run([*through, "/usr/bin/python3", "-I", "-S", KILLER, json.dumps(task)], **options)

    def kept(self):
        """Combines, and returns True if every line of the program that ends with `# ran` is in the data."""
        combine = [PYTHON, "-m", "coverage", "combine", "--rcfile", self.folder / "coveragerc"]
        subprocess.run([*map(str, combine)], env=self._environment(preload=True), cwd=self.folder, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=DEADLINE, check=False)
        lines = set()
        for file in self.folder.glob(".coverage"):
            with contextlib.closing(sqlite3.connect(file)) as data:
                for [bits] in data.execute(LINES, [str(self.program)]):
                    lines |= {line for line in range(len(bits) * 8) if bits[line // 8] >> line % 8 & 1}
        return lines >= {line for line, text in enumerate(self.program.read_text().splitlines(), 1) if text.endswith("# ran")}


KEPT, LOST = True, False

KILLERS = {
    "plain": (None, KEPT),
    "every descriptor closed": ("closing_every_descriptor", KEPT),
    "no descriptor left": ("with_3_descriptors", LOST),
    "another root": ("in_a_root:{root}", LOST),
    "no pending signals": ("without_pending_signals", KEPT),
    "pidfd_open EPERM": ("denied:pidfd_open-EPERM", KEPT),
    "pidfd_open ENOSYS": ("denied:pidfd_open-ENOSYS", KEPT),
    "pidfd_open kills": ("denied:pidfd_open-kill", LOST),
    "pidfd_send_signal EPERM": ("denied:pidfd_send_signal-EPERM", LOST),
    "pidfd_send_signal kills": ("denied:pidfd_send_signal-kill", LOST),
    "rt_sigqueueinfo EPERM": ("denied:rt_sigqueueinfo-EPERM", KEPT),
    "ptrace EPERM": ("denied:ptrace-EPERM", KEPT),
    "process_vm_readv EPERM": ("denied:process_vm_readv-EPERM", KEPT),
    "openat EPERM": ("denied:openat-EPERM", LOST),
    "openat ENOSYS": ("denied:openat-ENOSYS", LOST),
    "openat kills": ("denied:openat-kill", LOST),
}

VICTIMS = {
    "no pending signals": ("without_pending_signals", LOST),
    "few descriptors": ("with_descriptors:16", KEPT),
    "small stack": ("with_stack:256", KEPT),
    "small address space": ("with_address_space:256", KEPT),
    "no new privileges": ("no_new_privileges", KEPT),
    "deleted folder": ("in_a_deleted_folder:{folder}", LOST),
    "every signal blocked": ("with_everything_blocked_and_ignored", LOST),
    "ptrace kills": ("denied:ptrace-kill", LOST),
    "pidfd_open kills": ("denied:pidfd_open-kill", LOST),
}

PLACES = {
    "user namespace": (["unshare", "-Ur"], KEPT),
    "pid namespace": (["unshare", "-pf", "--mount-proc"], KEPT),
    "pid namespace with a foreign /proc": (["unshare", "-pf"], LOST),
    "without /proc": (["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"], LOST),
    "bwrap": (["bwrap", "--dev-bind", "/", "/", "--unshare-all", "--proc", "/proc"], KEPT),
}


@pytest.fixture(params=["asked", "journal"])
def scene(workshop, request):
    return Scene(workshop, request.param == "asked")


def kills(scene, kept, *, kept_by_journal=KEPT, **where):
    """Kills without and with the library: the killer sees the same, and with the library coverage is kept or not.

    `kept` says so for a victim that is asked, `kept_by_journal` for one with a journal; `where` are options of kill().
    """
    if not scene.is_asked:
        kept = kept_by_journal
    where = {name: value and value.format(root=scene.root, folder=scene.folder) if isinstance(value, str) else value
             for name, value in where.items()}
    assert scene.kill(preload=False, **where) == (0, "", "")
    assert scene.kill(preload=True, grace="30s" if kept else "1s", **where) == (0, "", "")
    assert scene.kept() == kept


@pytest.mark.parametrize("killer, kept", KILLERS.values(), ids=KILLERS)
def test_by_a_killer_in(killer, kept, scene):
    kills(scene, kept, killer=killer)


@pytest.mark.parametrize("victim, kept", VICTIMS.values(), ids=VICTIMS)
def test_of_a_victim_in(victim, kept, scene):
    # A journal keeps nothing in a deleted folder, because coverage itself asks for the folder. A process below a filter
    # of system calls gets no journal.
    kills(scene, kept, kept_by_journal=not victim.startswith(("in_a_deleted", "denied")), victim=victim)


@pytest.mark.parametrize("through, kept", PLACES.values(), ids=PLACES)
def test_of_both_in(through, kept, scene):
    kills(scene, kept, through=through)


def test_of_a_victim_that_may_have_no_thread(scene):
    """The victim runs as another user, because the limit does not hold for root, but may read all files."""
    identity = ["--reuid=65534", "--regid=65534", "--clear-groups"]
    capability = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    scene.victim = ["setpriv", *identity, *capability, *scene.victim]
    # The journal is lost as well, because only the victim's user can read it.
    kills(scene, LOST, kept_by_journal=LOST, victim="with_1_process")


def test_by_a_handler_on_a_small_stack_without_descriptors(scene, workshop):
    command = [workshop.c("handler", source="handler.c"), scene.ready, *scene.victim]
    assert scene.run(command, preload=False) == (0, "", "")
    assert not scene.kept()
    assert scene.run(command, preload=True) == (0, "", "")
    assert scene.kept()


def test_of_a_victim_that_confines_itself(scene):
    """The victim does not die of system calls that are the library's, and its coverage is lost if it is asked."""
    scene.program = CONFINED
    scene.victim = [str(PYTHON), str(CONFINED), str(scene.ready), "tgkill", "stay"]
    kills(scene, LOST, by_command=True)


def test_leaving_of_a_program_that_confined_itself(scene):
    command = [PYTHON, CONFINED, scene.ready, "openat", "leave"]
    assert scene.run(command, preload=False) == (7, "", "")
    assert scene.run(command, preload=True) == (7, "", "")

# SPDX-License-Identifier: MIT
"""LD_PRELOAD separates its entries by blanks and colons, so a library of such a path is preloaded by a link."""

import os
import select
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import in_namespace, run, variables
from wrapped import eventually

NAMES = [
    "a blank",
    "a:colon",
    "both : of them",
    "'quotes\" of both",
    "$ORIGIN",
    "${LIB}",
    "a\nline break",
    "a\ttab",
    "back\\slash",
    "Größe",
    "\udcff \udcfe",
]
SHOWS = "env | grep -c '^LD_PRELOAD='; grep -q 'libcovenv.so$' /proc/self/maps && echo in"


@pytest.mark.parametrize("program", ["covenv", "sigforward"])
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_the_library_is_loaded_and_no_link_stays(place, program, name):
    place = place(name)
    command = [place.covenv, "run"] if program == "covenv" else [place.sigforward]
    result = run(*command, "--", "sh", "-c", SHOWS)
    assert (result.returncode, result.stdout, result.stderr) == (0, "1\nin\n", "")
    assert place.links() == []


@pytest.mark.parametrize("name", ["plain", "Größe", "back\\slash"])
def test_a_path_that_ld_preload_can_express_needs_no_link(place, name):
    place = place(name)
    assert run(place.covenv, "run", "--", "printenv", "LD_PRELOAD").stdout.splitlines() == [str(place.library)]


CHAIN = """
import subprocess, sys
depth = int(sys.argv[1])
if depth:
    subprocess.run([sys.executable, sys.argv[0], str(depth - 1)], env={}, check=True)
else:
    print("libcovenv.so" in open("/proc/self/maps").read())
"""


def test_it_goes_down_a_chain_of_rebuilt_environments(place, tmp_path):
    place = place()
    chain = tmp_path / "chain.py"
    chain.write_text(CHAIN)
    result = run(place.covenv, "run", "--", sys.executable, chain, "5")
    assert (result.stdout, result.stderr) == ("True\n", "")


def test_a_sigforward_below_uses_the_link_that_is_there(place):
    place = place()
    count = f"find /dev/shm -lname '{place.library}' | wc -l"
    script = f"printenv LD_PRELOAD; '{place.sigforward}' -- printenv LD_PRELOAD; {count}"
    first, second, links = run(place.covenv, "run", "--", "sh", "-c", script).stdout.splitlines()
    assert (first, links) == (second, "1")


def test_a_program_whose_own_path_has_a_blank(place, tmp_path):
    shell = tmp_path / "my own" / "sh"
    shell.parent.mkdir()
    shutil.copy("/bin/sh", shell)
    place = place()
    assert run(place.covenv, "run", "--", shell, "-c", SHOWS).stdout == "1\nin\n"
    assert run(place.sigforward, "--", shell, "-c", SHOWS).stdout == "1\nin\n"


def test_another_user_loads_it_by_the_link(covenv, sigforward, libcovenv, place, tmp_path):
    """A server that gives up root's rights, and starts workers then."""
    place = place()
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.getuid() and str(folder) != "/tmp":
            folder.chmod(0o755)
    change = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c"]
    result = run(place.covenv, "run", "--", *change, f"sh -c {SHOWS!r}")
    assert (result.stdout, result.stderr) == (run(place.covenv, "run", "--", "sh", "-c", SHOWS).stdout, "")


def test_a_link_that_has_gone_is_not_complained_about(place):
    place = place()
    script = 'rm -r "${LD_PRELOAD%/*}"; env -i /bin/sh -c "/bin/echo fine"; /bin/sh -c "/bin/echo fine"; exit 3'
    result = run(place.covenv, "run", "--", "sh", "-c", script)
    assert (result.returncode, result.stdout, result.stderr) == (3, "fine\nfine\n", "")


def test_a_process_that_outlives_the_run_goes_on_without_a_complaint(place, tmp_path):
    place = place()
    log = tmp_path / "log"
    (tmp_path / "go").mkdir()
    os.mkfifo(tmp_path / "go" / "on")
    script = f'(read line <"{tmp_path}/go/on"; /bin/echo started; /bin/sh -c "/bin/echo again") >"{log}" 2>&1 & echo $!'
    # Else the run may end, and take the link away, before the shell has begun.
    result = run(place.covenv, "run", "--", "setsid", "--wait", "sh", "-c", script)
    assert result.returncode == 0 and place.links() == []
    descriptor = os.pidfd_open(int(result.stdout))
    (tmp_path / "go" / "on").write_text("\n")
    assert select.select([descriptor], [], [], 30)[0]
    os.close(descriptor)
    assert log.read_text() == "started\nagain\n"


def waiting(*command):
    """The command, which says that it is ready and waits for the end of its input, below a wrapper."""
    process = subprocess.Popen(
        [*command, "--", "sh", "-c", "echo ready; read line"],
        env=variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def end_of(process):
    """Waits for the end of all that holds the process's output: the guards do not, the command does."""
    process.stdin.close()
    process.stdout.read()
    return process.wait(30)


@pytest.mark.parametrize("program", ["covenv", "sigforward"])
def test_of_a_killed_wrapper_the_guard_removes_it(place, program):
    place = place()
    process = waiting(place.covenv, "run") if program == "covenv" else waiting(place.sigforward)
    assert len(place.links()) == 1
    process.kill()
    assert end_of(process) == -signal.SIGKILL
    eventually(lambda: not place.links())


def test_what_a_killed_tree_has_left_the_next_run_removes(place):
    """As a control group that is killed: the guards end with the wrapper."""
    place = place()
    process = subprocess.Popen(
        [
            "unshare",
            "--pid",
            "--fork",
            "--kill-child",
            place.covenv,
            "run",
            "--",
            "sh",
            "-c",
            "echo $COVENV_SESSION; read line",
        ],
        env=variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    session = f"/dev/shm/{process.stdout.readline().strip()}"
    process.kill()
    end_of(process)
    assert len(place.links()) == 1 and os.path.exists(session)
    with_a_live_one = waiting(place.covenv, "run")
    assert len(place.links()) == 1 and not os.path.exists(session)
    run(place.covenv, "run", "--", "true")
    assert len(place.links()) == 1
    end_of(with_a_live_one)
    assert place.links() == []


# Places for the link


def test_without_shared_memory_the_link_is_elsewhere(place):
    place = place()
    result = run(
        *in_namespace(
            "mount -t tmpfs -o ro none /dev/shm", place.sigforward, "--", "sh", "-c", f"echo $LD_PRELOAD; {SHOWS}"
        )
    )
    link, *shown = result.stdout.splitlines()
    assert (shown, result.stderr) == (["1", "in"], "") and link.startswith("/tmp/.covenv-l-")
    assert place.links("/tmp") == []


def test_the_users_own_folder_is_before_tmp(place, tmp_path):
    place = place()
    (tmp_path / "run").mkdir(mode=0o700)
    command = in_namespace("mount -t tmpfs -o ro none /dev/shm", place.sigforward, "--", "printenv", "LD_PRELOAD")
    result = run(*command, env=variables(XDG_RUNTIME_DIR=str(tmp_path / "run")))
    assert result.stdout.startswith(f"{tmp_path}/run/.covenv-l-")


@pytest.mark.parametrize("spoil", ["chmod 777", "chown 12345", "rmdir", "mv -T"])
def test_a_folder_in_which_others_can_write_is_not_used(place, tmp_path, spoil):
    place = place()
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    subprocess.run([*spoil.split(), folder, *([tmp_path / "run way"] if spoil.startswith("mv") else [])], check=True)
    command = in_namespace("mount -t tmpfs -o ro none /dev/shm", place.sigforward, "--", "printenv", "LD_PRELOAD")
    of_user = tmp_path / "run way" if spoil.startswith("mv") else folder
    assert run(*command, env=variables(XDG_RUNTIME_DIR=str(of_user))).stdout.startswith("/tmp/.covenv-l-")


NOWHERE = "mount -t tmpfs -o ro none /dev/shm && mount --bind {0} /mnt && mount -t tmpfs -o ro none /tmp"


@pytest.mark.parametrize("code", [0, 4])
def test_if_there_can_be_no_link_one_line_says_so_and_the_command_runs(place, code):
    place = place()
    covenv = f"/mnt/{place.folder.name}/bin/covenv"
    command = in_namespace(
        NOWHERE.format(f"'{place.folder.parent}'"), covenv, "run", "--", "sh", "-c", f"echo ran; exit {code}"
    )
    result = run(*command, cwd="/", env=variables(XDG_RUNTIME_DIR=""))
    assert (result.returncode, result.stdout) == (code, "ran\n")
    [line] = result.stderr.splitlines()
    assert line.startswith(
        "covenv: nothing is kept: LD_PRELOAD cannot express the path /mnt/my project/lib/libcovenv.so, and no "
    )


def test_a_link_on_a_noexec_mount_serves(place):
    place = place()
    mounts = "mount -t tmpfs -o noexec none /dev/shm"
    result = run(*in_namespace(mounts, place.covenv, "run", "--", "sh", "-c", SHOWS))
    assert (result.stdout, result.stderr) == ("1\nin\n", "")


def test_sigforward_preloads_nothing_from_a_noexec_mount_and_says_so_in_its_log(place):
    place = place("plain")
    lib = place.library.parent
    mounts = f"mount --bind {lib} {lib} && mount -o remount,bind,noexec {lib}"
    command = in_namespace(mounts, place.sigforward, "--", "sh", "-c", "echo ran $LD_PRELOAD; exit 5")
    result = run(*command)
    assert (result.returncode, result.stdout, result.stderr) == (5, "ran\n", "")
    command.insert(command.index("--"), "--verbose")
    assert "nothing preloaded: " in run(*command).stderr


# Beside `run`


def test_env_has_no_end_so_it_says_what_to_do(place):
    place = place()
    result = run(place.covenv, "env")
    assert (result.returncode, result.stdout) == (125, "")
    assert result.stderr == (
        f"covenv: LD_PRELOAD cannot express the path {place.library}: use `covenv run`, or install covenv in a path "
        "without blanks, colons and dollar signs\n"
    )


def test_doctor_tries_by_a_link(place):
    place = place()
    result = run(place.covenv, "doctor", "--", sys.executable)
    assert "LD_PRELOAD cannot express" not in result.stdout and "libcovenv.so" not in result.stdout
    assert place.links() == []

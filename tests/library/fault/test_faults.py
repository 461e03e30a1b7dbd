# SPDX-License-Identifier: MIT
"""Whatever system call of the shim fails, in whatever way, the program sees the same as without the library."""

import re

import pytest

from errors import ERRORS, NEVER_FAIL
from faults import Laboratory, faults_of, survey, written

# The quick tests run every scenario, and try every n-th of the faults.
EVERY_OF_PROBE, EVERY_OF_PYTHON, EVERY_OF_JOURNAL, EVERY_OF_NODE = 80, 120, 200, 90

# System calls that the source names and no run makes -> the reason.
NOT_MADE = {
    "execve": "the number that a caller of syscall() names",
    "execveat": "by number only where libc has no function for it",
    "kcmp": "not below a seccomp filter, as that of this tracer; the tests of counters",
    "process_vm_readv": "not below a seccomp filter, as that of this tracer; the tests of counters",
    "rt_sigtimedwait": "the number that /proc/<pid>/syscall shows",
    "mprotect": "of a tracer that the loader has made read-only, as in wheels for musl",
    "fchown": "of a file that root makes for another user; native_test",
    "ftruncate": "after a write that has failed; native_test",
    "exit_group": "at the end of the grace, if a runtime still saves; it cannot fail",
    "uname": "of a name with %h; it cannot fail",
    "seccomp": "the number that a caller of syscall() names",
    "tkill": "the number that a caller of syscall() names",
}


@pytest.fixture(scope="module")
def laboratory(request, libcovenv, tmp_path_factory):
    return Laboratory(request.config.getoption("--build-dir"), tmp_path_factory.mktemp("fault"))


@pytest.fixture(scope="module")
def quick(laboratory):
    scenarios = laboratory.scenarios()
    python = [one for one in scenarios if one.is_python]
    journal = [one for one in scenarios if one.has_journal]
    node = [one for one in scenarios if one.is_node]
    # Those of the other runtimes take seconds each, so --full alone has them.
    probe = [one for one in scenarios if one not in (*python, *journal, *node) and not one.runtime]
    return (survey(laboratory, probe, every=EVERY_OF_PROBE), survey(laboratory, python, every=EVERY_OF_PYTHON),
            survey(laboratory, journal, every=EVERY_OF_JOURNAL), survey(laboratory, node, every=EVERY_OF_NODE))


def check(tally, tmp_path):
    print(tally)
    (tmp_path / "failures.json").write_text(written(tally.failures))
    assert not tally.failures, f"{tally}\n{written(tally.failures[:20])}\nall in {tmp_path / 'failures.json'}"


def test_probe(quick, tmp_path):
    check(quick[0], tmp_path)


def test_python(quick, tmp_path):
    check(quick[1], tmp_path)


def test_journal(quick, tmp_path):
    check(quick[2], tmp_path)


def test_node(quick, tmp_path):
    """Also: what is lost is told."""
    check(quick[3], tmp_path)


def test_every_system_call_is_met(quick, laboratory):
    """Each system call that the shim's source names appears in a scenario, or in NOT_MADE."""
    source = [path.read_text() for pattern in ("*.cc", "*.h") for path in laboratory.shim.rglob(pattern)]
    named = set(re.findall(r"\bSYS_(\w+)", "\n".join(source)))
    met = {call for tally in quick for call, _ in tally.sites}
    assert named - met == set(NOT_MADE)
    assert met - NEVER_FAIL <= set(ERRORS)


def test_all_full(laboratory, tmp_path):
    check(survey(laboratory, laboratory.scenarios()), tmp_path)


DEFECTS = {
    "1.openat.1.shim=EMFILE": "output",
    "1.pread64.1.shim=EIO": "output",  # the target has one descriptor more
    "1.rt_sigprocmask-set.1.shim=EPERM": "output",
    "1.clock_gettime.*.shim=EINVAL": "hangs",
}


@pytest.mark.parametrize("fault", DEFECTS)
def test_defect_is_seen(request, laboratory, tmp_path, fault):
    """The comparison sees each defect of broken.so, and no difference if no call fails."""
    broken = Laboratory(request.config.getoption("--build-dir"), tmp_path, laboratory.programs / "broken.so", deadline=3)
    [scenario] = [one for one in broken.scenarios() if str(one) == "execve/target"]
    recorded = broken.record(scenario)
    assert not broken.test(scenario, recorded, "1.openat.9.shim=EMFILE").problems
    [problem] = [one for one in broken.test(scenario, recorded, fault).problems if one.startswith(DEFECTS[fault])]
    assert problem


def test_every_error_is_tried(laboratory):
    [scenario] = [one for one in laboratory.scenarios() if str(one) == "execve/target"]
    faults = list(faults_of(scenario, laboratory.record(scenario)))
    assert {f"1.openat.1.shim={error}" for error in ERRORS["openat"]} <= set(faults)
    assert len(faults) == len(set(faults))

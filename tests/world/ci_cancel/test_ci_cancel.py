# SPDX-License-Identifier: MIT
"""A job is cancelled while a test waits for its server: the coverage of the test and of the server is kept.

For each CI system the job runs the command line that wrapper/sigforward/README.md recommends for it.
"""

import contextlib
import shlex

import pytest
import replays
from job import HANGS, SERVER, SUITE, SWALLOWS_INT, Job
from user_project import python_of

PYTHON = python_of("pytest-cov-7")
NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
GITHUB_MARK = ("RUNNER_TRACKING_ID", "github")
PYTEST_COV = ["-m", "pytest", "-p", "no:cacheprovider", "--cov"]
COVERAGE_RUN = ["-m", "coverage", "run", "-m", "pytest", "-p", "no:cacheprovider"]


def pytest_generate_tests(metafunc):
    full = metafunc.config.getoption("--full")
    if "pace" in metafunc.fixturenames:
        metafunc.parametrize("pace", [1 if full else 0.2])
    if "measured_by" in metafunc.fixturenames:
        cases = [("pytest --cov", PYTEST_COV, True), ("coverage run", COVERAGE_RUN, False)]
        if full:
            cases += [(name, command, not session) for name, command, session in cases]
        ids = [f"{name}, {'own session' if session else 'same group'}" for name, _, session in cases]
        metafunc.parametrize("measured_by,own_session", [case[1:] for case in cases], ids=ids)


class Case:
    """A project in a folder, and functions that start its jobs in the ways of CI systems."""

    def __init__(self, folder, sigforward, stack):
        self.folder = folder
        self.sigforward = sigforward
        self._stack = stack
        self.configure("")

    def configure(self, line):
        (self.folder / ".coveragerc").write_text(f"[run]\nsource = {self.folder}\nparallel = true\n{line}\n")

    def suite(self, own_session, hang=HANGS):
        (self.folder / "server.py").write_text(SERVER)
        (self.folder / "test_it.py").write_text(SUITE.format(own_session=own_session, hang=hang))

    def job(self, command, **options):
        job = Job(self.folder, command, **options)
        self._stack.callback(job.close)
        return job

    def script(self, *command, exec_=False):
        """Writes the file of a step as CI systems do, and returns its path. `exec_` puts `exec` before the command."""
        line = shlex.join([*map(str, command)])
        path = self.folder / "step.sh"
        path.write_text(f"{'exec ' if exec_ else ''}{line}\n" + ("" if exec_ else "echo the step goes on\n"))
        return path

    def github(self, *command, exec_=False):
        script = self.script(*command, exec_=exec_)
        return self.job(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script], mark=GITHUB_MARK)

    def cancelled(self, job, replay, pace=1):
        """The Report of a job that is cancelled while its test hangs."""
        job.wait_for("hangs")
        replay(job, pace)
        report = job.report(PYTHON)
        print(job.output.decode(), {file: report.percent(file) for file in report.files()})
        return report


@pytest.fixture
def case(tmp_path, sigforward):
    with contextlib.ExitStack() as stack:
        yield Case(tmp_path, sigforward, stack)


# Configuration by which coverage saves by itself at a SIGTERM that does not come from a wrapper.
BY_ITSELF = "sigterm = true\npatch = subprocess"


def kept(report):
    return report.kept("test_it.py", "start") and report.kept("server.py")


def test_github_exec(case, measured_by, own_session, pace):
    """sigforward maps INT to TERM, because an interrupt would make pytest-cov throw away what it has measured."""
    case.suite(own_session)
    job = case.github(case.sigforward, "--map", "INT=TERM", "--grace", "9s", "--", PYTHON, *measured_by, exec_=True)
    assert kept(case.cancelled(job, replays.github, pace))


def test_github_exec_of_a_test_that_swallows_the_interrupt(case, measured_by, own_session, pace):
    case.suite(own_session, SWALLOWS_INT)
    job = case.github(case.sigforward, "--grace", "9s", "--", PYTHON, *measured_by, exec_=True)
    assert kept(case.cancelled(job, replays.github, pace))


def test_github_in_a_script(case, measured_by, own_session, pace):
    """sigforward learns of the cancel only by bash's end (--with-parent), because bash passes no signal on.

    bash puts SIGINT off until its command ends, and dies alone of SIGTERM.
    """
    case.suite(own_session)
    job = case.github(case.sigforward, "--with-parent", "--grace", "4s", "--", PYTHON, *measured_by)
    assert kept(case.cancelled(job, replays.github, pace))


def test_github_in_a_script_says_nothing_to_its_command(case, pace):
    """The limit: without --with-parent the command gets no signal before every process of the job gets SIGKILL."""
    case.suite(own_session=False)
    job = case.github(case.sigforward, "--", PYTHON, *COVERAGE_RUN)
    job.wait_for("hangs")
    before = {process.pid for process in job.processes()}
    replays.github_step(job, pace, slack=1)
    # Looked at before the SIGKILLs of the job's end, because a guard may act between two of them.
    assert {process.pid for process in job.processes()} == before - {job.pid}
    assert list(case.folder.glob(".coverage.*")) == []


@pytest.mark.parametrize("replay", [replays.gitlab_shell, replays.buildkite], ids=["gitlab", "buildkite"])
def test_signals_to_the_group_of_the_shell(case, measured_by, own_session, replay):
    case.suite(own_session)
    script = case.script(case.sigforward, "--with-parent", "--grace", "8s", "--", PYTHON, *measured_by)
    assert kept(case.cancelled(case.job(["bash", script]), replay))


# A program that waits for SIGTERM, and then for a second to see whether another one follows.
COUNTS_TERM = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
open("hangs", "w").close()
signal.sigwait([signal.SIGTERM])
print("again" if signal.sigtimedwait([signal.SIGTERM], 1) else "once", flush=True)
"""


def test_a_signal_to_the_group_of_the_shell_arrives_once(case):
    """--with-parent sends no second SIGTERM to the command, although the shell dies of the same signal."""
    script = case.script(case.sigforward, "--with-parent", "--grace", "8s", "--", PYTHON, "-c", COUNTS_TERM)
    job = case.job(["bash", script])
    job.wait_for("hangs")
    replays.gitlab_shell(job, 1)
    job.wait_for_the_end()
    assert job.output == b"once\n"


@pytest.mark.parametrize("replay", [replays.docker_stop, replays.kubernetes], ids=["docker stop", "Kubernetes"])
def test_pid_1_of_a_container(case, measured_by, own_session, replay):
    case.suite(own_session)
    job = case.job([*NAMESPACE, case.sigforward, "--grace", "8s", "--", PYTHON, *measured_by])
    assert kept(case.cancelled(job, replay))
    assert job.process.wait() == 128 + 15


def test_jenkins(case, measured_by, own_session, pace):
    """Coverage saves by itself, because every process gets its SIGTERM from Jenkins and not from the wrapper.

    The wrapper drops its own SIGTERM (--map TERM=), which would meet a process that is already saving.
    """
    case.suite(own_session)
    case.configure(BY_ITSELF)
    script = case.script(case.sigforward, "--map", "TERM=", "--grace", "4s", "--", PYTHON, *measured_by)
    job = case.job(["sh", "-e", script], mark=("JENKINS_NODE_COOKIE", "build"))
    assert kept(case.cancelled(job, replays.jenkins, pace))


def test_gitlab_in_a_container(case, measured_by, own_session):
    """Coverage saves by itself, as with Jenkins. The shell is PID 1, and so ignores SIGTERM."""
    case.suite(own_session)
    case.configure(BY_ITSELF)
    script = case.script(case.sigforward, "--map", "TERM=", "--grace", "8s", "--", PYTHON, *measured_by)
    job = case.job([*NAMESPACE, "sh", script])
    assert kept(case.cancelled(job, replays.gitlab_docker))


# A server that is the container's command


def serve(case):
    case.suite(own_session=False)
    rc = case.folder / ".coveragerc"
    command = [*NAMESPACE, case.sigforward, "--grace", "8s", "--", PYTHON, "server.py"]
    job = case.job(command, COVERAGE_PROCESS_START=str(rc))
    while b"ready\n" not in job.output:
        assert not job.output_closed(0.02), job.output
    return job


@pytest.mark.parametrize("replay", [replays.docker_stop, replays.kubernetes], ids=["docker stop", "Kubernetes"])
def test_a_server_in_a_container(case, replay):
    job = serve(case)
    replay(job, 1)
    assert job.report(PYTHON).kept("server.py")
    assert job.process.wait() == 128 + 15


def test_a_container_that_is_killed_keeps_nothing(case):
    """The limit: if PID 1 is killed, the kernel ends all processes of its namespace at once."""
    job = serve(case)
    replays.kill_container(job, 1)
    assert not job.report(PYTHON).kept("server.py")

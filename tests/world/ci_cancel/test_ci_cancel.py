# SPDX-License-Identifier: MIT
"""A job is cancelled in the middle of a test, which waits for a server: the coverage of both is kept.

Each replay meets the line that wrapper/sigforward/README.md recommends for that system.
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
    """A project in a folder, and the way in which its jobs start."""

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
        """The file of a step, as CI systems write one."""
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


# coverage saves by itself on a SIGTERM that comes past every wrapper.
BY_ITSELF = "sigterm = true\npatch = subprocess"


def kept(report):
    return report.kept("test_it.py", "start") and report.kept("server.py")


def test_github_exec(case, measured_by, own_session, pace):
    """Without the map pytest would be interrupted, and pytest-cov then throws away what it has measured."""
    case.suite(own_session)
    job = case.github(case.sigforward, "--map", "INT=TERM", "--grace", "9s", "--", PYTHON, *measured_by, exec_=True)
    assert kept(case.cancelled(job, replays.github, pace))


def test_github_exec_of_a_test_that_swallows_the_interrupt(case, measured_by, own_session, pace):
    case.suite(own_session, SWALLOWS_INT)
    job = case.github(case.sigforward, "--grace", "9s", "--", PYTHON, *measured_by, exec_=True)
    assert kept(case.cancelled(job, replays.github, pace))


def test_github_in_a_script(case, measured_by, own_session, pace):
    """bash puts SIGINT off until its command ends, and SIGTERM ends it alone: its end is all that can be seen."""
    case.suite(own_session)
    job = case.github(case.sigforward, "--with-parent", "--grace", "4s", "--", PYTHON, *measured_by)
    assert kept(case.cancelled(job, replays.github, pace))


def test_github_in_a_script_says_nothing_to_its_command(case, pace):
    """The limit: what is not --with-parent hears of the cancel by SIGKILL for every process of the job."""
    case.suite(own_session=False)
    job = case.github(case.sigforward, "--", PYTHON, *COVERAGE_RUN)
    job.wait_for("hangs")
    before = {process.pid for process in job.processes()}
    replays.github_step(job, pace, slack=1)
    # Before the SIGKILLs, of which a guard of sigforward's may be faster than the next.
    assert {process.pid for process in job.processes()} == before - {job.pid}
    assert list(case.folder.glob(".coverage.*")) == []


@pytest.mark.parametrize("replay", [replays.gitlab_shell, replays.buildkite], ids=["gitlab", "buildkite"])
def test_signals_to_the_group_of_the_shell(case, measured_by, own_session, replay):
    case.suite(own_session)
    script = case.script(case.sigforward, "--with-parent", "--grace", "8s", "--", PYTHON, *measured_by)
    assert kept(case.cancelled(case.job(["bash", script]), replay))


# Ended by its first SIGTERM, and says so where a second one follows.
COUNTS_TERM = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
open("hangs", "w").close()
signal.sigwait([signal.SIGTERM])
print("again" if signal.sigtimedwait([signal.SIGTERM], 1) else "once", flush=True)
"""


def test_a_signal_to_the_group_of_the_shell_arrives_once(case):
    """The wrapper sends no second one because the shell has died of the signal as well."""
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
    """Every process gets its SIGTERM from Jenkins, past the wrapper: coverage has to save by itself.

    The wrapper's own SIGTERM would meet what is saving already.
    """
    case.suite(own_session)
    case.configure(BY_ITSELF)
    script = case.script(case.sigforward, "--map", "TERM=", "--grace", "4s", "--", PYTHON, *measured_by)
    job = case.job(["sh", "-e", script], mark=("JENKINS_NODE_COOKIE", "build"))
    assert kept(case.cancelled(job, replays.jenkins, pace))


def test_gitlab_in_a_container(case, measured_by, own_session):
    """As with Jenkins. PID 1 is the shell, which ignores SIGTERM because it is PID 1."""
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
    """The limit: with PID 1 the kernel ends all of its namespace at once."""
    job = serve(case)
    replays.kill_container(job, 1)
    assert not job.report(PYTHON).kept("server.py")

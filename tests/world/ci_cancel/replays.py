# SPDX-License-Identifier: MIT
"""The signals that CI systems send to the processes of a job that is cancelled or out of time, as their documents or
sources say.

A replay is a function replay(job, pace). It sends the signals, waits where the system waits, and returns when the
system is done. A wait for an event ends with the event. A wait that always lasts is shortened by `pace`; 1 is the real
time.
"""

import contextlib
import os
import signal
import time

import psutil


def _environment(process):
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        return process.environ()
    return {}


def _marked(name, value):
    return [process for process in psutil.process_iter() if _environment(process).get(name) == value]


def _send(process, signo):
    with contextlib.suppress(psutil.Error):
        process.send_signal(signo)


# A wait for an event may last so many times longer than in its system, because a machine that is busy with other tests
# saves more slowly than a runner.
SLACK = 4


def github_step(job, pace, slack=SLACK):
    """GitHub Actions, a `run` step.

    docs.github.com, "Workflow cancellation reference": SIGINT to the step's entry process (bash), 7500 ms, SIGTERM,
    2500 ms, then "the runner kills the process tree". In actions/runner (src/Runner.Sdk/ProcessInvoker.cs) that is, on
    Linux, a SIGKILL for the entry process alone. The step counts as ended 5 s after that process has exited, or as soon
    as its output is closed.
    """
    for signo, patience in ((signal.SIGINT, 7.5 * pace), (signal.SIGTERM, 2.5 * slack)):
        os.kill(job.pid, signo)
        if job.output_closed(patience):
            break
    job.process.kill()
    job.process.wait()
    job.output_closed(5)


def github(job, pace):
    """GitHub Actions, a `run` step that is the last of its job.

    At the end of the job ("Cleaning up orphan processes", JobExtension.cs, described in its issue 4601) each process
    with the job's RUNNER_TRACKING_ID in its environment gets SIGKILL.
    """
    github_step(job, pace)
    for process in _marked(*job.mark):
        _send(process, signal.SIGKILL)


def _term_then_kill(patience):
    def replay(job, pace):
        os.killpg(job.pid, signal.SIGTERM)
        if not job.exited(patience):
            os.killpg(job.pid, signal.SIGKILL)

    return replay


# GitLab Runner, shell executor: SIGTERM to the group of the job's shell, 10 s, SIGKILL (merge requests 1770, 3906).
gitlab_shell = _term_then_kill(10)
# Buildkite: SIGTERM to the group of the command, SIGKILL after signal-grace-period, 9 s (buildkite/agent, pull 2696;
# buildkite.com/docs/agent/lifecycle).
buildkite = _term_then_kill(9)


def jenkins(job, pace):
    """Jenkins, core/src/main/java/hudson/util/ProcessTree.java.

    Each process with the build's cookie in its environment gets SIGTERM. Its children get theirs before, whether they
    have the cookie or not. After each SIGTERM Jenkins waits until the process has left /proc, for SoftKillWaitSeconds
    in all, 5 by default (pull 4225). No SIGKILL follows.
    """

    def end(process, deadline):
        for child in _children(process):
            end(child, deadline)
        _send(process, signal.SIGTERM)
        while psutil.pid_exists(process.pid) and time.monotonic() < deadline:
            time.sleep(0.01)

    for process in sorted(_marked(*job.mark), key=lambda process: process.pid):
        end(process, time.monotonic() + 5 * pace)


def gitlab_docker(job, pace):
    """GitLab Runner, docker executor (merge request 4446).

    A shell that is put into the container sends SIGTERM to all but PID 1, the youngest first; then comes `docker stop`.
    """
    init = job.init()
    for process in sorted(init.children(recursive=True), key=lambda process: -process.pid):
        _send(process, signal.SIGTERM)
    docker_stop(job, pace)


def _children(process):
    with contextlib.suppress(psutil.Error):
        return process.children()
    return []


def _stop_container(patience):
    def replay(job, pace):
        init = job.init()
        _send(init, signal.SIGTERM)
        if not job.exited(patience):
            _send(init, signal.SIGKILL)

    return replay


# docs.docker.com, "docker container stop": SIGTERM to the main process, SIGKILL after 10 s, which
# ends the namespace.
docker_stop = _stop_container(10)
# kubernetes.io, "Termination of Pods": the same, with terminationGracePeriodSeconds, 30 by default.
kubernetes = _stop_container(30)


def kill_container(job, pace):
    """`docker kill`, a container out of memory, a pod that is deleted by force: SIGKILL for PID 1."""
    _send(job.init(), signal.SIGKILL)

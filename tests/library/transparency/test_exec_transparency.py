# SPDX-License-Identifier: MIT
"""Every exec and spawn function, in every form, from every place: equal without and with the library."""

import subprocess

import pytest

from exec_runs import differences, run_probe

SAMPLE = (
    "execve/plain",
    "execv/plain",
    "execvpe/env_null",
    "execle/arguments_100",
    "fexecve/plain",
    "execvp/environ_after_unset_one",
    "execve/elf32",
    "execve/env_preload_other",
    "execve/script",
    "execvp/script_without_interpreter",
    "posix_spawn/env_group_opted_out",
    "posix_spawnp/path_denied_then_found",
    "posix_spawn/missing",
    "system/receiver",
    "popen/environ_after_clear",
    "wordexp/command",
)


def test_case(exec_results, libcovenv, exec_case, context):
    bare, shim = (results[exec_case] for results in exec_results(context))
    assert bare["stage"] == 0, f"the case itself failed: {bare}"
    assert not differences(bare, shim, libcovenv)


@pytest.mark.parametrize("context", ["main", "vfork"])
def test_disabled_it_is_inert(programs, folder, libcovenv, context):
    extra = {"COVENV_DISABLE": "1"}
    bare = run_probe(programs, folder, libcovenv, context, SAMPLE, extra=extra)
    shim = run_probe(programs, folder, libcovenv, context, SAMPLE, preload=libcovenv, extra=extra)
    found = {case: differences(bare[case], shim[case], libcovenv, "inert", extra) for case in SAMPLE}
    assert not {case: text for case, text in found.items() if text}


@pytest.mark.parametrize("context", ["main", "vfork"])
def test_skipped_target_gets_nothing(programs, folder, libcovenv, context):
    """A target named by COVENV_SKIP gets the environment as without covenv: nothing added, our own entry taken out."""
    extra = {"COVENV_SKIP": "something,receiver*"}
    cases = [case for case in SAMPLE if "/script" not in case and case.split("/")[0] not in ("system", "popen", "wordexp", "posix_spawnp")]
    bare = run_probe(programs, folder, libcovenv, context, cases, extra=extra)
    shim = run_probe(programs, folder, libcovenv, context, cases, preload=libcovenv, extra=extra)
    found = {case: differences(bare[case], shim[case], libcovenv, "skipped", extra) for case in cases}
    assert not {case: text for case, text in found.items() if text}


def test_program_of_another_name_is_not_skipped(programs, folder, libcovenv):
    extra = {"COVENV_SKIP": "receiver*"}
    cases = ["execvp/path_found", "posix_spawnp/path_found"]
    bare = run_probe(programs, folder, libcovenv, "main", cases, extra=extra)
    shim = run_probe(programs, folder, libcovenv, "main", cases, preload=libcovenv, extra=extra)
    assert not [text for case in cases for text in differences(bare[case], shim[case], libcovenv, extra=extra)]


def test_handmade_elf32_exits_without_noise(folder, libcovenv):
    """The target has neither libc nor start-up code, so only its status (7) says that it ran."""
    script = f"import subprocess; print(subprocess.run(['{folder}/exit7-i386'], env={{}}).returncode)"
    done = subprocess.run(
        ["/usr/bin/python3", "-c", script], env={"LD_PRELOAD": str(libcovenv)}, capture_output=True, timeout=30
    )
    assert (done.stdout, done.stderr) == (b"7\n", b"")

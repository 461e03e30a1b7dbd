# SPDX-License-Identifier: MIT
"""Runs exec_probe without and with a library, and lists the differences of the two runs that are not allowed.

A result is the object that exec_probe prints for a case.
"""

import json
import subprocess

from environment_model import carried_from, expected_environment, is_carried, is_empty, name_of

CONTEXTS = ("main", "vfork", "thread", "handler", "altstack")
FORMS_EVERYWHERE = (
    "plain",
    "arg0_differs",
    "missing",
    "not_executable",
    "directory",
    "script_without_interpreter",
    "elf32",
    "static",
    "exit_status",
    "arguments_100",
    "path_found",
    "path_denied_then_found",
    "path_empty_entry_first",
    "path_script_without_interpreter",
    "path_ten_candidates",
    "env_null",
    "env_odd_bytes",
    "env_own_value",
    "env_preload_other",
    "env_entries_300",
    "env_entries_1500",
    "environ_after",
    "env_given_after_clear",
    "bad_environment",
    "receiver",
    "command",
)
RUNNER = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/root",
    "COV_CORE_SOURCE": "x",
    "LANG": "C",
    "COVERAGE_PROCESS_CONFIG": "y",
    "COVENV_GRACE": "2s",
    "GOCOVERDIR": "/tmp/go",
    "COV_CORE_DATAFILE": "a=b c",
    "COVER": "",
    "LAST": "1",
}
SESSION = {}  # the variables that put a runner into a session
DEADLINE = 120


def run_probe(programs, folder, library, context, cases=(), *, preload=None, extra=None):
    """One run of exec_probe on these cases (all if none is given): case -> result.

    `library` is the path that cases may name, also in the run without it. `preload` is what is loaded, `extra` has
    further variables.
    """
    environment = {**RUNNER, **(extra or {})}
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    command = [programs / "exec_probe", "--folder", folder, "--library", library, "--from", context, *cases]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=DEADLINE)
    assert done.returncode == 0, f"exec_probe: {done.returncode}\n{done.stderr.decode()}"
    assert done.stderr == b"", done.stderr.decode()
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return {result["case"]: result for result in results}


def runner_entries(extra=None):
    return [f"{name}={value}" for name, value in {**RUNNER, **(extra or {})}.items()]


def without_name(entries, name):
    return [entry for entry in entries if name_of(entry) != name]


def plain_parts(result):
    """The parts of a result that must be equal in both runs: all but environments."""
    parts = {key: value for key, value in result.items() if key not in ("given", "environ", "reports")}
    parts["received"] = [{**report, "environ": None} for report in result.get("reports", [])]
    return parts


def allowed_environments(result, library, mode, extra):
    """The environments that the first receiver may get in the run with the library. `mode` is as in differences()."""
    given, traits = result["given"], result["traits"]
    if mode == "inert":
        return [given or []]
    if mode == "skipped":
        return [expected_environment(given, [], library, preload=False)]
    source = runner_entries(extra) if "last_known" in traits else result["environ"] or []
    merged = expected_environment(given, carried_from(source), library, preload="foreign" not in traits)
    if "secure" in traits:
        merged = without_name(merged, "LD_PRELOAD")  # ld.so removes it from the environment of such a program
    # On an alternate stack, which is small, a long environment may be forwarded unchanged.
    small = result.get("context") == "altstack" and "env_entries" in result["case"]
    return [merged, given or []] if small or "may_forward" in traits else [merged]


def environment_differences(bare, shim, library, mode, extra):
    differences = []
    given = shim["given"] if shim["gives"] else without_name(shim["given"] or [], "LD_PRELOAD")
    if (given or []) != (bare["given"] or []):
        differences.append(f"not the same call: {bare['given']} != {shim['given']}")
    allowed = allowed_environments(shim, library, mode, extra)
    for index, (one, other) in enumerate(zip(bare["reports"], shim["reports"])):
        if "shell" in shim["traits"]:
            differences += shell_differences(one["environ"], other["environ"], allowed[0])
        elif index == 0:
            if "secure" not in shim["traits"] and one["environ"] != (bare["given"] or []):
                differences.append(f"bare child: {one['environ']}, given {bare['given']}")
            if other["environ"] not in allowed:
                differences.append(f"child: {other['environ']}\n  allowed: {allowed}")
        else:  # a grandchild, which inherits its environment or is given an empty one
            before = shim["reports"][index - 1]["environ"]
            target = expected_environment(one["environ"], carried_from(before), library)
            target = before if one["environ"] else target
            if other["environ"] != target:
                differences.append(f"grandchild: {other['environ']}\n  expected: {target}")
    return differences


def shell_differences(bare, shim, allowed):
    """Differences behind a shell, which exports in an order of its own.

    Without the entries that covenv may add, the two environments must be the same, in the same order.
    """
    present = {name_of(entry) for entry in bare}
    added = [
        entry
        for entry in allowed
        if (is_carried(name_of(entry) or "") or name_of(entry) == "LD_PRELOAD")
        and name_of(entry) not in present
        and not is_empty(entry)
    ]
    names = {name_of(entry) for entry in added}
    rest = [entry for entry in shim if name_of(entry) not in names]
    got = sorted(entry for entry in shim if name_of(entry) in names)
    differences = [] if rest == bare else [f"by a shell: {rest}\n  bare: {bare}"]
    return differences + ([] if got == sorted(added) else [f"by a shell, added: {got}\n  allowed: {added}"])


def differences(bare, shim, library, mode="carry", extra=None):
    """A text for each difference that is not allowed; [] if only the carried variables differ, and as they must.

    `mode` is "carry", "inert" (COVENV_DISABLE) or "skipped" (COVENV_SKIP).
    """
    one, other = plain_parts(bare), plain_parts(shim)
    found = [f"{key}: {one.get(key)} != {other.get(key)}" for key in {**one, **other} if one.get(key) != other.get(key)]
    if "given" in bare and "given" in shim:
        found += environment_differences(bare, shim, str(library), mode, extra)
    return found

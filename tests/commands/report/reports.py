# SPDX-License-Identifier: MIT
"""Made-up reports, as dicts of the form that `covenv run --report` writes: a small one, one with losses, large ones."""

import json
import random

MS = 1_000_000


def process(id, parent=None, **fields):
    """The entry of a process that ran for 300 ms and exited with 0, unless `fields` says otherwise."""
    return {
        "id": id,
        "pid": 4000 + id,
        "parent": parent,
        "start_ns": id * 10 * MS,
        "end_ns": id * 10 * MS + 300 * MS,
        "argv": ["python", f"worker_{id}.py"],
        "argv_cut": False,
        "program": "/usr/bin/python3.11",
        "image": "dynamic",
        "restored": [],
        "preloaded": True,
        "measured": False,
        "end": {"how": "exit", "code": 0},
        "saves": [],
        "kill": None,
        "loss": None,
        **fields,
    }


def killed(by, took_ns=5 * MS):
    """The fields of a measured process that was killed by the process with the id `by`, and saved before."""
    return {
        "measured": True,
        "restored": ["COVERAGE_PROCESS_CONFIG", "LD_PRELOAD"],
        "end": {"how": "signal", "signal": 9},
        "saves": [{"why": "kill", "took_ns": took_ns, "ok": True}],
        "kill": {"signal": 9, "by": by, "method": "save", "took_ns": took_ns, "outcome": "ended"},
    }


LOSSES = {
    "static-binary": {
        "reason": "static-binary",
        "text": "It is linked statically, so that no library can be loaded into it.",
        "fix": "Link it dynamically in the test build, or build it with -cover and GOCOVERDIR.",
    },
    "other-user": {
        "reason": "other-user",
        "text": "It ran as another user, and may not write to the data file.",
        "fix": "Let that user write to the folder of the data file, or set COVERAGE_FILE to one that it may use.",
    },
    "save-timed-out": {
        "reason": "save-timed-out",
        "text": "It was killed while a native call held the GIL for the whole grace.",
        "fix": "Raise the grace: `covenv run --grace 5s`.",
    },
}


def report(processes, **session):
    """A report of these processes, with totals to match; `session` replaces fields of the session."""
    wall = max((each["end_ns"] or each["start_ns"] for each in processes), default=0) + 50 * MS
    return {
        "covenv_report": 2,
        "covenv": "0.1.0",
        "session": {
            "host": "build-7",
            "started": "2026-11-25T22:38:09.123Z",
            "wall_ns": wall,
            "command": ["pytest", "-q", "tests"],
            "exit": {"code": 0},
            "dropped": 0,
            "grace_ns": 1000 * MS,
            "kill": "save",
            **session,
        },
        "totals": {
            "processes": len(processes),
            "measured": sum(each["measured"] for each in processes),
            "restored": sum(bool(each["restored"]) for each in processes),
            "saved": sum(any(save["ok"] for save in each["saves"]) for each in processes),
            "lost": sum(each["loss"] is not None for each in processes),
        },
        "processes": processes,
    }


def small():
    """The report of a suite that starts a server, a client and a tool, and kills the server. Nothing is lost."""
    return report(
        [
            process(1, None, argv=["pytest", "-q", "tests"], start_ns=0, end_ns=2400 * MS, measured=True),
            process(2, 1, argv=["python", "-m", "http.server", "0"], start_ns=210 * MS, end_ns=1400 * MS, **killed(1)),
            process(3, 2, argv=["sh", "-c", "sleep 0.1; echo 'ready now'"], program="/usr/bin/dash", start_ns=420 * MS,
                    end_ns=640 * MS, restored=["COVERAGE_PROCESS_CONFIG"]),
            process(4, 1, argv=["python", "client.py", "--retries", "3"], start_ns=600 * MS, end_ns=1250 * MS,
                    measured=True, restored=["COVERAGE_PROCESS_CONFIG"]),
            process(5, 1, argv=["git", "rev-parse", "HEAD"], program="/usr/bin/git", start_ns=1500 * MS, end_ns=1504 * MS),
            process(6, 1, argv=["python", "worker.py"], start_ns=1600 * MS, end_ns=2210 * MS, measured=True,
                    saves=[{"why": "exit", "took_ns": 3 * MS, "ok": True}], end={"how": "exit", "code": 3}),
        ]
    )


def losing():
    """small() with losses of three kinds, and a process that still runs."""
    lost = report(small()["processes"], exit={"code": 1})["processes"]
    for number in range(7, 10):
        lost.append(process(number, 1, argv=["/opt/tools/indexer", "--shard", str(number)], program="/opt/tools/indexer",
                            image="static", preloaded=False, loss=LOSSES["static-binary"], start_ns=number * 150 * MS,
                            end_ns=number * 150 * MS + 400 * MS))
    lost.append(process(10, 1, argv=["sudo", "-u", "www", "python", "serve.py"], loss=LOSSES["other-user"],
                        start_ns=900 * MS, end_ns=2000 * MS, end={"how": "exit", "code": 1}))
    lost.append(process(11, 2, argv=["python", "crunch.py"], start_ns=500 * MS, end_ns=1900 * MS,
                        loss=LOSSES["save-timed-out"], measured=True, end={"how": "signal", "signal": 9},
                        saves=[{"why": "kill", "took_ns": 1000 * MS, "ok": False}],
                        kill={"signal": 9, "by": 1, "method": "save", "took_ns": 1000 * MS, "outcome": "timed-out"}))
    lost.append(process(12, 1, argv=["tail", "-f", "server.log"], program="/usr/bin/tail", start_ns=700 * MS,
                        end_ns=None, end=None))
    return report(lost, exit={"code": 1})


def in_tests():
    """losing(), in which all but the runner and the process that still runs were started by tests of two files."""
    content = losing()
    for each in content["processes"][1:-1]:
        cart = each["id"] % 2 == 0
        each["test"] = "tests/test_cart.py::test_add (setup)" if cart else "tests/test_pay.py::test_card[visa-1] (call)"
        if each["id"] == 4:
            each["test"] = "tests/test_cart.py::test_add (call)"
        if each["kill"]:
            each["kill"]["test"] = "tests/test_cart.py::test_add (teardown)"
    return content


def bringing():
    """in_tests(), whose measured processes have brought lines, one of them none."""
    content = in_tests()
    for each, lines in zip((each for each in content["processes"] if each["measured"]), [7, 40, 0, 12, 12]):
        each["brought"] = {"files": 2 if lines else 0, "lines": lines, "arcs": lines * 2, "only": lines // 4,
                           "data": "" if each["kill"] else f".coverage.build-7.pid{each['pid']}.Xabcdefx"}
    content["gain"] = {"files": 2, "before": 1, "after": 41,
                       "largest": [{"file": "app/server.py", "before": 0, "after": 38,
                                    "percents": {"before": 0, "after": 93.5}},
                                   {"file": "app/client.py", "before": 1, "after": 3}]}
    return content


def many(count):
    """`count` processes: eight workers that start servers and tools all the time. Some are killed, a few are lost.

    The tree of processes is five deep with 300 processes, and ten deep with 10,000.
    """
    chance = random.Random(7)
    made = [process(1, None, argv=["pytest", "-n", "8"], start_ns=0, end_ns=count * MS + 3000 * MS, measured=True)]
    made += [process(2 + i, 1, argv=["python", "-c", "from execnet.gateway_base import serve"], measured=True,
                     start_ns=100 * MS, end_ns=count * MS + 2500 * MS) for i in range(min(8, count - 1))]
    for id in range(len(made) + 1, count + 1):
        start = 200 * MS + (id - 10) * MS
        parent = 2 + id % 8 if id < 60 or chance.random() < 0.7 else id - chance.randrange(1, 40)
        times = {"start_ns": start, "end_ns": start + chance.randrange(2 * MS, 900 * MS)}
        draw = chance.random()
        if draw < 0.2:
            made.append(process(id, parent, argv=["python", "-m", "http.server", str(8000 + id)],
                                **killed(parent, chance.randrange(3 * MS, 12 * MS)), **times))
        elif draw < 0.205:
            made.append(process(id, parent, argv=["/opt/tools/indexer", str(id)], program="/opt/tools/indexer",
                                image="static", loss=LOSSES["static-binary"], **times))
        elif draw < 0.6:
            made.append(process(id, parent, argv=["python", "-m", "app.worker", "--job", str(id)], measured=True,
                                restored=["COVERAGE_PROCESS_CONFIG"], **times))
        else:
            made.append(process(id, parent, argv=["git", "status", "--porcelain"], program="/usr/bin/git", **times))
    return report(made)


def write(path, content):
    """Writes a report (a dict) as JSON, and returns the path."""
    path.write_text(json.dumps(content, separators=(",", ":")))
    return path

# SPDX-License-Identifier: MIT
"""pytest-xdist: execnet starts its workers, and the workers start the servers."""

import json


def test_two_workers(project):
    write_suite(project)
    report = project.pytest("-n", "2")
    assert report.kept("gw0.py")
    assert report.kept("gw1.py")


def test_bare(project):
    write_suite(project)
    report = project.pytest("-n", "2", preload=False)
    assert not report.kept("gw0.py")
    assert not report.kept("gw1.py")


def test_workers_share_a_session(project, covenv):
    write_suite(project)
    report = project.folder / "session.json"
    assert project.pytest("-n", "2", preload=False, through=(covenv, "run", "--report", report, "--")).kept("gw0.py")
    processes = json.loads(report.read_text())["processes"]
    of = {one["id"]: one for one in processes}
    servers = [one for one in processes if one["argv"][-1:] in (["gw0.py"], ["gw1.py"])]
    assert sorted(one["argv"][-1] for one in servers) == ["gw0.py", "gw1.py"]
    workers = {one["parent"] for one in servers}
    assert len(workers) == 2 and len({of[worker]["parent"] for worker in workers}) == 1
    assert sorted(of[worker]["worker"] for worker in workers) == ["gw0", "gw1"]
    assert all(one["test"].startswith("test_it.py::test_it[") and not one["worker"] for one in servers)
    assert all(of[worker]["measured"] and one["measured"] for worker in workers for one in servers)
    assert not [one["loss"] for one in processes if one["loss"]]


def write_suite(project):
    for worker in ["gw0", "gw1"]:
        project.write(f"{worker}.py", """
            import server

            def work():
                server.main()

            work()
        """)
    project.write("test_it.py", """
        import sys
        import pytest
        from helpers import get, start

        @pytest.mark.parametrize("end, status", [("kill", -9), ("terminate", -15)])
        def test_it(worker_id, end, status):
            process, url = start(sys.executable, f"{worker_id}.py")
            assert get(f"{url}/hello") == "/hello"
            getattr(process, end)()
            assert process.wait() == status
    """)

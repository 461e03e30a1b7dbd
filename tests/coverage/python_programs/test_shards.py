# SPDX-License-Identifier: MIT
"""The recipe for shards on several machines, from its document: four jobs, one of them cancelled, come together."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from user_project import python_of

DEADLINE = 300
SHARDS = ("1", "2", "3", "4")
CANCELLED = "3"
DOCUMENT = Path(__file__).resolve().parents[3] / "wrapper" / "covenv" / "README.md"
SUITE = """
    import os, pathlib, sys, time
    import pytest
    from helpers import get, start

    @pytest.mark.parametrize("number", range(8))
    def test_it(number, worker_id):
        process, url = start(sys.executable, f"served_{shard}.py")
        assert get(f"{{url}}/hello") == "/hello"
        if {is_cancelled}:
            pathlib.Path(f"at-{{worker_id}}").touch()
            time.sleep({deadline})
        process.kill()
        assert process.wait() == -9
"""


def recipe(name):
    """The commands of one job in the document."""
    [block] = re.findall(f"<!-- {name} -->\n```bash\n(.*?)```\n<!-- /{name} -->", DOCUMENT.read_text(), re.DOTALL)
    return block


class Job:
    """A machine of its own: a folder with a copy of the project."""

    def __init__(self, project, folder, covenv, shard):
        self.folder = folder
        shutil.copytree(project.folder, folder)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        programs = f"{covenv.parent}:{python_of('programs').parent}"
        summary = folder / "summary.md"
        self.environment = kept | {"PATH": f"{programs}:{os.environ['PATH']}", "SHARD": shard, "PYTHONPATH": str(folder),
                                   "GITHUB_STEP_SUMMARY": str(summary)}

    def start(self, name):
        return subprocess.Popen(["bash", "-e", "-c", recipe(name)], cwd=self.folder, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def run(self, name):
        process = self.start(name)
        output, _ = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, output
        return output

    def cancel_when_each_worker_is_in_a_test(self):
        process = self.start("shard")
        end = time.monotonic() + DEADLINE
        while len(list(self.folder.glob("at-gw*"))) < 8:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def jobs(project, covenv, tmp_path_factory):
    """A Job for each shard, none of which has run."""
    for shard in SHARDS:
        project.write(f"served_{shard}.py", """
            import server

            def work():
                server.main()

            work()
        """)
        suite = project.folder / "parts" / shard
        suite.mkdir(parents=True)
        project.write(f"parts/{shard}/test_it.py",
                      SUITE.format(shard=shard, is_cancelled=shard == CANCELLED, deadline=DEADLINE))
    # Relative paths, because each machine may have the project in another folder.
    project.write(".coveragerc", "[run]\nrelative_files = true\nsource = .\n")
    machines = tmp_path_factory.mktemp("machines")
    return {shard: Job(project, machines / shard, covenv, shard) for shard in SHARDS}


def test_four_shards_with_eight_workers_come_together(jobs, project, covenv, tmp_path_factory):
    for shard, job in jobs.items():
        if shard == CANCELLED:
            job.cancel_when_each_worker_is_in_a_test()
        else:
            job.run("shard")
        written = re.findall(r"^\S+/\.coverage\.shard-\d\S*$", job.run("always"), re.MULTILINE)
        assert bool(written) == (shard == CANCELLED)

    last = Job(project, tmp_path_factory.mktemp("last") / "job", covenv, "")
    for job in jobs.values():
        for file in [*job.folder.glob(".coverage.shard-*"), *job.folder.glob("shard-*.json")]:
            assert not (last.folder / file.name).exists()
            shutil.copy(file, last.folder)
    last.run("together")

    subprocess.run([python_of("programs"), "-m", "coverage", "json", "-q", "-o", "all.json"], cwd=last.folder, check=True)
    files = json.loads((last.folder / "all.json").read_text())["files"]
    for shard in SHARDS:
        work = files[f"served_{shard}.py"]["functions"]["work"]
        assert work["executed_lines"] and not work["missing_lines"], shard
    assert "shard-4" in (last.folder / "all.html").read_text()
    summary = (last.folder / "summary.md").read_text()
    assert summary.startswith("## Coverage of subprocesses: nothing lost\n")
    told = json.loads(subprocess.run([covenv, "report", "--merge", *sorted(last.folder.glob("shard-*.json")),
                                      "--format", "json"], capture_output=True, text=True, check=True).stdout)
    assert [shard["name"] for shard in told["shards"]] == ["shard-1", "shard-2", "shard-4"]
    assert told["totals"]["lost"] == 0
    servers = [one for one in told["processes"] if re.search(r"served_\d.py", " ".join(one["argv"]))]
    assert len(servers) == 24 and all(one["measured"] for one in servers)

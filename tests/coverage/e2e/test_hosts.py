# SPDX-License-Identifier: MIT
"""The coverage of a Python that is embedded in another program is kept."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.journal

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def hosts(tmp_path_factory, request):
    """The start of a command line of host.c: "linked" to the Python of the newest stack, or "loads" it by dlopen()."""
    from conftest import NEWEST, Stack

    program = "import json, sysconfig; print(json.dumps(sysconfig.get_config_vars('LIBDIR', 'MULTIARCH', 'INSTSONAME')))"
    told = subprocess.run([Stack(NEWEST).python, "-c", program], capture_output=True, check=True, text=True).stdout
    folder, kind, name = json.loads(told)
    [library, *_] = [path for path in (Path(folder, name), Path(folder, kind or "", name)) if path.exists()]
    made = tmp_path_factory.mktemp("hosts")
    subprocess.run(["gcc", "-o", made / "loads", HERE / "host.c", "-ldl"], check=True)
    linking = ["-DLINKED", library, f"-Wl,-rpath,{library.parent}"]
    subprocess.run(["gcc", "-o", made / "linked", HERE / "host.c", *linking], check=True)
    return {"linked": [made / "linked", "-"], "loads": [made / "loads", library]}


@pytest.mark.parametrize("end", ["kill", "exit", "finalize"])
@pytest.mark.parametrize("how", ["linked", "loads"])
@pytest.mark.parametrize("what", ["file", "module", "code"])
def test_a_python_in_a_host(small, hosts, what, how, end):
    """Coverage is kept if the host is killed, leaves by C's exit() without Py_Finalize(), or finalises its Python."""
    file = small.folder / "server.py"
    program = {"file": [file], "module": [small.folder, "server"], "code": [file, "-"]}[what]
    command = [*map(str, [*hosts[how], "finalize" if end == "finalize" else "exit", *program])]
    small.write("test_it.py", f"""
        import subprocess

        def test_it():
            host = subprocess.Popen({command!r}, env={{}}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert host.stdout.readline() == b"ready\\n"
            if {end == "kill"}:
                host.kill()
            else:
                host.stdin.close()
            assert host.wait() == {-9 if end == "kill" else 7}
    """)
    assert small.pytest().kept("server.py")

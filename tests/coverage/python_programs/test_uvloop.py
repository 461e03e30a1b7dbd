# SPDX-License-Identifier: MIT
"""uvloop: libuv starts, kills and waits for children, as it does in Node."""

import pytest


@pytest.mark.parametrize("end, status", [("process.kill()", -9), ("process.send_signal(signal.SIGHUP)", -1)])
def test_subprocess(project, end, status):
    project.write("server.py", """
        import os

        def serve():
            print("ready", flush=True)

        serve()
        os.read(0, 1)
    """)
    project.write("test_it.py", f"""
        import asyncio, signal, sys
        from asyncio.subprocess import PIPE
        import uvloop

        async def killed():
            process = await asyncio.create_subprocess_exec(
                sys.executable, "server.py", env={{}}, stdin=PIPE, stdout=PIPE)
            assert await process.stdout.readline() == b"ready\\n"
            {end}
            return await process.wait()

        def test_it():
            assert uvloop.run(killed()) == {status}
    """)
    assert project.pytest().kept("server.py", "serve")

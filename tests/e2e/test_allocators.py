# SPDX-License-Identifier: MIT
"""Other allocators, whose first system calls come before any constructor: both do their work, in either order."""

import glob

import pytest

ALLOCATORS = {
    "jemalloc": "/usr/lib/*/libjemalloc.so.2",
    "mimalloc": "/usr/lib/*/libmimalloc.so.2*",
    "tcmalloc": "/usr/lib/*/libtcmalloc_minimal.so.4",
}


@pytest.mark.parametrize("order", ["{other}:{ours}", "{ours}:{other}", "{other} {ours}"])
@pytest.mark.parametrize("name", ALLOCATORS)
def test_together_with(small, libcovenv, name, order):
    found = glob.glob(ALLOCATORS[name])
    assert found, f"{name} is missing: scripts/test installs it"
    small.write("allocating.py", """
        import threading

        def allocate():
            while True:
                [bytearray(1000) for _ in range(1000)]

        for _ in range(2):
            threading.Thread(target=allocate, daemon=True).start()
        import server
    """)
    small.write("test_it.py", f"""
        from pathlib import Path
        from helpers import start

        def test_it():
            process = start("allocating.py", env=None)
            assert "lib{name}" in Path(f"/proc/{{process.pid}}/maps").read_text()
            process.kill()
            assert process.wait() == -9
    """)
    preload = order.format(other=found[0], ours=libcovenv)
    assert small.pytest(env={"LD_PRELOAD": preload}).kept("server.py")

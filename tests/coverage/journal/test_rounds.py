# SPDX-License-Identifier: MIT
"""A threaded server, killed at a random moment: each line that has run before is kept."""

import random
import subprocess
import urllib.request

from stacks import NEWEST, Stack, stacks_of_each_core

SERVER = '''
import http.server
import importlib
import mmap
import os
import threading

truth = mmap.mmap(os.open("truth", os.O_RDWR), 8 * 4096)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        n = int(self.path[1:])
        getattr(work, f"f{n}")(n)
        # Every line of the function has run.
        truth[n] = 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


work = importlib.import_module("work")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
truth[8 * 4095:] = server.server_port.to_bytes(8, "little")
print("ready", flush=True)
server.serve_forever()
'''
FUNCTIONS = 2000
LINES = 10


def pytest_generate_tests(metafunc):
    is_full = metafunc.config.getoption("--full")
    metafunc.parametrize("rounds", [200 if is_full else 20])
    metafunc.parametrize("place", stacks_of_each_core() if is_full else [Stack(NEWEST, "ctrace", True)], indirect=True, ids=str)


def requests(port):
    for n in range(FUNCTIONS):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{n}", timeout=10).close()
        except OSError:
            return


def test_is_complete_in_each(place, rounds, static_kill):
    function = "def f{0}(n):\n" + "".join(f"    x{i} = n + {i}\n" for i in range(LINES - 1)) + "    return n\n\n\n"
    place.write("server.py", SERVER)
    place.write("work.py", "".join(function.format(n) for n in range(FUNCTIONS)))
    counts = []
    for _ in range(rounds):
        (place.folder / "truth").write_bytes(bytes(8 * 4096))
        server = place.start("server.py")
        with open(place.folder / "truth", "rb") as file:
            file.seek(8 * 4095)
            port = int.from_bytes(file.read(8), "little")
        delay = random.randrange(20_000, 700_000)
        killer = subprocess.Popen([static_kill, str(server.pid), str(delay)])
        requests(port)
        assert killer.wait() == 0 and server.wait() == -9
        truth = (place.folder / "truth").read_bytes()
        ran = [n for n in range(FUNCTIONS) if truth[n]]
        lines = set(place.lines("work.py"))
        height = LINES + 3
        missing = [n for n in ran for i in range(LINES) if n * height + 2 + i not in lines]
        assert not missing, (delay, len(ran))
        counts.append(len(ran))
        assert not place.journals()
    # The kills have met the server at work, at different moments.
    assert max(counts) > 20 and len(set(counts)) > rounds / 4

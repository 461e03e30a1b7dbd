# SPDX-License-Identifier: MIT
"""Several interpreters in a measured process, from CPython 3.12 on each with a lock of its own."""

import pytest
from stacks import monitoring_stacks
from test_light import has_lines_of
from ways import HERE

#: Makes interpreters in four threads. In each of them coverage measures, because a .pth file starts it.
PROGRAM = HERE + """
import threading
import shop.till
try:
    import _interpreters as interpreters
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string
CODE = f'''
import sys; sys.path.insert(0, {PROJECT!r})
import shop.till, single
for number in range(2000): shop.till.count(number % 5)
'''
def work():
    for _ in range(2):
        made = interpreters.create()
        problem = run(made, CODE)
        interpreters.destroy(made)
        if problem: print(problem)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for number in range(2000): shop.till.count(number % 3)
for thread in threads: thread.join()
print("end")
"""


@pytest.mark.parametrize("is_light", [True, False])
@pytest.mark.parametrize("stack", monitoring_stacks(), ids=str)
def test_interpreters_that_run_beside_each_other(place, stack, is_light):
    """Not by coverage's C tracer, which cannot be loaded there. CPython 3.12 crashes here with coverage alone, too."""
    place.prepare(stack, "folder", "nothing", PROGRAM)
    ended, data = place.run(stack, "nothing", is_light)
    assert ended == [0, "end\n", ""]
    # single.py is for the other interpreters alone.
    assert has_lines_of(data, "till.py") and has_lines_of(data, "single.py")

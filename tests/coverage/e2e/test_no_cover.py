# SPDX-License-Identifier: MIT
"""pytest-cov's marker no_cover switches coverage off: pytest-cov up to 6.x removes its variables during such a test."""

import pytest


@pytest.mark.parametrize("stack", ["pytest-cov-6"], indirect=True)
def test_no_cover_holds_for_children(small):
    small.write("test_it.py", """
        import subprocess, sys
        import pytest

        @pytest.mark.no_cover
        def test_it():
            subprocess.run([sys.executable, "job.py"], env={}, check=True)
    """)
    assert small.pytest().percent("job.py") == 0

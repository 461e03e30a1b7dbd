# SPDX-License-Identifier: MIT
"""The file system of a newer Debian, which scripts/lib/roots.sh makes, and how a test runs a program of it."""

import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
ROOT = REPOSITORY / "build" / "roots" / "trixie"
# In a mount namespace of its own, in which the root has a test's folders and the library.
_SHARED = ["/proc", "/dev", tempfile.gettempdir(), REPOSITORY]
_ENTER = (
    f"for place in {' '.join(map(str, _SHARED))}; do mkdir -p {ROOT}$place && mount --rbind $place {ROOT}$place || exit; done; "
    f'cd / && exec chroot {ROOT} "$@"'
)
INSIDE = ["unshare", "--mount", "sh", "-c", _ENTER, "sh"]

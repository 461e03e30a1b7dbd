# SPDX-License-Identifier: MIT
"""The suite whose fixture starts its server with an environment of its own, and kills the server."""

import shutil
from pathlib import Path

SHOP = Path(__file__).resolve().parents[1] / "coverage" / "e2e" / "suites" / "shop"


def copy_shop(folder):
    """Copies the suite into the folder, which is made if it is not there. Returns the folder."""
    folder.mkdir(exist_ok=True)
    for file in SHOP.glob("*.py"):
        shutil.copy(file, folder)
    return folder

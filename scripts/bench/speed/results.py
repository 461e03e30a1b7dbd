# SPDX-License-Identifier: MIT
"""All samples, and on what machine they were taken."""

import json
import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from .place import ROOT


def machine():
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "load": os.getloadavg()[0],
    }


def commit():
    asked = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


def as_json(taken):
    """`taken`: by measure, what rounds.sample() returned."""
    measures = {
        measure.name: {
            "title": measure.title,
            "unit": {"name": measure.unit.name, "scale": measure.unit.scale},
            "reference": measure.reference,
            "samples": [
                {"subject": label, "values": values} | ({} if point is None else {"point": point})
                for (label, point), values in samples.items()
            ],
        }
        for measure, samples in taken
    }
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    facts = {"date": now, "commit": commit(), "machine": machine()}
    return json.dumps(facts | {"measures": measures}, indent=1, ensure_ascii=False) + "\n"

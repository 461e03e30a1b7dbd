# SPDX-License-Identifier: MIT
"""A program that installs a handler for SIGURG before coverage starts."""

import os
import signal

caught = []
signal.signal(signal.SIGURG, lambda *_: caught.append(1))
os.environ["COVERAGE_PROCESS_START"] = os.environ["TORTURE_RC"]

import coverage  # noqa: E402

coverage.process_startup()

import urg_before_rest  # noqa: E402

urg_before_rest.go_on(caught)

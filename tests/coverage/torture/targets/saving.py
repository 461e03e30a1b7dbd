# SPDX-License-Identifier: MIT
"""Saves by itself all the time, and is asked to save in the middle of it."""

import coverage
from situation import ready


def save():
    coverage.Coverage.current().save()


def prepare():
    save()


prepare()
ready()
while True:
    save()

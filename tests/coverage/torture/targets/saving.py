# SPDX-License-Identifier: MIT
"""A program that saves by itself all the time, and is asked to save in the middle of a save."""

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

# SPDX-License-Identifier: MIT
"""The interface by which the tests here run a suite of another project."""


class Suite:
    """The tests of another project, which know nothing of covenv.

    A verdict is a text that says how one test ended; its first word is "passed", "failed", ... The verdict's key is the
    name by which command() can run that test alone, or WHOLE if the verdict is about the run as such.
    """

    name = None
    # The seconds that one run may take.
    deadline = 600
    # "plain"; "measured": coverage runs in each Python process; "carried": the environment has a variable to carry.
    modes = ("plain", "measured")
    # So many tests pass in a run without the library, at least.
    at_least = 1
    # True if two runs at a time would disturb each other.
    is_exclusive = False
    # name -> the reason why the test ends differently under covenv, in words of shim/README.md's limits.
    differs = {}
    # The names of tests that lose a race of their own about as often as not, with and without covenv.
    races = ()

    def prepare(self, folder):
        """Puts the files that a run needs into its working directory, which is empty."""

    def command(self, is_measured, only=()):
        """The words of a command that runs the tests named by `only`, or all.

        `is_measured` says whether coverage runs in each Python process.
        """
        raise NotImplementedError

    def verdicts(self, folder, output, status):
        """The verdicts (name -> text) of a run in `folder` that printed `output` and ended with `status`.

        `status` is None if the run was killed at its deadline.
        """
        raise NotImplementedError


WHOLE = "the run"

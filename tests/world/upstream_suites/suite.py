# SPDX-License-Identifier: MIT
"""The interface by which the tests here run a suite of another project."""


class Suite:
    """Tests of another project's, which know nothing of covenv.

    A verdict is a word for how one test ended. It is filed under the name by which `command` can run that test alone,
    or under WHOLE where it is about the run as such.
    """

    name = None
    # Seconds for one run.
    deadline = 600
    # "plain", "measured": with coverage in each Python process; "carried": with a variable that travels.
    modes = ("plain", "measured")
    # How many tests pass in a run without the library, at least.
    at_least = 1
    # Whether two runs at a time would disturb each other.
    is_exclusive = False
    # name -> why it ends differently under covenv, in words of shim/README.md's limits.
    differs = {}
    # Tests that lose a race of their own about as often as not, with and without covenv.
    races = ()

    def prepare(self, folder):
        """Puts what a run needs into its working directory, which is empty."""

    def command(self, is_measured, only=()):
        """What runs the tests with these names, or all. `is_measured`: coverage runs in each Python process."""
        raise NotImplementedError

    def verdicts(self, folder, output, status):
        """name -> verdict, of a run in `folder` that printed `output` and ended with this status."""
        raise NotImplementedError


WHOLE = "the run"

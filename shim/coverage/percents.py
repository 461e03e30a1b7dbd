# What `coverage report` would say of a file, asked of the Coverage that is about to combine. Runs after brought.py.
NO_PERCENT = 0xFFFFFFFF
MOST_PERCENTS = 5
MOST_PERCENT_SECONDS = 0.3
MOST_SOURCE_BYTES = 64 << 10  # coverage needs 0.15 to 0.25 s for it, twice


def lines_of(bits):
    return {line for line, bit in enumerate(reversed(bin(bits)[2:])) if bit == "1"}


# The name of a file in the combined data, by [paths] of the configuration.
class NameInData:
    def __init__(self, aliases):
        self._aliases, self._known = aliases, {}

    def __call__(self, name):
        if self._aliases is None:
            return name
        if name not in self._known:
            self._known[name] = self._aliases.map(name)
        return self._known[name]


class Percents:
    # `coverage`: None if nothing can be asked. Nothing that it holds changes.
    def __init__(self, coverage):
        self._coverage, self._left, self._end = coverage, MOST_PERCENTS, None

    # The percents without and with covenv, in millionths. `without`, `more`: bits of lines, which count if there are no
    # `arcs`: the pairs of lines without covenv, and more of them.
    def of(self, name, without, more, arcs):
        self._end = self._end or time.monotonic() + MOST_PERCENT_SECONDS
        try:
            if self._left == 0 or time.monotonic() > self._end or not self._can_be_asked(name):
                return NO_PERCENT, NO_PERCENT
            self._left -= 1
            first, second = arcs or (lines_of(without), lines_of(more))
            before = self._percent(name, first, arcs) if first else 0
            return before, self._percent(name, first | second, arcs)
        except Exception:
            return NO_PERCENT, NO_PERCENT  # it is in no report: omitted, no Python, not there

    # Not if a plugin may trace files, nor if the report takes some contexts alone, because neither is known here.
    def _can_be_asked(self, name):
        config = self._coverage.config
        return not config.plugins and not config.report_contexts and os.stat(name).st_size <= MOST_SOURCE_BYTES

    def _percent(self, name, values, arcs):
        import copy
        import io
        import warnings

        import coverage

        asked = copy.copy(self._coverage)
        asked.config = copy.copy(asked.config)
        asked.config.paths = {}  # the names are those in the combined data
        asked._collector = None
        asked._warn = lambda *_, **__: None
        asked._data = data = coverage.CoverageData(no_disk=True)
        try:
            data.add_arcs({name: values}) if arcs else data.add_lines({name: values})
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the parser's, of the source
                return round(asked.report(morfs=[name], file=io.StringIO()) * 1e6)
        finally:
            try:
                data.close(force=True)  # else coverage 7.11 and newer keeps a database that is in memory alone
            except (AttributeError, TypeError):
                close(data)

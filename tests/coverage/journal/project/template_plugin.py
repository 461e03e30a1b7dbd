# SPDX-License-Identifier: MIT
"""Coverage's file tracers: *.html_py is measured as *.html, and render() as the file that its `template` names."""

import os

import coverage


class Fixed(coverage.FileTracer):
    def __init__(self, name):
        self.name = name

    def source_filename(self):
        return self.name

    def line_number_range(self, frame):
        return frame.f_lineno + 100, frame.f_lineno + 101


class Dynamic(Fixed):
    def has_dynamic_source_filename(self):
        return True

    def dynamic_source_filename(self, filename, frame):
        name = frame.f_locals.get("template")
        return os.path.abspath(name) if name else None


class Raising(Fixed):
    calls = 0

    def line_number_range(self, frame):
        Raising.calls += 1
        if Raising.calls > 3:
            raise RuntimeError("this plugin is broken")
        return frame.f_lineno, frame.f_lineno


class Reporter(coverage.FileReporter):
    def lines(self):
        return {1, 2, 3}


class Plugin(coverage.CoveragePlugin):
    def file_tracer(self, filename):
        base = os.path.basename(filename)
        if base == "failing.py":
            raise RuntimeError("this plugin is broken")
        kinds = {"rendered.py": Fixed, "rendering.py": Dynamic, "breaking.py": Raising}
        if base not in kinds:
            return None
        return kinds[base](filename.replace(".py", ".html"))

    def file_reporter(self, filename):
        return Reporter(filename)

    def find_executable_files(self, folder):
        for name in sorted(os.listdir(folder)):
            if name.endswith(".html"):
                yield os.path.join(folder, name)


class Contexts(coverage.CoveragePlugin):
    def dynamic_context(self, frame):
        if frame.f_code.co_name.startswith("step_"):
            return "plugin:" + frame.f_code.co_name
        return None


def coverage_init(registry, options):
    plugin = Plugin()
    registry.add_file_tracer(plugin)
    if options.get("contexts"):
        registry.add_dynamic_context(Contexts())

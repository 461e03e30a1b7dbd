# SPDX-License-Identifier: MIT
"""covenv keeps the coverage of subprocesses. The programs do the work; this package is their pytest plugin."""

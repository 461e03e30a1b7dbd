# SPDX-License-Identifier: MIT
"""sigforward beside the small inits and kill-softeners that others use: what each does, and what it costs."""

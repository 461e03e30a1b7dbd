# SPDX-License-Identifier: MIT
"""What the terminal report says at its end."""


def covenv_summary_lines():
    """The lines of the section, none where there is nothing to say."""
    return []

"""The world of a test: nothing of the settings of whoever started it, nor of whom sudo would give things back to."""

import os

WORLD = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC"}


def forget_the_user():
    """Of this process, and of all that it starts from now on."""
    for name in list(os.environ):
        if name.startswith(("XDG_", "LC_", "SUDO_")) or name in ("NO_COLOR", "COLORTERM"):
            del os.environ[name]
    os.environ.update(WORLD)

"""A process that nobody sits in front of leaves out what only draws on a terminal.

structlog and httpx load rich and pygments where they find them, for coloured traces and a command of their own: 5 MB
that a server never uses. Both do without when the import is refused, so it is refused before they are loaded.
"""

import sys

_DRAWS = ("rich", "pygments", "httpx._main")


def leave_out_the_terminal() -> None:
    """To be called before anything else is imported; what is loaded by then stays."""
    for name in _DRAWS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # Python's own way to say that there is none

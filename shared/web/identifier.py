"""Identifiers out of a path: what `shared.ids` cannot have made is simply not there, and never reaches a database.

PostgreSQL refuses a text with a NUL in it, which would turn a typing error of a caller into a failure of ours.
"""

import re

from shared.errors import NOT_FOUND, Problem

PATTERN = "^[0-9a-f]{32}$"
_FORM = re.compile(PATTERN.strip("^$"))


def identifier(text: str) -> str:
    """The identifier, or the problem that nothing has it."""
    if not _FORM.fullmatch(text):
        raise Problem(NOT_FOUND, "This is no identifier that the service gave out.")
    return text

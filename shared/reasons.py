"""A reason that a person gives for a decision (理由): what use cases ask for, whichever door the decision came through.

A column that holds a blank is as empty as none: nobody could say later why something was done. Serves G14.
"""

from shared.errors import MALFORMED, Problem
from shared.identifiers import strip_control


def stated(reason: str) -> str:
    """The words without blanks around them. Raises `Problem` when nobody could read any."""
    words = strip_control(reason).strip()
    if not words:
        errors = [{"field": "reason", "reason": "blank"}]
        raise Problem(MALFORMED, "A decision needs a reason that can be read.", errors=errors)
    return words

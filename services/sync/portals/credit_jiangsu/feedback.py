"""What the platform's feedback rows say, whatever is in them. Pure: an oddity is told, and never ends the poll."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.sync.portals.credit_jiangsu.exchange_tables import REFUSED, TAKEN
from services.sync.portals.texts import clean

UNREADABLE, UNKNOWN_STATUS, CONTRADICTION = "unreadable", "unknown_status", "contradiction"


@dataclass(frozen=True)
class Feedback:
    """The word about one row that we wrote. `oddity` says why it tells nothing; then `taken` does not count."""

    taken: bool
    code: str | None = None
    message: str | None = None
    oddity: str | None = None


def read_feedback(rows: Iterable[tuple[Any, Any, Any, Any]]) -> Mapping[str, Feedback]:
    """By serial number. A row that is there twice counts once, unless the two contradict each other."""
    told: dict[str, list[Feedback]] = defaultdict(list)
    for serial, status, code, message in rows:
        told[_text(serial)].append(_feedback(_text(status), _text(code), _text(message)))
    return {serial: _one_of(words) for serial, words in told.items()}


def _feedback(status: str, code: str, message: str) -> Feedback:
    words = (code or None, message or None)
    if status == TAKEN:
        return Feedback(True, *words)
    if status == REFUSED:
        return Feedback(False, *words)
    return Feedback(False, None, f"the feedback says: {status[:40]}", UNKNOWN_STATUS)


def _one_of(words: list[Feedback]) -> Feedback:
    odd = next((one for one in words if one.oddity), None)
    if odd:
        return odd
    if len({one.taken for one in words}) > 1:
        return Feedback(False, None, "the feedback says taken and refused", CONTRADICTION)
    return words[-1]


def _text(value: Any) -> str:
    """A cell as one line; bytes that are no UTF-8 keep what can be read."""
    return clean(value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value))

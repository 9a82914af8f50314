"""A reminder as it leaves the house, and when a delivery that failed is tried again. Pure."""

import json
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Channel(StrEnum):
    """By which way a contact is reached."""

    FILE = "file"  # the outbox that another system picks up
    WEBHOOK = "webhook"
    EMAIL = "email"


class Party(StrEnum):
    """Whose contact it is."""

    SUBJECT = "subject"  # the company
    BUREAU = "bureau"  # the authority's own list


class DeliveryState(StrEnum):
    """Where one delivery is."""

    WAITING = "waiting"
    SENT = "sent"
    NOT_NEEDED = "not_needed"  # the record was repaired, withdrawn or ended, or the contact removed meanwhile
    FAILED = "failed"  # tried as often as allowed; a person decides


@dataclass(frozen=True)
class Notice:
    """修复提醒 for one record. Subjects are organisations; nothing in it is personal."""

    record_id: str
    title: str
    subject: str
    uscc: str | None
    document_number: str
    repair_from_on: str
    paragraphs: tuple[str, ...]

    def as_text(self) -> str:
        return "\n".join((self.title, *self.paragraphs, ""))

    def as_json(self) -> str:
        return json.dumps(
            {
                "record_id": self.record_id,
                "title": self.title,
                "subject": self.subject,
                "uscc": self.uscc,
                "document_number": self.document_number,
                "repair_from_on": self.repair_from_on,
                "paragraphs": self.paragraphs,
            },
            ensure_ascii=False,
            indent=1,
        )


MOST_ATTEMPTS = 10
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480))


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after the n-th attempt failed; None when it was the last one. Together sixteen hours."""
    return None if attempts >= MOST_ATTEMPTS else _PAUSES[min(attempts, len(_PAUSES)) - 1]


def delivery_key(record_id: str, contact_id: str) -> str:
    """Names one delivery; the same one sent twice has the same."""
    return f"{record_id}-{contact_id}"

"""What a take-down certificate (下线证明) says, and whether it may be issued at all.

Pure. Never issued while one portal was not seen without the record since its newest order (guarantee G05). It says as
little as proves the matter: the name is masked, because a certificate must not publish again what was taken down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.contracts.records import Record, Subject
from shared.evidence.canonical import Value, digest
from shared.evidence.entry import instant
from shared.identifiers import mask_name
from shared.vocabulary import Portal, SubjectKind, TakeDownReason

KIND = "creditsync.take-down-certificate/1"
FACES = ("detail", "search", "list")
"""Absence means that all three answered and none of them shows the record (G05)."""


@dataclass(frozen=True)
class Look:
    """The look that saw a record gone: the evidence behind one line of a certificate."""

    look_id: int
    generation: int
    observed_at: datetime


@dataclass(frozen=True)
class Standing:
    """One entry of a record on one portal, as it stands now. `named` when it was ever ordered to be shown there.

    `entry` is the record, or the name of a former entry of it (旧条目) under a key that an amendment replaced.
    """

    portal: Portal
    entry: str
    former: bool
    take_down: bool
    ground: TakeDownReason | None
    generation: int
    observed_generation: int
    observed: str | None
    observed_at: datetime | None
    ordered_at: datetime
    acknowledged_at: datetime | None
    named: bool
    look: Look | None

    @property
    def gone(self) -> bool:
        """Ordered offline, and seen to be gone since that very order."""
        seen = self.look is not None and self.look.generation == self.generation
        return self.take_down and seen and self.observed == "absent" and self.observed_generation == self.generation

    def why_not(self) -> str:
        """What is missing, as one word of the interface."""
        if not self.take_down:
            return "online"
        if self.observed == "present":
            return "still_shown"
        if self.observed == "absent" and self.look and self.look.generation == self.generation:
            return "cache_life"
        return "not_observed"


@dataclass(frozen=True)
class Heading:
    """What a certificate is issued under."""

    certificate_id: str
    check_url: str
    issued_at: datetime
    key_id: str


def open_portals(standings: Sequence[Standing]) -> list[Standing]:
    """Portals for which absence was not observed. Where a record was never to be shown nothing has to disappear."""
    return [one for one in standings if one.named and not one.gone]


def statement(record_id: str, record: Record, standings: Sequence[Standing], heading: Heading) -> dict[str, Value]:
    """What is signed. Every portal of `standings` must be `gone`, or one where the record was never to be shown."""
    shown = [one for one in standings if one.named and one.look]
    lines = [_line(one, one.look) for one in shown if not one.former and one.look]
    former = [_line(one, one.look) | {"entry": one.entry} for one in shown if one.former and one.look]
    return {
        "type": KIND,
        "certificate_id": heading.certificate_id,
        "check_url": heading.check_url,
        "issued_at": instant(heading.issued_at),
        "key_id": heading.key_id,
        "record_id": record_id,
        "kind": record.kind.value,
        "document_number": record.document_number,
        "subject": {"name": masked(record.subject), "uscc": record.subject.uscc},
        "issuing_authority": {"code": record.issuing_authority.code, "name": record.issuing_authority.name},
        "grounds": sorted({one.ground.value for one in standings if one.named and one.ground}),
        "portals": lines,
        **({"former_entries": former} if former else {}),
        "never_shown_on": [one.portal.value for one in standings if not one.named],
    }


def masked(subject: Subject) -> str:
    """Enough for the holder to be recognised by those who know it, too little to search for it."""
    if subject.kind is not SubjectKind.LEGAL_PERSON:
        return mask_name(subject.name)
    name = subject.name
    head, tail = (2, 4) if len(name) > 8 else (1, 1)
    return name[:head] + "*" * (len(name) - head - tail) + name[-tail:] if len(name) > 2 else "*" * len(name)


def looks_of(said: Mapping[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    """Portal and entry to the generation and the look that a certificate rests on."""
    lines = [*said["portals"], *said.get("former_entries", ())]
    entry = said["record_id"]
    return {
        (line["portal"], line.get("entry", entry)): (line["generation"], line["evidence"]["look"]) for line in lines
    }


def is_later(generation: int, look_id: int, rests_on: tuple[int, int]) -> bool:
    """Whether a look came after the one that a line of a certificate rests on. One at an earlier order was begun before
    the take-down was given, however late its worker noted it."""
    ordered, look = rests_on
    return generation >= ordered and look_id > look


def _line(one: Standing, look: Look) -> dict[str, Value]:
    return {
        "portal": one.portal.value,
        "ground": one.ground.value if one.ground else None,
        "generation": one.generation,
        "ordered_at": instant(one.ordered_at),
        "acknowledged_at": instant(one.acknowledged_at) if one.acknowledged_at else None,
        "absence_observed_at": instant(look.observed_at),
        "absent_in": list(FACES),
        "evidence": {"look": look.look_id, "digest": evidence_digest(one.entry, one.portal, look)},
    }


def evidence_digest(record_id: str, portal: Portal, look: Look) -> str:
    """Fixes the stored line of the look."""
    return digest(
        {
            "look": look.look_id,
            "record_id": record_id,
            "portal": portal.value,
            "generation": look.generation,
            "sight": "absent",
            "observed_at": instant(look.observed_at),
        }
    )

"""From a decided application to the words of its notice. Pure; every name in it is one that the public may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.repair.applications.domain.case import Action, RecordOutcome


class NoNotice(Exception):
    """Nothing was decided that could be told; says so."""


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """The words of one kind of decision."""

    title: str
    paragraphs: tuple[str, ...]
    otherwise: str


@dataclass(frozen=True, slots=True)
class DecidedRecord:
    """One record: what it is called, what was decided of it, and why."""

    document: str
    outcome: RecordOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """What a notice is about: the step that decided, its reason and day."""

    action: Action
    subject: str
    code: str
    tracking_number: str
    filed_on: date
    decided_on: date
    reason: str
    records: Sequence[DecidedRecord]


_KIND: Mapping[Action, str] = {
    Action.APPROVE: "approved",
    Action.REFUSE: "refused",
    Action.DECLINE: "declined",
    Action.REVOKE: "revoked",
}
DECIDING = frozenset(_KIND)
"""Steps after which there is something to tell."""


def compose(
    case: DecidedCase, words: Mapping[str, NoticeWords], portals: Collection[str], way_to_object: str
) -> tuple[str, tuple[str, ...]]:
    """Title and paragraphs, or `NoNotice`."""
    if case.action not in _KIND:
        raise NoNotice("Nothing was decided yet that could be told.")
    text = words[_KIND[case.action]]
    values = {
        "subject": case.subject,
        "code": case.code,
        "documents": "、".join(one.document for one in case.records),
        "filed_on": chinese_day(case.filed_on),
        "decided_on": chinese_day(case.decided_on),
        "tracking_number": case.tracking_number,
        "reason": case.reason.rstrip("。"),
        "portals": "、".join(portals),
        "way_to_object": way_to_object,
    }
    told = [one.format(**values) for one in text.paragraphs]
    if case.action is Action.APPROVE:
        refused = [one for one in case.records if one.outcome is RecordOutcome.REFUSED]
        told[2:2] = [
            text.otherwise.format(document=one.document, reason=one.reason.rstrip("。"), way_to_object=way_to_object)
            for one in refused
        ]
    return text.title, tuple(told)


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def parse_words(file: Mapping[str, Any]) -> dict[str, NoticeWords]:
    """The words of every kind of decision; `ValueError` when one is missing or nobody says where they come from."""
    if not file.get("citation") or file.get("confidence") not in ("found", "recalled", "proposal"):
        raise ValueError("the words of the notices need a citation and a confidence")
    if missing := set(_KIND.values()) - set(file):
        raise ValueError(f"words of a notice are missing: {', '.join(sorted(missing))}")
    return {
        kind: NoticeWords(file[kind]["title"], tuple(file[kind]["paragraphs"]), file[kind].get("otherwise", ""))
        for kind in _KIND.values()
    }

"""From a decided application to the words of its notice. Pure; every name in it is one that the public may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.repair.applications.domain.case import Action, RecordOutcome
from shared.policy.table import Table
from shared.policy.words import check_placeholders
from shared.rule_files import RuleFile

_NAME = "repair/notices.toml"
_GENERAL = frozenset(
    {
        "subject", "code", "documents", "filed_on", "decided_on", "tracking_number", "reason", "portals",
        "way_to_object",
    }
)  # fmt: skip
_OF_ONE_RECORD = frozenset({"document", "reason", "way_to_object"})


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


def parse_words(data: Mapping[str, Any]) -> Mapping[str, NoticeWords]:
    """The words of every kind of decision, or `PackError` with entry and reason."""
    file = Table(_NAME, "file", data)
    file.source()
    words = {kind: _words(file.table(kind), kind) for kind in _KIND.values()}
    file.done()
    return words


def _words(table: Table, kind: str) -> NoticeWords:
    """Only an approval says what was decided otherwise."""
    partly = kind == _KIND[Action.APPROVE]
    paragraphs = table.texts("paragraphs")
    if not paragraphs:
        raise table.refuse("paragraphs: there is none")
    for paragraph in paragraphs:
        check_placeholders(table, "paragraphs", paragraph, _GENERAL)
    words = NoticeWords(table.text("title"), paragraphs, table.text("otherwise") if partly else "")
    check_placeholders(table, "otherwise", words.otherwise, _OF_ONE_RECORD)
    table.done()
    return words


FILE = RuleFile(_NAME, "services.repair.notices", parse_words, inside="words.toml")

notice_words = FILE.read
"""The words in force, by what was decided."""

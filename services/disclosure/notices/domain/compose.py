"""From a record and its windows to the words of its letter or reminder. Pure; the record is already masked (G12).

The days are those of the stored windows (G03): nothing is computed here but the last day of the minimum, which is the
day before the first one on which repair may be applied for (R01).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.disclosure.notices.domain.letters import Letter, Letters, ReminderText
from shared.contracts.records import PenaltyDetail, Record
from shared.policy.deadlines import deadlines
from shared.policy.periods import day_before
from shared.policy.wording import AUDIENCE, SEVERITY
from shared.vocabulary import Audience, Severity

GRAVITY = (Severity.MINOR, Severity.ORDINARY, Severity.SERIOUS)
"""From the mildest to the gravest."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where and how long the public sees the record, as stored."""

    audience: Audience
    severity: Severity | None
    opens_on: date
    closes_on: date
    repair_from_on: date | None
    awaits_confirmation: bool = False
    """A graver class waits for a person: `repair_from_on` is the later day of both, and still no promise (R07)."""
    has_minimum: bool = True


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter ready for paper: paragraphs in order, with the version of its text."""

    letter_id: str
    title: str
    paragraphs: tuple[str, ...]
    authority: str


class NoLetter(Exception):
    """The rules give this record no letter; says why."""


def gravest(sites: Iterable[Site]) -> Severity | None:
    """The severity of the record: where audiences differ, the gravest."""
    found = [site.severity for site in sites if site.severity is not None]
    return max(found, key=GRAVITY.index, default=None)


def compose(record: Record, sites: Sequence[Site], letters: Letters, consultation: str) -> Composed:
    """The letter that belongs to this decision, or `NoLetter`."""
    letter, severity = _choose(record, sites, letters)
    values = _values(record, severity, consultation)
    if any(site.awaits_confirmation for site in sites):
        values["severity"] += "（待认定）"
    return Composed(
        letter_id=letter.letter_id,
        title=letter.title,
        paragraphs=(
            *(text.format(**values) for text in letter.opening),
            *(_site_paragraph(letter, site, values) for site in sites),
            *(text.format(**values) for text in letter.closing),
        ),
        authority=record.issuing_authority.name,
    )


def remind(record: Record, repair_from_on: date, reminder: ReminderText, consultation: str) -> tuple[str, ...]:
    """The paragraphs of a reminder."""
    values = _values(record, None, consultation) | {"repair_from_on": chinese_day(repair_from_on)}
    return tuple(text.format(**values) for text in reminder.text)


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _choose(record: Record, sites: Sequence[Site], letters: Letters) -> tuple[Letter, Severity]:
    if not isinstance(record.detail, PenaltyDetail):
        raise NoLetter("Only a penalty comes with a repair notice.")
    severity = gravest(sites)
    if severity is None:
        raise NoLetter("The record is shown nowhere, so there is nothing to repair.")
    letter = letters.of_day(record.decided_on)
    if letter is None:
        raise NoLetter("No rule asked for a repair notice on the day of the decision.")
    if severity not in letter.severities:
        raise NoLetter(f"The rule of that day ({letter.letter_id}) has no repair notice for a {severity} case.")
    return letter, severity


def _values(record: Record, severity: Severity | None, consultation: str) -> dict[str, str]:
    detail = record.detail
    return {
        "subject": record.subject.name,
        "document_number": record.document_number,
        "decided_on": chinese_day(record.decided_on),
        "authority": record.issuing_authority.name,
        "violation": detail.violation_type if isinstance(detail, PenaltyDetail) else "",
        "severity": SEVERITY[severity]["zh"] if severity is not None else "",
        "reporting_days": str(deadlines()["reporting"].working_days),
        "consultation": consultation,
    }


def _site_paragraph(letter: Letter, site: Site, values: dict[str, str]) -> str:
    known = values | {
        "site": AUDIENCE[site.audience]["zh"],
        "opens_on": chinese_day(site.opens_on),
        "closes_on": chinese_day(site.closes_on),
    }
    if site.repair_from_on is None:
        text = letter.site_without_repair if not site.awaits_confirmation else letter.site_unconfirmed_without_repair
        return text.format(**known)
    known["repair_from_on"] = chinese_day(site.repair_from_on)
    if site.awaits_confirmation:
        return letter.site_unconfirmed.format(**known)
    if not site.has_minimum:
        return letter.site_without_minimum.format(**known)
    known["minimum_last_day"] = chinese_day(day_before(site.repair_from_on))
    return letter.site.format(**known)

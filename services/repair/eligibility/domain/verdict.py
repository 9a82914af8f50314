"""May repair be applied for (可否修复) for one record today: yes or no, why, by which article, from which day. Pure.

Every audience that shows the record has its own window and must allow it: the latest day counts, and one that never
lets the record go forbids it. A record of somebody else is answered like one that nobody knows.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.vocabulary import Audience, Severity


class Ground(StrEnum):
    """Why an application is possible or not."""

    POSSIBLE = "possible"  # 可以申请
    UNKNOWN = "unknown"  # 无此记录: or it is somebody else's
    NOT_SHOWN = "not_shown"  # 已不再公示
    NEVER = "never"  # 依法不予修复
    TOO_EARLY = "too_early"  # 未满最短公示期
    UNCONFIRMED = "unconfirmed"  # 失信程度待确认
    UNDER_APPLICATION = "under_application"  # 已有在办申请
    BARRED = "barred"  # 撤销后限制再次申请


@dataclass(frozen=True, slots=True)
class Shown:
    """One audience that shows the record, as disclosure told."""

    audience: Audience
    repair_from_on: date | None
    article: str | None
    severity: Severity | None
    needs_confirmation: bool = False
    confirmed_from_on: date | None = None

    @property
    def first_day(self) -> date | None:
        """The later day of both readings, while a graver class is proposed and nobody decided (R07)."""
        days = [self.repair_from_on, *([self.confirmed_from_on] if self.needs_confirmation else [])]
        given = [day for day in days if day is not None]
        return max(given) if len(given) == len(days) else None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one record: whose it is, who shows it, and what stands against an application."""

    subject_key: str | None
    authority_code: str | None
    shown: Sequence[Shown]
    has_open_application: bool = False
    barred_until: date | None = None
    bar_article: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with the article behind it, and the audience that it comes from."""

    ground: Ground
    sentence: str
    article: str | None = None
    audience: Audience | None = None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answer for one record. `possible_from` is empty where no day makes it possible."""

    record_id: str
    eligible: bool
    possible_from: date | None
    severity: Severity | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry of the serious list (严重失信主体名单), as disclosure told of it."""

    subject_key: str
    authority_code: str
    in_force: bool
    removal_under_way: bool
    closes_on: date | None
    early_removal_from_on: date | None
    article: str | None


_NOBODY_KNOWS = Reason(Ground.UNKNOWN, "No record of this subject with this identifier is known here.")
_GONE = Reason(Ground.NOT_SHOWN, "No audience shows the record any more, so there is nothing to take down.")
_PENDING = Reason(Ground.UNDER_APPLICATION, "An application for this record is open; follow that one.")


def judge_record(record_id: str, known: Known | None, today: date) -> Eligibility:
    """The answer, with every reason there is and not only the first."""
    if known is None:
        return unknown(record_id)
    if not known.shown:
        return Eligibility(record_id, eligible=False, possible_from=None, severity=None, reasons=(_GONE,))
    first_day = _first_day(known)
    reasons = [*_hindrances(known, today), *([_PENDING] if known.has_open_application else [])]
    possible = not reasons
    return Eligibility(
        record_id,
        eligible=possible,
        possible_from=first_day,
        severity=worst(one.severity for one in known.shown),
        reasons=tuple(reasons) or (_yes(known, first_day),),
    )


def unknown(record_id: str) -> Eligibility:
    """One answer for what does not exist and for what is not the caller's: it must not tell them apart."""
    return Eligibility(record_id, eligible=False, possible_from=None, severity=None, reasons=(_NOBODY_KNOWS,))


def judge_entry(entry_id: str, entry: ListEntry | None, today: date) -> Eligibility:
    """The same for an early removal (提前移出) from the serious list, which has a clock of its own."""
    if entry is None:
        return unknown(entry_id)
    reason = _of_entry(entry, today)
    possible = reason.ground is Ground.POSSIBLE
    day = entry.early_removal_from_on if entry.in_force else None
    return Eligibility(entry_id, eligible=possible, possible_from=day, severity=None, reasons=(reason,))


def _of_entry(entry: ListEntry, today: date) -> Reason:
    first_day = entry.early_removal_from_on
    if not entry.in_force:
        return Reason(Ground.NOT_SHOWN, "The entry is not on the list now, so there is nothing to remove.")
    if entry.removal_under_way:
        return Reason(Ground.UNDER_APPLICATION, "An early removal is applied for already.", entry.article)
    if first_day is None:
        sentence = f"The rule gives no early removal; the entry ends by itself after {entry.closes_on}."
        return Reason(Ground.NEVER, sentence, entry.article)
    if today < first_day:
        return Reason(Ground.TOO_EARLY, f"An early removal is possible from {first_day}.", entry.article)
    sentence = f"An early removal is possible since {first_day}, where the duties are done and the effects removed."
    return Reason(Ground.POSSIBLE, sentence, entry.article)


def worst(severities: Iterable[Severity | None]) -> Severity | None:
    """The gravest class among audiences."""
    order = tuple(Severity)
    found: Collection[Severity] = [one for one in severities if one is not None]
    return max(found, key=order.index) if found else None


def _first_day(known: Known) -> date | None:
    """The latest day of all audiences and of a bar; none where one audience never lets the record go."""
    days = [one.first_day for one in known.shown]
    if None in days:
        return None
    given = [day for day in days if day is not None]
    return max([*given, known.barred_until] if known.barred_until else given)


def _hindrances(known: Known, today: date) -> list[Reason]:
    reasons = [reason for one in known.shown if (reason := _of_audience(one, today)) is not None]
    if known.barred_until is not None and today < known.barred_until:
        sentence = f"After the revocation of an earlier repair an application is barred until {known.barred_until}."
        reasons.append(Reason(Ground.BARRED, sentence, known.bar_article))
    return reasons


def _of_audience(shown: Shown, today: date) -> Reason | None:
    if shown.repair_from_on is None:
        sentence = "The law gives no repair while this record is shown."
        return Reason(Ground.NEVER, sentence, shown.article, shown.audience)
    if today < shown.repair_from_on:
        sentence = f"The minimum term is not over; {_promise(shown)}."
        return Reason(Ground.TOO_EARLY, sentence, shown.article, shown.audience)
    if shown.first_day is None or today < shown.first_day:
        when = f"from {shown.first_day}" if shown.first_day else "on no day"
        sentence = (
            f"A graver class is proposed for this record, by which repair is possible {when}; "
            "a person has to confirm or reject it first (待确认)."
        )
        return Reason(Ground.UNCONFIRMED, sentence, shown.article, shown.audience)
    return None


def _promise(shown: Shown) -> str:
    """No earlier day than the one that holds if the graver class is confirmed."""
    if not shown.needs_confirmation:
        return f"an application is possible from {shown.repair_from_on}"
    waits = "a graver class is proposed for this record and waits for a person (待确认)"
    when = f"not before {shown.first_day}" if shown.first_day else "on no day if it is confirmed"
    return f"{waits}; an application is possible {when}"


def _yes(known: Known, first_day: date | None) -> Reason:
    latest = next((one for one in known.shown if one.first_day == first_day), known.shown[0])
    sentence = f"The minimum term is over since {first_day}; the duties must be done and the papers be there."
    return Reason(Ground.POSSIBLE, sentence, latest.article, latest.audience)

"""The engine: facts, packs and a day in; one window per audience out. Pure, total, and exact.

Never raises for a missing fact (the window then awaits confirmation and nothing is shown) and never lengthens a window
as days pass. Serves G03 and G04.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from shared.policy.answers import RepairMinimum
from shared.policy.clock_start import CountFrom
from shared.policy.codec import Inputs
from shared.policy.course import Course, course_of
from shared.policy.model import Facts, Provenance, Window
from shared.policy.outline import Outline, outline_of
from shared.policy.pack import Packs
from shared.vocabulary import Audience, Publishability

AUDIENCES = tuple(Audience)
_COLUMN_AND_SITES = {Audience.OWN_COLUMN, Audience.CREDIT_SITES}

Draft = tuple[tuple[Any, ...], tuple[str, str, str | None, str | None, CountFrom | None]]
"""A window that lacks its inputs: its own fields in their order, and rules and articles of its provenance."""

_made = tuple.__new__


def evaluate(facts: Facts, packs: Packs, as_of: date) -> tuple[Window, ...]:
    """One window per audience, in the order of `Audience`, by the law in force up to and including `as_of`."""
    outlines = outlines_of(courses_of(facts, packs, as_of), facts, packs)
    late = arrived_overdue(outlines, facts.first_submitted_on, packs)
    return windows_of(drafts_of(refused(outlines, late, packs)), packs.version, Inputs(facts, as_of))


def courses_of(facts: Facts, packs: Packs, as_of: date) -> tuple[Course, ...]:
    return tuple(course_of(facts, audience, packs, as_of) for audience in AUDIENCES)


def outlines_of(courses: Iterable[Course], facts: Facts, packs: Packs) -> tuple[Outline, ...]:
    by_audience = dict(zip(AUDIENCES, courses, strict=True))
    own = {
        audience: outline_of(course, facts, audience, packs)
        for audience, course in by_audience.items()
        if course.carrier is None
    }
    if packs.settings.answers.repair_minimum is RepairMinimum.LATER and own.keys() >= _COLUMN_AND_SITES:
        own[Audience.OWN_COLUMN] = _later_repair(own[Audience.OWN_COLUMN], own[Audience.CREDIT_SITES])
    return tuple(own.get(audience) or _carried(course, own) for audience, course in by_audience.items())


def _later_repair(column: Outline, sites: Outline) -> Outline:
    """The own column repairs no earlier than the credit sites do (Q06), and not at all when that is after its end."""
    day, theirs = column.repair_from_on, sites.repair_from_on
    if day is None or theirs is None or theirs <= day:
        return column
    in_time = column.offline_on is not None and theirs < column.offline_on
    return column._replace(
        repair_from_on=theirs if in_time else None,
        repair_rule_id=sites.repair_rule_id if in_time else None,
        repair_article=sites.repair_article if in_time else None,
        grounds=(*column.grounds, f"repair_waits_until:{theirs}"),
    )


def _carried(course: Course, own: Mapping[Audience, Outline]) -> Outline:
    """The record carries another audience's window (R06); what may not be shown there is not sent here."""
    document = course.carrier
    assert document is not None and document.carries is not None  # noqa: S101 - the caller chose it for this
    source = own[document.carries]
    article = f"{source.article}；{document.article}" if source.rule_id else ""
    return source._replace(article=article, grounds=(*source.grounds, f"carried_from:{document.carries}"))


def arrived_overdue(outlines: Iterable[Outline], first_submitted_on: date, packs: Packs) -> tuple[bool, ...]:
    """For each audience whether the record was past its end when it was first submitted."""
    if packs.settings.show_overdue_on_first_submission:
        return (False,) * len(AUDIENCES)
    return tuple(
        one.publishability is Publishability.SHOWN
        and one.offline_on is not None
        and one.offline_on <= first_submitted_on
        for one in outlines
    )


def refused(outlines: Iterable[Outline], late: Iterable[bool], packs: Packs) -> tuple[Outline, ...]:
    """What arrived overdue is not displayed at all (苏应急函〔2022〕33号 §2(2))."""
    return tuple(_refused(one, packs) if is_late else one for one, is_late in zip(outlines, late, strict=True))


def _refused(outline: Outline, packs: Packs) -> Outline:
    return outline._replace(
        publishability=Publishability.EXEMPT,
        grounds=("already_expired", *outline.grounds),
        article=f"{outline.article}；{packs.settings.overdue_article}",
        repair_from_on=None,
        repair_rule_id=None,
        repair_article=None,
        needs_confirmation=False,
    )


def drafts_of(outlines: Iterable[Outline]) -> tuple[Draft, ...]:
    return tuple(_draft(audience, outline) for audience, outline in zip(AUDIENCES, outlines, strict=True))


def _draft(audience: Audience, outline: Outline) -> Draft:
    shown, grounds, rule, article, severity, opens, closes, offline, repair_on, confirm, repair, by, start = outline
    return (audience, shown, severity, opens, closes, offline, repair_on, confirm, grounds), (
        rule,
        article,
        repair,
        by,
        start,
    )


def windows_of(drafts: Iterable[Draft], version: str, inputs: Mapping[str, str]) -> tuple[Window, ...]:
    """Nothing but the inputs is added. `tuple.__new__` saves the keyword handling of a named tuple, half its time."""
    return tuple(
        [
            _made(Window, (*head, _made(Provenance, (rule, article, version, inputs, repair, by, start))))
            for head, (rule, article, repair, by, start) in drafts
        ]
    )

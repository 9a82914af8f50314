"""The engine: facts, packs and a day in; one window per audience out. Pure, total, and exact.

Never raises for a missing fact (the window then awaits confirmation and nothing is shown) and never lengthens a window
as days pass. Serves G03 and G04.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from shared.policy.codec import inputs_of
from shared.policy.course import Course, course_of
from shared.policy.model import Facts, Provenance, Window
from shared.policy.outline import Outline, outline_of
from shared.policy.pack import Packs
from shared.vocabulary import Audience, Publishability

AUDIENCES = tuple(Audience)


def evaluate(facts: Facts, packs: Packs, as_of: date) -> tuple[Window, ...]:
    """One window per audience, in the order of `Audience`, by the law in force up to and including `as_of`."""
    courses = courses_of(facts, packs, as_of)
    return windows_of(outlines_of(courses, facts, packs), facts, packs, as_of)


def courses_of(facts: Facts, packs: Packs, as_of: date) -> tuple[Course, ...]:
    return tuple(course_of(facts, audience, packs, as_of) for audience in AUDIENCES)


def outlines_of(courses: Iterable[Course], facts: Facts, packs: Packs) -> tuple[Outline, ...]:
    by_audience = dict(zip(AUDIENCES, courses, strict=True))
    own = {
        audience: outline_of(course, facts, audience, packs)
        for audience, course in by_audience.items()
        if course.carrier is None
    }
    return tuple(own.get(audience) or _carried(course, own) for audience, course in by_audience.items())


def _carried(course: Course, own: Mapping[Audience, Outline]) -> Outline:
    """The record carries another audience's window (R06); what may not be shown there is not sent here."""
    document = course.carrier
    assert document is not None and document.carries is not None  # noqa: S101 - the caller chose it for this
    source = own[document.carries]
    article = f"{source.article}；{document.article}" if source.rule_id else ""
    return source._replace(article=article, grounds=(*source.grounds, f"carried_from:{document.carries}"))


def windows_of(outlines: tuple[Outline, ...], facts: Facts, packs: Packs, as_of: date) -> tuple[Window, ...]:
    inputs = inputs_of(facts, as_of)
    version = packs.version
    windows = []
    for audience, outline in zip(AUDIENCES, outlines, strict=True):
        final = _refused(outline, packs) if _arrived_overdue(outline, facts, packs) else outline
        shown, grounds, rule, article, severity, opens, closes, offline, repair_on, confirm, repair, by = final
        origin = Provenance(rule, article, version, inputs, repair, by)
        windows.append(Window(audience, shown, severity, opens, closes, offline, repair_on, confirm, grounds, origin))
    return tuple(windows)


def _arrived_overdue(outline: Outline, facts: Facts, packs: Packs) -> bool:
    return (
        outline.offline_on is not None
        and outline.offline_on <= facts.first_submitted_on
        and outline.publishability is Publishability.SHOWN
        and not packs.settings.show_overdue_on_first_submission
    )


def _refused(outline: Outline, packs: Packs) -> Outline:
    """Already past its end when first submitted: not displayed at all (苏应急函〔2022〕33号 §2(2))."""
    return outline._replace(
        publishability=Publishability.EXEMPT,
        grounds=("already_expired", *outline.grounds),
        article=f"{outline.article}；{packs.settings.overdue_article}",
        repair_from_on=None,
        repair_rule_id=None,
        repair_article=None,
        needs_confirmation=False,
    )

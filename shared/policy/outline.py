"""The dates of one audience from its course: the earliest end, the offline day, the repair date, with their grounds.

Never lengthens, whatever the packs answer: each later version can only bring the end forward, and a version that begins
after the end has nothing to say (R02-R04). Serves G03 and G04.
"""

from datetime import date
from typing import NamedTuple

from shared.policy.answers import CutEnd, LastDay, StartDay
from shared.policy.clock_start import CountFrom
from shared.policy.course import Course, Step
from shared.policy.model import Facts
from shared.policy.pack import Mode, Packs, RepairMode, RuleClass, Settings
from shared.policy.periods import Arithmetic, day_after, day_before
from shared.policy.source import Confidence
from shared.vocabulary import Audience, Publishability, Severity


class Outline(NamedTuple):
    """A window without its inputs: what records with the same decision day and the same course share."""

    publishability: Publishability
    grounds: tuple[str, ...]
    rule_id: str
    article: str
    severity: Severity | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    offline_on: date | None = None
    repair_from_on: date | None = None
    needs_confirmation: bool = False
    repair_rule_id: str | None = None
    repair_article: str | None = None
    count_from: CountFrom | None = None


class _End(NamedTuple):
    """The end of display so far, who set it, and the versions that had a say."""

    opens_on: date
    closes_on: date
    offline_on: date
    rule: RuleClass
    consulted: tuple[Step, ...]
    hidden_by: RuleClass | None = None
    is_cut: bool = False  # ended by a version whose own end lies before its first day


def outline_of(course: Course, facts: Facts, audience: Audience, packs: Packs) -> Outline:
    if course.exclusion is not None:
        entry = course.exclusion
        ground = f"excluded:{entry.exclusion_id}"
        return Outline(Publishability.EXEMPT, (ground,), f"exclusions/{entry.exclusion_id}", entry.article)
    if course.missing is not None:
        return Outline(Publishability.AWAITING_CONFIRMATION, (course.missing,), "", "", needs_confirmation=True)
    if not course.steps:
        return Outline(Publishability.EXEMPT, (course.unruled,), "", "")
    return _by_steps(course, facts, audience, packs.settings)


def _by_steps(course: Course, facts: Facts, audience: Audience, settings: Settings) -> Outline:
    first = course.steps[0]
    if first.rule is not None and audience not in first.rule.publish_to:
        grounds = (f"not_shown_by:{first.rule.rule_id}", *_confidence(first.rule))
        severity = first.rule.severity
        return Outline(Publishability.EXEMPT, grounds, first.rule.rule_id, first.rule.article, severity)
    end = _end(course.steps, facts, audience, settings)
    if isinstance(end, str):
        return Outline(Publishability.AWAITING_CONFIRMATION, (end,), "", "", needs_confirmation=True)
    outline = _outline(course, facts, end, settings)
    if course.masked_by is None or end.hidden_by is not None:
        return outline
    return outline._replace(grounds=(*outline.grounds, f"masked:{course.masked_by}"))


def _end(steps: tuple[Step, ...], facts: Facts, audience: Audience, settings: Settings) -> _End | str:
    """The earliest end under all versions that began while the record was shown; a string names a missing fact."""
    if steps[0].rule is None:
        return f"missing:{steps[0].missing}"
    answers = settings.answers
    closes_on = _last_day(steps[0].rule, facts, answers.arithmetic)
    end = _End(start_of(steps[0].rule, facts), closes_on, day_after(closes_on), steps[0].rule, steps[:1])
    for number, step in enumerate(steps[1:], start=1):
        if step.starts_on >= end.offline_on:
            break
        if step.rule is None:
            return f"missing:{step.missing}"
        if audience not in step.rule.publish_to:
            closes_on = min(end.closes_on, day_before(step.starts_on))
            opens_on = min(end.opens_on, closes_on)
            return _End(opens_on, closes_on, step.starts_on, step.rule, end.consulted, hidden_by=step.rule)
        closes_on = _last_day(step.rule, facts, answers.arithmetic)
        consulted = steps[: number + 1]
        if closes_on < end.closes_on:
            opens_on, offline_on = start_of(step.rule, facts), max(day_after(closes_on), step.starts_on)
            is_cut = offline_on > day_after(closes_on)
            if is_cut and answers.cut_end is CutEnd.EVE_OF_VERSION:
                closes_on = day_before(offline_on)
            end = _End(opens_on, closes_on, offline_on, step.rule, consulted, is_cut=is_cut)
        else:
            end = end._replace(consulted=consulted)
    return end


def start_of(rule: RuleClass, facts: Facts) -> date:
    """The day from which this rule counts (起算日). Nothing is disclosed before it is decided."""
    if rule.count_from is CountFrom.DISCLOSURE:
        return max(facts.decided_on, facts.first_submitted_on)
    return facts.decided_on


def _last_day(rule: RuleClass, facts: Facts, arithmetic: Arithmetic) -> date:
    if rule.maximum is not None:
        start = start_of(rule, facts)
        return max(start, arithmetic.last_day(start, rule.maximum))
    return facts.valid_until or facts.decided_on


def _outline(course: Course, facts: Facts, end: _End, settings: Settings) -> Outline:
    repair_from_on, repair_step = _repair(end, facts, settings)
    latest = end.consulted[-1]
    hidden = end.hidden_by is not None
    rule = _named_rule(end, settings.mode)
    return Outline(
        Publishability.EXEMPT if hidden else Publishability.SHOWN,
        _grounds(course, end, repair_from_on, repair_step, settings),
        rule.rule_id,
        rule.article,
        rule.severity,
        end.opens_on,
        end.closes_on,
        end.offline_on,
        repair_from_on,
        bool(latest.proposals) and not hidden,
        repair_step.rule.rule_id if repair_step and repair_step.rule else None,
        repair_step.rule.article if repair_step and repair_step.rule else None,
        None if hidden else end.rule.count_from,
    )


def _named_rule(end: _End, mode: Mode) -> RuleClass:
    """Whose class and article the window names: the version that ended it, or the one in force on the day."""
    if mode is not Mode.AS_OF_EVALUATION or end.hidden_by is not None:
        return end.rule
    return end.consulted[-1].rule or end.rule


def _repair(end: _End, facts: Facts, settings: Settings) -> tuple[date | None, Step | None]:
    """The first day on which a version in force on that day accepts an application (R01, R02), if before the end.

    A date reached under an earlier version is acquired, unless the packs answer that it is not; one that was not yet
    reached gives way to the next version's.
    """
    skipped = 0 if settings.answers.keeps_reached_repair else len(end.consulted) - 1
    for number, step in enumerate(end.consulted[skipped:], start=skipped):
        day = _earliest_application(step, facts, settings.answers.arithmetic, is_first=number == 0)
        following = end.consulted[number + 1].starts_on if number + 1 < len(end.consulted) else None
        if day is not None and (following is None or day < following):
            return (day, step) if day < end.offline_on else (None, None)
    return None, None


def _earliest_application(step: Step, facts: Facts, arithmetic: Arithmetic, *, is_first: bool) -> date | None:
    rule = step.rule
    if rule is None or rule.repair is RepairMode.NEVER:
        return None
    day = start_of(rule, facts)
    if rule.minimum is not None:
        day = day_after(arithmetic.last_day(day, rule.minimum))
    return day if is_first else max(day, step.starts_on)


def _grounds(
    course: Course, end: _End, repair_from_on: date | None, repair_step: Step | None, settings: Settings
) -> tuple[str, ...]:
    latest = end.consulted[-1]
    grounds = _of_versions(course, end, settings.mode)
    if end.hidden_by is not None:
        grounds.append(f"hidden_from:{end.offline_on}")
    elif end.is_cut:
        grounds.append(f"cut_at_boundary:{end.offline_on}")
    if end.hidden_by is None:
        grounds += [f"confirm:{condition}" for condition in latest.proposals]
    if repair_step is not None and repair_step is not latest:
        grounds.append(f"repair_acquired:{repair_from_on}")
    if _is_unrepairable(latest) and end.hidden_by is None:
        grounds.append("repair_never")
    if end.rule.maximum is not None:
        grounds += counted_otherwise(settings.answers.arithmetic)
    return (*grounds, *_confidence(_named_rule(end, settings.mode)))


def _of_versions(course: Course, end: _End, mode: Mode) -> list[str]:
    """Which version governed on the day of the decision, and which one ends a window that another one names."""
    first, named = course.steps[0].rule, _named_rule(end, mode)
    if first is None:
        return []
    if mode is not Mode.AS_OF_EVALUATION or end.hidden_by is not None:
        return [f"decided_under:{first.rule_id}"] if named is not first else []
    judged = [f"judged_anew:{first.rule_id}"] if named is not first else []
    return [*judged, f"no_longer_than:{end.rule.rule_id}"] if named is not end.rule else judged


def counted_otherwise(arithmetic: Arithmetic) -> list[str]:
    """The answers of the packs that differ from the customary reading, so that every window tells them."""
    start = [f"start_day:{StartDay.INCLUDED}"] if arithmetic.start_counts else []
    return start if arithmetic.last_day_counts else [*start, f"last_day:{LastDay.EXCLUSIVE}"]


def _confidence(rule: RuleClass) -> tuple[str, ...]:
    return () if rule.confidence is Confidence.FOUND else (f"confidence:{rule.confidence}",)


def _is_unrepairable(step: Step) -> bool:
    rule = step.rule
    return rule is not None and rule.severity is not None and rule.repair is RepairMode.NEVER

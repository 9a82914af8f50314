"""Which versions of the law govern a record, and which class of each it falls into: everything but the dates.

A course depends on the day of the decision and on today only through the era they lie in, so it is shared by many
records. It computes no date; `outline` does. Serves G03.
"""

from dataclasses import dataclass
from datetime import date

from shared.policy.answers import OlderDecisions
from shared.policy.conditions import MissingFact, ask
from shared.policy.model import Facts
from shared.policy.pack import Document, Effect, Exclusion, Mode, Packs, RuleClass, Settings, Timeline
from shared.vocabulary import Audience, RecordKind


@dataclass(frozen=True, slots=True)
class Step:
    """One governing version: the class these facts fall into, or the fact that is missing to say so."""

    starts_on: date
    rule: RuleClass | None
    proposals: tuple[str, ...] = ()
    missing: MissingFact | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """All that is settled about one audience before any date is computed."""

    exclusion: Exclusion | None = None
    missing: str | None = None
    unruled: str = "no_rule"
    carrier: Document | None = None
    steps: tuple[Step, ...] = ()
    masked_by: str | None = None


def course_of(facts: Facts, audience: Audience, packs: Packs, as_of: date) -> Course:
    holding = _exclusions(facts, audience, packs.settings)
    withheld = next((entry for entry in holding if entry.effect is Effect.WITHHOLD), None)
    if withheld is not None:
        return Course(exclusion=withheld)
    timeline = packs.timeline(facts, audience)
    if timeline is None:
        return Course(missing="missing:authority_region")
    if timeline and (missing := _unreadable(facts, packs.settings)):
        return Course(missing=missing)
    if timeline and facts.decided_on < timeline[0].starts_on and _is_unruled(packs.settings):
        return Course(unruled=f"before_first_version:{timeline[0].document.document_id}")
    governing = _governing(timeline, facts.decided_on, as_of, packs.settings.mode)
    if governing and governing[-1].document.carries is not None:
        return Course(carrier=governing[-1].document)
    steps = tuple(_step(facts, version.starts_on, version.document, packs.settings) for version in governing)
    return Course(steps=steps, masked_by=holding[0].exclusion_id if holding else None)


def _is_unruled(settings: Settings) -> bool:
    """Whether what was decided before the first version of the packs is governed by none of them (R09)."""
    return settings.answers.older_decisions is OlderDecisions.NOT_SHOWN


def _exclusions(facts: Facts, audience: Audience, settings: Settings) -> list[Exclusion]:
    return [
        entry
        for entry in settings.exclusions
        if audience in entry.audiences and ask(entry.when, facts, settings) is True
    ]


def _unreadable(facts: Facts, settings: Settings) -> str | None:
    unknown = sorted(name for name in facts.list_conditions if not settings.knows_situation(name))
    if unknown:
        return f"unknown_situation:{unknown[0]}"
    if facts.kind is RecordKind.LICENCE and facts.valid_until is None:
        return "missing:valid_until"
    if facts.valid_until is not None and facts.kind is RecordKind.LICENCE and facts.valid_until < facts.decided_on:
        return "inconsistent:valid_until"
    return None


def _governing(timeline: Timeline, decided_on: date, as_of: date, mode: Mode) -> Timeline:
    """The version of the decision day (before the first: the first, R09) and every later one up to `as_of` (R03)."""
    first = max((n for n, version in enumerate(timeline) if version.starts_on <= decided_on), default=0)
    if mode is Mode.AS_OF_DECISION:
        return timeline[first : first + 1]
    return timeline[first : first + 1] + tuple(v for v in timeline[first + 1 :] if v.starts_on <= as_of)


def _step(facts: Facts, starts_on: date, document: Document, settings: Settings) -> Step:
    """The first class whose conditions hold. A class that is only proposed is passed by and noted (R07)."""
    proposals: list[str] = []
    for rule in document.classes:
        answers = [ask(condition, facts, settings) for condition in rule.when]
        if True in answers:
            return Step(starts_on, rule, tuple(proposals))
        proposed = () if facts.milder_confirmed else rule.confirm
        suggested = {condition: ask(condition, facts, settings) for condition in proposed}
        unanswered = [answer for answer in (*answers, *suggested.values()) if isinstance(answer, MissingFact)]
        if unanswered:
            return Step(starts_on, None, missing=unanswered[0])
        proposals += [condition for condition, answer in suggested.items() if answer is True]
    raise AssertionError(
        f"{document.document_id} has no class for {facts}: the loader demands a last class 'otherwise'"
    )

"""The closed vocabulary of conditions that a pack may use, each a pure question to the facts.

A condition is a name, or a name with an argument that the settings define (`fine_from:huge`). The answer is yes, no, or
the name of the fact that is missing; a missing fact is never taken for a no. Serves G03.
"""

from collections.abc import Callable
from enum import StrEnum

from shared.policy.model import Facts
from shared.policy.pack import Settings
from shared.vocabulary import PenaltyType, Procedure, SubjectKind


class MissingFact(StrEnum):
    """A fact that a rule needs and the record does not have."""

    PENALTY_TYPES = "penalty_types"
    FINE = "fine"


Answer = bool | MissingFact
Question = Callable[[Facts, Settings, str], Answer]


def _any_penalty_in(facts: Facts, settings: Settings, group: str) -> Answer:
    return not facts.penalty_types.isdisjoint(settings.penalty_groups[group]) or _types_known(facts, then=False)


def _all_penalties_in(facts: Facts, settings: Settings, group: str) -> Answer:
    return _types_known(facts, then=facts.penalty_types <= settings.penalty_groups[group])


def _types_known(facts: Facts, *, then: bool) -> Answer:
    return then if facts.penalty_types else MissingFact.PENALTY_TYPES


def has_usable_fine(facts: Facts) -> bool:
    return facts.fine is not None and facts.fine.is_finite() and facts.fine >= 0


def _fine_from(facts: Facts, settings: Settings, tier: str) -> Answer:
    if facts.fine is not None and has_usable_fine(facts):
        return facts.fine >= settings.fine_tiers[tier]
    if facts.fine is not None or PenaltyType.FINE in facts.penalty_types:
        return MissingFact.FINE
    return _types_known(facts, then=False)


def _only_small_fine(facts: Facts, settings: Settings, tier: str) -> Answer:
    """A fine below the tier, alone or beside 警告 and 通报批评. A tier of 0 is unset: no fine counts as small (R13)."""
    if settings.fine_tiers[tier] == 0 or PenaltyType.FINE not in facts.penalty_types:
        return _types_known(facts, then=False)
    if not facts.penalty_types <= settings.penalty_groups["light"] | {PenaltyType.FINE}:
        return False
    reached = _fine_from(facts, settings, tier)
    return reached if isinstance(reached, MissingFact) else not reached


def _situation_of(facts: Facts, settings: Settings, list_id: str) -> Answer:
    return any(
        entry.list_id == list_id and not facts.list_conditions.isdisjoint(entry.situations) for entry in settings.lists
    )


def _on_serious_list(facts: Facts, settings: Settings, _: str) -> Answer:
    """A situation of the serious list that was in force on the day of the decision (苏应急函〔2022〕33号 §2(2))."""
    return any(
        entry.serious_list
        and entry.effective_from <= facts.decided_on
        and (entry.effective_to is None or facts.decided_on <= entry.effective_to)
        and not facts.list_conditions.isdisjoint(entry.situations)
        for entry in settings.lists
    )


PLAIN: dict[str, Question] = {
    "otherwise": lambda facts, settings, _: True,
    "serious_list_situation": _on_serious_list,
    "serious_by_law": lambda facts, settings, _: facts.serious_by_law,
    "accident_related": lambda facts, settings, _: facts.accident_related,
    "summary_procedure": lambda facts, settings, _: facts.procedure is Procedure.SUMMARY,
    "natural_person": lambda facts, settings, _: facts.subject_kind is SubjectKind.NATURAL_PERSON,
    "under_18": lambda facts, settings, _: facts.subject_under_18,
    "secret": lambda facts, settings, _: facts.secret,
    "licence_not_valid": lambda facts, settings, _: not facts.licence_valid,
}
"""Conditions without an argument."""

WITH_ARGUMENT: dict[str, Question] = {
    "any_penalty_in": _any_penalty_in,
    "all_penalties_in": _all_penalties_in,
    "fine_from": _fine_from,
    "only_fine_below": _only_small_fine,
    "situation_of": _situation_of,
}
"""Conditions whose argument names a penalty group, a fine tier or a list of the settings."""


def ask(condition: str, facts: Facts, settings: Settings) -> Answer:
    name, _, argument = condition.partition(":")
    question = WITH_ARGUMENT[name] if argument else PLAIN[name]
    return question(facts, settings, argument)


def problem_with(condition: str, settings: Settings) -> str | None:
    """Why a pack may not use this condition, or None when it may."""
    name, _, argument = condition.partition(":")
    if not argument:
        return None if name in PLAIN else f"unknown condition {condition!r}; known: {', '.join(sorted(PLAIN))}"
    if name not in WITH_ARGUMENT:
        return f"unknown condition {condition!r}; with an argument: {', '.join(sorted(WITH_ARGUMENT))}"
    known = _arguments(name, settings)
    return None if argument in known else f"{condition!r}: {argument!r} is none of {', '.join(sorted(known))}"


def _arguments(name: str, settings: Settings) -> set[str]:
    if name.endswith("_penalty_in") or name == "all_penalties_in":
        return set(settings.penalty_groups)
    if name == "situation_of":
        return {entry.list_id for entry in settings.lists}
    return set(settings.fine_tiers)

"""管理期限 of one entry of the serious list: when it starts and ends, and from when an early removal is possible.

Pure. The rule in force on the day of listing governs the entry for good, so that no later text lengthens it; a period
runs by the one arithmetic of the packs (R01). Serves G03 and G04.
"""

from collections.abc import Mapping
from datetime import date

from shared.policy.clock_start import CountFrom
from shared.policy.list_rules import ListEntryFacts, ListRule, ListTransition, ListWindow
from shared.policy.model import Provenance
from shared.policy.outline import counted_otherwise
from shared.policy.pack import Packs, covers
from shared.policy.periods import Arithmetic, day_after
from shared.policy.source import Confidence, Source

_DAYS = ("published_on", "ban_until", "applied_for_listing_on", "previously_published_on", "restarted_on")


def list_window(facts: ListEntryFacts, packs: Packs) -> ListWindow:
    """The window of these facts under the rule of the day of listing, with its provenance."""
    rule = packs.lists.rule_on(facts.listed_on)
    transition = transition_for(facts, packs)
    start = _start(facts, rule, transition)
    if start is None:
        missing = f"missing:{_start_fact(rule.count_from)}"
        return ListWindow(None, None, None, None, None, True, (missing,), _provenance(facts, packs, rule, None))
    arithmetic = packs.settings.answers.arithmetic
    closes_on = max(start, arithmetic.last_day(start, rule.period))
    previous = _previous_end(facts, packs, transition)
    early = _early_removal_from(start, day_after(closes_on), facts, rule, arithmetic)
    return ListWindow(
        starts_on=start,
        closes_on=closes_on,
        offline_on=day_after(closes_on),
        early_removal_from_on=early,
        previous_closes_on=previous,
        needs_review=transition is not None and (previous is None or previous < transition.effective_from),
        grounds=(*_grounds(facts, rule, transition, early), *counted_otherwise(arithmetic)),
        provenance=_provenance(facts, packs, rule, transition),
    )


def transition_for(facts: ListEntryFacts, packs: Packs) -> ListTransition | None:
    """The transition that carries an entry over, if its region has one and the day has come (Q15: only there)."""
    if facts.applied_for_listing_on is None:
        return None
    region = packs.settings.region_aliases.get(facts.authority_region, facts.authority_region)
    return next(
        (
            item
            for item in packs.lists.transitions
            if covers(item.region, region) and item.effective_from <= facts.listed_on
        ),
        None,
    )


def _start(facts: ListEntryFacts, rule: ListRule, transition: ListTransition | None) -> date | None:
    if rule.restart is not None and facts.restarted_on is not None:
        return facts.restarted_on
    if transition is not None and facts.applied_for_listing_on is not None:
        return facts.applied_for_listing_on
    return facts.published_on if rule.count_from is CountFrom.PUBLICATION else facts.listed_on


def _start_fact(count_from: CountFrom) -> str:
    return "published_on" if count_from is CountFrom.PUBLICATION else "listed_on"


def _previous_end(facts: ListEntryFacts, packs: Packs, transition: ListTransition | None) -> date | None:
    if transition is None or facts.previously_published_on is None:
        return None
    period = packs.lists.rule(transition.from_rule).period
    return packs.settings.answers.arithmetic.last_day(facts.previously_published_on, period)


def _early_removal_from(
    start: date, offline_on: date, facts: ListEntryFacts, rule: ListRule, arithmetic: Arithmetic
) -> date | None:
    """The day after the minimum, and after a statutory ban (R12); None when the entry has ended by then."""
    early = rule.early_removal
    if early is None:
        return None
    day = day_after(arithmetic.last_day(start, early.after))
    if early.waits_for_ban and facts.ban_until is not None:
        day = max(day, day_after(facts.ban_until))
    return day if day < offline_on else None


def _grounds(
    facts: ListEntryFacts, rule: ListRule, transition: ListTransition | None, early: date | None
) -> tuple[str, ...]:
    grounds = []
    if transition is not None:
        grounds.append(f"carried_over:{transition.transition_id}")
    elif facts.applied_for_listing_on is not None:
        grounds.append("no_transition")
    if rule.restart is not None and facts.restarted_on is not None:
        grounds.append(f"restarted:{facts.restarted_on}")
    if rule.early_removal is None:
        grounds.append("no_early_removal")
    elif early is None:
        grounds.append(f"ban_outlasts:{facts.ban_until}")
    return (*grounds, *_unsure(facts, rule, transition))


def _unsure(facts: ListEntryFacts, rule: ListRule, transition: ListTransition | None) -> list[str]:
    """The parts of the rule that were used and not read in a public text."""
    used: list[Source] = [rule.source]
    if rule.early_removal is not None:
        used.append(rule.early_removal.source)
    if rule.restart is not None and facts.restarted_on is not None:
        used.append(rule.restart.source)
    if transition is not None:
        used.append(transition.source)
    weak = {source.confidence for source in used} - {Confidence.FOUND}
    return [f"confidence:{confidence}" for confidence in sorted(weak)]


def _provenance(facts: ListEntryFacts, packs: Packs, rule: ListRule, transition: ListTransition | None) -> Provenance:
    early = rule.early_removal
    return Provenance(
        rule_id=rule.rule_id if transition is None else f"{rule.rule_id}+{transition.transition_id}",
        article=rule.article if transition is None else f"{rule.article}；{transition.article}",
        pack_version=packs.version,
        inputs=inputs_of_entry(facts),
        repair_rule_id=rule.rule_id if early else None,
        repair_article=early.article if early else None,
    )


def inputs_of_entry(facts: ListEntryFacts) -> dict[str, str]:
    """Everything that `list_window` looked at, as text; days that are absent are left out."""
    inputs = {"authority_region": facts.authority_region, "listed_on": facts.listed_on.isoformat()}
    days = {key: getattr(facts, key) for key in _DAYS}
    return inputs | {key: day.isoformat() for key, day in days.items() if day is not None}


def entry_facts_of(inputs: Mapping[str, str]) -> ListEntryFacts:
    """The facts that these inputs were written from."""
    days = {key: date.fromisoformat(inputs[key]) for key in _DAYS if key in inputs}
    return ListEntryFacts(
        authority_region=inputs["authority_region"], listed_on=date.fromisoformat(inputs["listed_on"]), **days
    )

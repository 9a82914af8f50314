"""Which step may follow which on the serious list, and on which day: the explicit state machine (令11, 49号, R12).

Pure: an entry and a step in, the next entry out, or `StepRefused`. The periods come from the packs. Serves G04 and G14.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from services.disclosure.serious_list.domain.entry import IN_FORCE, Action, Entry, EntryState, Step, StepRefused
from shared.policy import ListEntryFacts, ListWindow, Packs, list_window
from shared.policy.list_window import transition_for

TRANSITIONS: Mapping[tuple[EntryState, Action], EntryState] = MappingProxyType(
    {
        (EntryState.NOTIFIED, Action.SERVE_NOTICE): EntryState.NOTIFIED,
        (EntryState.NOTIFIED, Action.HEAR): EntryState.HEARD,
        (EntryState.NOTIFIED, Action.WAIVE): EntryState.HEARD,
        # A notice that is completed opens the time for representations anew.
        (EntryState.HEARD, Action.SERVE_NOTICE): EntryState.NOTIFIED,
        (EntryState.HEARD, Action.DROP): EntryState.DROPPED,
        (EntryState.HEARD, Action.DECIDE): EntryState.DECIDED,
        (EntryState.DECIDED, Action.LIST): EntryState.LISTED,
        (EntryState.DECIDED, Action.WITHDRAW): EntryState.WITHDRAWN,
        (EntryState.LISTED, Action.CONFIRM_REVIEW): EntryState.LISTED,
        (EntryState.LISTED, Action.RE_ENTER): EntryState.LISTED,
        (EntryState.EXPIRED, Action.RE_ENTER): EntryState.LISTED,
        (EntryState.LISTED, Action.APPLY_REMOVAL): EntryState.REMOVAL_APPLIED,
        (EntryState.REMOVAL_APPLIED, Action.ACCEPT_REMOVAL): EntryState.REMOVAL_ACCEPTED,
        (EntryState.REMOVAL_APPLIED, Action.DECLINE_REMOVAL): EntryState.LISTED,
        (EntryState.REMOVAL_ACCEPTED, Action.APPROVE_REMOVAL): EntryState.REMOVED_EARLY,
        (EntryState.REMOVAL_ACCEPTED, Action.REFUSE_REMOVAL): EntryState.LISTED,
        (EntryState.REMOVED_EARLY, Action.REVOKE_REMOVAL): EntryState.LISTED,
        **{(state, Action.WITHDRAW): EntryState.WITHDRAWN for state in IN_FORCE},
        **{(state, Action.EXPIRE): EntryState.EXPIRED for state in IN_FORCE},
    }
)
"""Everything that may happen to an entry that exists."""

Effect = Callable[[Entry, Step, Packs], Entry]


def notified(authority_region: str, situation: str, step: Step, packs: Packs) -> Entry:
    """A new entry: the prior notice (列入前告知) was served."""
    _check_situation(situation, step.on, packs)
    return Entry(EntryState.NOTIFIED, 1, authority_region, situation, notice=step.notice)


def registered(facts: ListEntryFacts, situation: str, step: Step, packs: Packs) -> Entry:
    """An entry that was put on the list before this system knew of it (登记既有名单信息)."""
    _check_situation(situation, facts.listed_on, packs)
    if facts.listed_on >= step.on:
        raise StepRefused("Only an entry of an earlier day is registered; a new one begins with its prior notice.")
    _check_carried(facts, packs)
    window = list_window(facts, packs)
    if window.starts_on is None or (facts.published_on is not None and facts.published_on > step.on):
        raise StepRefused("The day of publication is missing or still to come.", missing=("published_on",))
    return Entry(
        EntryState.LISTED, 1, facts.authority_region, situation, ban_until=facts.ban_until, facts=facts, window=window
    )


def _check_carried(facts: ListEntryFacts, packs: Packs) -> None:
    """The days before the listing shorten a window and name an older end, so they must be those of an older entry."""
    applied, published = facts.applied_for_listing_on, facts.previously_published_on
    if applied is None and published is None:
        return
    if applied is None:
        raise StepRefused("An entry that was carried over needs its application.", missing=("applied_for_listing_on",))
    transition = transition_for(facts, packs)
    if transition is None:
        raise StepRefused("No transition of this region carries the entry over.")
    days = [applied, *([published] if published else []), facts.listed_on]
    if days != sorted(days) or days[-2] >= transition.effective_from:
        reason = f"An older entry was applied for and then published before {transition.effective_from}."
        raise StepRefused(reason)


def advance(entry: Entry, step: Step, packs: Packs) -> Entry:
    """The entry after this step."""
    state = TRANSITIONS.get((entry.state, step.action))
    if state is None:
        raise StepRefused(f"An entry that is {entry.state} does not allow {step.action}.")
    if entry.state in IN_FORCE and step.action not in _AFTER_THE_END and step.on >= _offline(entry):
        raise StepRefused("The period of the entry is over.")
    effect = _EFFECTS.get(step.action, _no_more)
    return replace(effect(entry, step, packs), state=state, version=entry.version + 1)


def _no_more(entry: Entry, _step: Step, _packs: Packs) -> Entry:
    return entry


def _complete_notice(entry: Entry, step: Step, _packs: Packs) -> Entry:
    return replace(entry, notice=entry.notice | step.notice)


def _decide(entry: Entry, step: Step, packs: Packs) -> Entry:
    missing = packs.lists.rule_on(step.on).prior_notice - entry.notice
    if missing:
        raise StepRefused("The prior notice does not state everything yet.", missing=tuple(sorted(missing)))
    return replace(entry, ban_until=step.ban_until)


def _list(entry: Entry, step: Step, packs: Packs) -> Entry:
    facts = ListEntryFacts(
        authority_region=entry.authority_region,
        listed_on=step.on,
        published_on=step.on,
        ban_until=entry.ban_until,
    )
    return _with_facts(entry, facts, packs)


def _re_enter(entry: Entry, step: Step, packs: Packs) -> Entry:
    """晋应急发〔2023〕386号 §4: who meets the newer rule is entered again, from the first application."""
    older, situation = _facts(entry), step.situation
    if step.applied_for_listing_on is None or situation is None:
        raise StepRefused("A re-entry needs the day of the original application and a situation of the newer rule.")
    _check_situation(situation, step.on, packs)
    facts = replace(
        older,
        listed_on=step.on,
        published_on=step.on,
        applied_for_listing_on=step.applied_for_listing_on,
        previously_published_on=older.published_on,
    )
    transition = transition_for(facts, packs)
    if transition is None or packs.lists.rule_on(older.listed_on).rule_id != transition.from_rule:
        raise StepRefused("No transition of this region carries the entry over.")
    if step.applied_for_listing_on > older.listed_on:
        raise StepRefused("The original application cannot be later than the original listing.")
    carried = replace(_with_facts(entry, facts, packs), situation=situation, review_confirmed=False)
    if step.on >= _offline(carried):
        raise StepRefused("Counted from the original application the period is over already.")
    return carried


def _confirm_review(entry: Entry, _step: Step, _packs: Packs) -> Entry:
    if entry.review_confirmed or not _window(entry).needs_review:
        raise StepRefused("The entry waits for no legal review.")
    return replace(entry, review_confirmed=True)


def _early(entry: Entry, step: Step, _packs: Packs) -> Entry:
    first_day = _window(entry).early_removal_from_on
    if first_day is None:
        raise StepRefused("The law gives no early removal for this entry.")
    if step.on < first_day:
        raise StepRefused("An early removal is not possible yet.", possible_from=first_day)
    return entry


def _approve(entry: Entry, step: Step, packs: Packs) -> Entry:
    early = packs.lists.rule_on(_facts(entry).listed_on).early_removal
    missing = early.conditions - step.conditions if early else frozenset()
    if missing:
        raise StepRefused("Not all conditions of an early removal are verified.", missing=tuple(sorted(missing)))
    return _early(entry, step, packs)


def _revoke_removal(entry: Entry, step: Step, packs: Packs) -> Entry:
    """False papers: the listing is restored and its period starts anew on the day of the revoking decision (R12)."""
    facts = _facts(entry)
    if packs.lists.rule_on(facts.listed_on).restart is None:
        raise StepRefused("The rule of this entry does not restore a listing.")
    return _with_facts(entry, replace(facts, restarted_on=step.on), packs)


def _expire(entry: Entry, step: Step, _packs: Packs) -> Entry:
    offline_on = _offline(entry)
    if step.on < offline_on:
        raise StepRefused("The period of the entry is not over.", possible_from=offline_on)
    return entry


_EFFECTS: Mapping[Action, Effect] = MappingProxyType(
    {
        Action.SERVE_NOTICE: _complete_notice,
        Action.DECIDE: _decide,
        Action.LIST: _list,
        Action.RE_ENTER: _re_enter,
        Action.CONFIRM_REVIEW: _confirm_review,
        Action.APPLY_REMOVAL: _early,
        Action.APPROVE_REMOVAL: _approve,
        Action.REVOKE_REMOVAL: _revoke_removal,
        Action.EXPIRE: _expire,
    }
)
# A re-entry concerns an entry that may have ended, and a withdrawn decision must go whatever the calendar says.
_AFTER_THE_END = frozenset({Action.EXPIRE, Action.WITHDRAW, Action.RE_ENTER})


def _window(entry: Entry) -> ListWindow:
    """The window of an entry that has been listed; without one the machine itself is wrong."""
    if entry.window is None:
        raise ValueError(f"an entry in the state {entry.state} has no window")
    return entry.window


def _offline(entry: Entry) -> date:
    offline_on = _window(entry).offline_on
    if offline_on is None:
        raise ValueError(f"an entry in the state {entry.state} has a window without an end")
    return offline_on


def _facts(entry: Entry) -> ListEntryFacts:
    if entry.facts is None:
        raise ValueError(f"an entry in the state {entry.state} has no facts")
    return entry.facts


def _with_facts(entry: Entry, facts: ListEntryFacts, packs: Packs) -> Entry:
    return replace(entry, facts=facts, window=list_window(facts, packs))


def _check_situation(situation: str, on: date, packs: Packs) -> None:
    """The reason for listing must be a situation of the rule in force on the day (谁处罚、谁决定、谁负责)."""
    rule_id = packs.lists.rule_on(on).rule_id
    known = {name for item in packs.settings.lists if item.list_id == rule_id for name in item.situations}
    if situation not in known:
        raise StepRefused(f"{rule_id} has no such situation.", missing=tuple(sorted(known)))

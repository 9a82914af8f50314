"""What must hold after every run, and most of it at every moment: pure checks over what was recorded.

Each function bears the name of its promise and returns what breaks it; the guarantees are those of docs/guarantees.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.vocabulary import PORTALS_OF, Audience
from tests.simulation.portals import Shown
from tests.simulation.watcher import Sent

AUDIENCE_OF = {portal: audience for audience, portals in PORTALS_OF.items() for portal in portals}


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, and for which record."""

    invariant: str
    record_id: str
    detail: str


@dataclass(frozen=True)
class Lawful:
    """One record towards one audience, as disclosure judged it and the outside knows it."""

    record_id: str
    audience: str
    state: str
    opens_on: date | None
    offline_on: date | None
    ended: bool

    def may_be_shown(self, today: date) -> bool:
        if self.ended or self.state != "online" or self.opens_on is None or self.offline_on is None:
            return False
        return self.opens_on <= today < self.offline_on


@dataclass(frozen=True)
class Placed:
    """One placement of sync."""

    record_id: str
    portal: str
    portal_key: str | None
    source_generation: int
    generation: int
    acknowledged_generation: int
    observed_generation: int
    owner: str
    """The record itself, or the one whose former entry this is."""
    take_down: bool

    @property
    def is_seen_gone(self) -> bool:
        return self.take_down and self.observed_generation == self.generation


def nothing_is_visible_after_its_last_lawful_day(
    law: Iterable[Lawful], keys: Mapping[tuple[str, str], str], shown: Mapping[str, Mapping[str, Shown]], today: date
) -> list[Broken]:
    """G04, G05: on no face of any portal; only asked when the portals had a quiet day to obey."""
    return [
        Broken("nothing_is_visible_after_its_last_lawful_day", one.record_id, f"{portal} shows it on {today}: {seen}")
        for one in law
        if not one.may_be_shown(today)
        for portal in PORTALS_OF[Audience(one.audience)]
        if (seen := shown[portal].get(keys.get((one.record_id, portal), ""))) and seen.anywhere
    ]


def no_former_entry_is_visible(
    former: Iterable[tuple[str, str, str]], shown: Mapping[str, Mapping[str, Shown]]
) -> list[Broken]:
    """G05: what an amendment moved to another key is gone from the old one."""
    return [
        Broken("no_former_entry_is_visible", record_id, f"{portal} shows {key}: {seen}")
        for record_id, portal, key in former
        if (seen := shown[portal].get(key)) and seen.anywhere
    ]


def nothing_else_is_shown(
    lawful: Collection[tuple[str, str]], shown: Mapping[str, Mapping[str, Shown]]
) -> list[Broken]:
    """G04, G05: every entry of a portal is one that may be shown there, under the key that it has now."""
    return [
        Broken("nothing_else_is_shown", "", f"{portal} shows {key}: {seen}")
        for portal, entries in shown.items()
        for key, seen in entries.items()
        if seen.anywhere and (portal, key) not in lawful
    ]


def nothing_is_lost(
    law: Iterable[Lawful], keys: Mapping[tuple[str, str], str], shown: Mapping[str, Mapping[str, Shown]], today: date
) -> list[Broken]:
    """G01: whatever may be shown is shown, on the detail page and on the lists of every portal that the law names."""
    return [
        Broken("nothing_is_lost", one.record_id, f"{portal} lacks it on {today}: {seen}")
        for one in law
        if one.may_be_shown(today)
        for portal in PORTALS_OF[Audience(one.audience)]
        for seen in [shown[portal].get(keys.get((one.record_id, portal), ""))]
        if seen is None or not seen.detail or not seen.listed
    ]


def the_own_column_shows_what_the_law_allows(
    law: Iterable[Lawful], column: Mapping[str, bool], today: date
) -> list[Broken]:
    """G04, at every moment: the bureau's own column asks the clock and waits for nobody."""
    return [
        Broken("the_own_column_shows_what_the_law_allows", one.record_id, f"shown: {column[one.record_id]} on {today}")
        for one in law
        if one.audience == Audience.OWN_COLUMN
        and (one.state != "online" or one.offline_on is None or today >= one.offline_on)
        and column[one.record_id]
    ]


def nothing_rises_again(before: Mapping[tuple[str, str], Placed], now: Iterable[Placed]) -> list[Broken]:
    """G06: no generation of a placement ever falls back, at no moment."""
    return [
        Broken("nothing_rises_again", one.record_id, f"{one.portal}: {name} fell from {old} to {new}")
        for one in now
        if (then := before.get((one.record_id, one.portal)))
        for name in ("source_generation", "generation", "acknowledged_generation")
        if (new := getattr(one, name)) < (old := getattr(then, name))
    ]


def what_was_taken_down_is_never_shown_again(sent: Sequence[Sent]) -> list[Broken]:
    """G06: no order to show a record follows one to remove it; nobody restores anything in these stories."""
    removed: dict[tuple[str, str], int] = {}
    for one in sent:
        if one.take_down:
            key = one.record_id, one.portal
            removed[key] = min(one.generation, removed.get(key, one.generation))
    return [
        Broken("what_was_taken_down_is_never_shown_again", one.record_id, f"{one.portal} was told to show it: {one}")
        for one in sent
        if not one.take_down and one.generation > removed.get((one.record_id, one.portal), one.generation)
    ]


def verdicts_sum_to_rows(receipts: Iterable[tuple[int, int, int]]) -> list[Broken]:
    """G02: rows sent, rows counted and verdicts given are one number."""
    return [
        Broken("verdicts_sum_to_rows", "", f"{sent} rows, {counted} counted, {given} verdicts")
        for sent, counted, given in receipts
        if not sent == counted == given
    ]


def every_accepted_record_was_judged(
    accepted: Iterable[str], law: Iterable[Lawful], fenced: Collection[str]
) -> list[Broken]:
    """G01: for each audience, once the messages have arrived.

    A withdrawal may overtake the admission: then disclosure holds the fence, and the record is never judged.
    """
    judged = {(one.record_id, one.audience) for one in law}
    return [
        Broken("every_accepted_record_was_judged", record_id, f"never judged for {audience}")
        for record_id in accepted
        for audience in Audience
        if (record_id, audience) not in judged and record_id not in fenced
    ]


def every_approved_case_is_closed(open_cases: Iterable[str]) -> list[Broken]:
    """G10: once the portals had a quiet day."""
    return [Broken("every_approved_case_is_closed", record_id, "still open") for record_id in open_cases]


def nothing_is_parked(parked: Mapping[str, int]) -> list[Broken]:
    """No fault of others may look like a fault of our own: neither parked events nor dead letters."""
    return [Broken("nothing_is_parked", "", f"{where}: {count}") for where, count in parked.items() if count]


def the_audit_chain_holds(broken: Mapping[str, str | None]) -> list[Broken]:
    """G14."""
    return [Broken("the_audit_chain_holds", "", f"{service}: {reason}") for service, reason in broken.items() if reason]


def nothing_is_removed_without_a_ground(sent: Sequence[Sent], law: Iterable[Lawful]) -> list[Broken]:
    """No portal is told to remove what the law goes on showing. What was taken down once is never shown again, so the
    state at the end tells of every order before."""
    standing = {(one.record_id, one.audience) for one in law if one.state == "online" and not one.ended}
    return [
        Broken("nothing_is_removed_without_a_ground", one.record_id, f"{one.portal} was told to remove it: {one}")
        for one in sent
        if one.take_down and (one.record_id, AUDIENCE_OF[one.portal]) in standing
    ]

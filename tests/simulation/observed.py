"""What must hold of what was seen, verified, mended and told: pure checks like those of `invariants.py`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.sync.portals.base import Sight
from tests.simulation.invariants import Broken, Placed
from tests.simulation.portals import Scanned, Seen, Sent, Shown
from tests.simulation.subscribers import Told


@dataclass(frozen=True)
class Mark:
    """How far a portal is verified."""

    portal: str
    verified_through: datetime


@dataclass(frozen=True)
class Settled:
    """One placement that a mark speaks of, and whether the run that moved the mark named it."""

    record_id: str
    portal: str
    portal_key: str
    take_down: bool
    found: bool


@dataclass(frozen=True)
class Mended:
    """A run, how many entries it read, how many orders it repeated by itself, and how many it may."""

    run_id: str
    listed: int
    ordered: int
    limit: int


@dataclass(frozen=True)
class Closed:
    """A case of repair that was closed, and the portals that showed its record."""

    record_id: str
    portals: Sequence[str]


def a_look_says_what_is_there(seen: Iterable[Seen]) -> list[Broken]:
    """G05: whatever faults strike, a look that says absent is at a record that no face shows, and none names a face
    that does not show it."""
    return [
        Broken("a_look_says_what_is_there", one.record_id, f"{one.portal} shows {one.truly}, and the look says {one}")
        for one in seen
        if (one.sight == Sight.ABSENT and one.truly and one.truly.anywhere)
        or any(not _shows(one.truly, face) for face in one.faces)
    ]


def _shows(truly: Shown | None, face: str) -> bool:
    return truly is not None and (truly.detail if face == "detail" else truly.listed > 0)


def a_take_down_is_green_only_when_absence_was_seen(
    placed: Iterable[Placed], sent: Sequence[Sent], seen: Sequence[Seen], cache_life: timedelta
) -> list[Broken]:
    """G05: a look found the record nowhere, after the last order that showed it, and again after the cache life."""
    return [
        Broken("a_take_down_is_green_only_when_absence_was_seen", one.record_id, f"{one.portal} {one}")
        for one in placed
        if one.take_down and one.observed_generation == one.generation
        if not _absence_was_seen(one.record_id, one.portal, sent, seen, cache_life)
    ]


def what_is_shown_is_green_only_when_all_faces_showed_it(
    placed: Iterable[Placed], sent: Sequence[Sent], seen: Sequence[Seen], cache_life: timedelta
) -> list[Broken]:
    """G05: after the order, and again after the cache life."""
    return [
        Broken("what_is_shown_is_green_only_when_all_faces_showed_it", one.record_id, f"{one.portal} {one}")
        for one in placed
        if not one.take_down and one.observed_generation == one.generation
        if not _presence_was_seen(one, sent, seen, cache_life)
    ]


def _presence_was_seen(one: Placed, sent: Sequence[Sent], seen: Sequence[Seen], cache_life: timedelta) -> bool:
    mine = one.record_id, one.portal
    orders = [
        order.at for order in sent if (order.record_id, order.portal) == mine and order.generation == one.generation
    ]
    looks = [look.at for look in seen if (look.record_id, look.portal) == mine and look.everywhere]
    return bool(orders) and _twice([at for at in looks if at >= min(orders)], cache_life)


def _twice(looks: Sequence[datetime], cache_life: timedelta) -> bool:
    """Whether one look was so long behind another that no cache can be what both saw."""
    return bool(looks) and max(looks) - min(looks) >= cache_life


def a_case_closes_only_on_observed_absence(
    closed: Iterable[Closed], sent: Sequence[Sent], seen: Sequence[Seen], cache_life: timedelta
) -> list[Broken]:
    """G10: on every portal that was ever told to show the record."""
    return [
        Broken("a_case_closes_only_on_observed_absence", case.record_id, f"nobody saw it absent from {portal}")
        for case in closed
        for portal in case.portals
        if not _absence_was_seen(case.record_id, portal, sent, seen, cache_life)
    ]


def _absence_was_seen(
    record_id: str, portal: str, sent: Sequence[Sent], seen: Sequence[Seen], cache_life: timedelta
) -> bool:
    shows = [one.at for one in sent if (one.record_id, one.portal, one.take_down) == (record_id, portal, False)]
    looks = [one.at for one in seen if (one.record_id, one.portal, one.sight) == (record_id, portal, Sight.ABSENT)]
    return not shows or _twice([at for at in looks if at >= max(shows)], cache_life)


def verified_through_moves_only_over_whole_scans(
    before: Mapping[str, datetime], now: Iterable[Mark], scanned: Sequence[Scanned]
) -> list[Broken]:
    """G07: the newest listing of the portal came to its end and held what the portal had."""
    found = []
    for mark in now:
        if before.get(mark.portal) == mark.verified_through:
            continue
        newest = [scan for scan in scanned if scan.portal == mark.portal][-1:]
        if not newest or not newest[0].whole:
            found.append(Broken("verified_through_moves_only_over_whole_scans", "", f"{mark} after {newest}"))
    return found


def what_is_verified_was_known(unknown: Mapping[str, int]) -> list[Broken]:
    """G07: no run that moved a mark left a difference of which nobody knows what it is."""
    return [
        Broken("what_is_verified_was_known", "", f"{portal}: {count} differences were not seen again")
        for portal, count in unknown.items()
        if count
    ]


def what_is_verified_is_as_wanted_or_was_found(
    settled: Iterable[Settled], shown: Mapping[str, Mapping[str, Shown]]
) -> list[Broken]:
    """G07: a mark says that the portal shows what was settled by then, or that the run names it."""
    return [
        Broken("what_is_verified_is_as_wanted_or_was_found", one.record_id, f"{one.portal} shows {seen}: {one}")
        for one in settled
        for seen in [shown[one.portal].get(one.portal_key)]
        if not one.found and (bool(seen and seen.anywhere) if one.take_down else not (seen and seen.detail))
    ]


def little_is_mended_without_people(runs: Iterable[Mended]) -> list[Broken]:
    """G08: an empty listing orders nothing by itself, and no listing more than its limit."""
    return [
        Broken("little_is_mended_without_people", "", f"{one}")
        for one in runs
        if one.ordered > (one.limit if one.listed else 0)
    ]


def the_feed_has_no_gap(positions: Sequence[Sequence[int | None]]) -> list[Broken]:
    """G13: every change that was committed has its place, and the places are one, two, three."""
    found = [row[0] for row in positions]
    return [] if found == list(range(1, len(found) + 1)) else [Broken("the_feed_has_no_gap", "", f"{found}")]


def a_subscriber_hears_everything_in_order(url: str, last: int, told: Sequence[Told]) -> list[Broken]:
    """G13: each number up to the last at least once, and for each record none for the first time after a later one."""
    missing = set(range(1, last + 1)) - {one.sequence for one in told}
    name = "a_subscriber_hears_everything_in_order"
    found = [Broken(name, "", f"{url} never heard {sorted(missing)}")] if missing else []
    heard: dict[str, list[int]] = {}
    for one in told:
        mine = heard.setdefault(one.record_id, [])
        if one.sequence not in mine:
            if mine and one.sequence < max(mine):
                found.append(Broken(name, one.record_id, f"{url} heard {one.sequence} after {max(mine)}"))
            mine.append(one.sequence)
    return found


def a_copy_is_in_step(url: str, copy: Collection[tuple[str, str]], wanted: Collection[tuple[str, str]]) -> list[Broken]:
    """G13: who applied what it was told holds exactly what is to be shown."""
    differing = sorted(set(copy) ^ set(wanted))
    return [Broken("a_copy_is_in_step", record_id, f"{url}: {portal}") for record_id, portal in differing[:1]]

"""What must hold of what was seen, verified, mended and told: pure checks like those of `invariants.py`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.sync.portals.base import Sight
from tests.simulation.invariants import Broken, Placed
from tests.simulation.portals import Shown
from tests.simulation.subscribers import Told
from tests.simulation.watcher import Scanned, Seen, Sent


@dataclass(frozen=True)
class Mark:
    """How far a portal is verified, and how the run that says so read and ended."""

    portal: str
    verified_through: datetime
    method: str
    state: str


@dataclass(frozen=True)
class Accused:
    """A difference that a run keeps of a record that we ordered, and when the portal had answered for that order.

    `ordered`: the run gave the order again by itself.
    """

    portal: str
    portal_key: str
    record_id: str
    kind: str
    seen: str
    found_on: str
    method: str
    began: datetime
    found_at: datetime
    answered_at: datetime | None
    ordered: bool


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
        if (one.sight == Sight.ABSENT and all(truly and truly.anywhere for truly in one.truly))
        or any(not any(_shows(truly, face) for truly in one.truly) for face in one.faces)
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
    """G07: the newest listing of the portal came to its end and held what the portal had; digests move no mark."""
    found = []
    for mark in now:
        if before.get(mark.portal) == mark.verified_through:
            continue
        newest = [scan for scan in scanned if scan.portal == mark.portal][-1:]
        concludes = (mark.method, mark.state) == ("listing", "mended")
        if not concludes or not newest or not newest[0].whole:
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


_SEEN_BY_A_LOOK = ("ghost", "missing", "altered", "end_date")
_SETTLE = timedelta(seconds=5)


def nobody_is_accused_without_a_look(accused: Iterable[Accused], seen: Sequence[Seen]) -> list[Broken]:
    """G08: whatever a listing or digests say, the run itself saw the record so before it kept the difference."""
    return [
        Broken("nobody_is_accused_without_a_look", one.record_id, f"{one}")
        for one in accused
        if one.kind in _SEEN_BY_A_LOOK and not any(_is_the_look(look, one) for look in reversed(seen))
    ]


def _is_the_look(look: Seen, one: Accused) -> bool:
    return (look.portal, look.portal_key, look.sight, ",".join(look.faces)) == (
        one.portal,
        one.portal_key,
        one.seen,
        one.found_on,
    ) and one.began <= look.at <= one.found_at


def only_what_was_settled_is_judged(accused: Iterable[Accused]) -> list[Broken]:
    """G07, G08: what the portal answered less than five seconds before a run may lawfully look either way."""
    return [
        Broken("only_what_was_settled_is_judged", one.record_id, f"{one}")
        for one in accused
        if one.kind in (*_SEEN_BY_A_LOOK, "duplicate")
        and not (one.answered_at and one.answered_at <= one.began - _SETTLE)
    ]


def digests_alone_mend_nothing(accused: Iterable[Accused]) -> list[Broken]:
    """G07: what only digests say, that an entry is there twice, orders nothing; a run over the listing may."""
    return [
        Broken("digests_alone_mend_nothing", one.record_id, f"{one}")
        for one in accused
        if one.ordered and one.method == "digests" and one.kind not in _SEEN_BY_A_LOOK
    ]


def orders_stop_while_the_contract_departs(
    sent: Sequence[Sent], departed: Mapping[str, bool], stopped: Collection[str]
) -> list[Broken]:
    """G09: from the probe that found departures to the next good one nothing is sent, and then everything again."""
    name = "orders_stop_while_the_contract_departs"
    found = [Broken(name, one.record_id, f"{one.portal} got {one}") for one in sent if one.departed]
    return found + [
        Broken(name, "", f"{portal}: departs: {departs}, stopped: {portal in stopped}")
        for portal, departs in departed.items()
        if departs != (portal in stopped)
    ]


def an_absence_is_told_once(told: Mapping[tuple[str, str], int], greens: Mapping[tuple[str, str], int]) -> list[Broken]:
    """G10: no oftener than the record was seen gone together with every entry that it had there before."""
    return [
        Broken("an_absence_is_told_once", key[0], f"{key[1]}: told {count} times, seen {greens.get(key, 0)} times")
        for key, count in told.items()
        if count > greens.get(key, 0)
    ]


def kept_digests_are_what_the_rows_give(
    kept: Collection[tuple[int, ...]], given: Collection[tuple[int, ...]]
) -> list[Broken]:
    """G07: bucket, entries and sum, of every bucket that is not empty."""
    differing = sorted(set(kept) ^ set(given))
    return [Broken("kept_digests_are_what_the_rows_give", "", f"{differing}")] if differing else []


def digests_find_nothing_on_a_quiet_day(runs: Iterable[tuple[str, int]]) -> list[Broken]:
    """G07: state and differences of the newest run by digests; a portal that shows what is wanted says just that.
    What it shows double is told to people."""
    return [
        Broken("digests_find_nothing_on_a_quiet_day", "", f"{state}, {drifts} differences")
        for state, drifts in runs
        if (state, drifts) != ("mended", 0)
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

"""Reads what the invariants are about out of the house's databases and the portals, after each step and each day."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from services.disclosure.column.domain.search import By, Search
from services.disclosure.column.store import search
from shared.clock import legal_date
from shared.evidence.keys import PublicKeys
from shared.evidence.verify import verify_chain
from shared.vocabulary import PORTALS_OF, Audience, Portal
from tests.simulation import invariants as held
from tests.simulation import observed
from tests.simulation.actors import Outside
from tests.simulation.due import STOPPED, instant
from tests.simulation.house import House
from tests.simulation.invariants import Broken, Lawful, Placed
from tests.simulation.observed import Accused, Closed, Mark, Mended, Settled
from tests.simulation.questions import (
    ACCUSED,
    APPROVED,
    BY_DIGESTS,
    CLOSED,
    FEED,
    FENCED,
    FORMER,
    GIVEN,
    KEPT,
    LAW,
    MARKS,
    MENDED,
    PLACED,
    SETTLED,
    UNKNOWN,
)
from tests.simulation.subscribers import copy_of


class InvariantBroken(AssertionError):
    """A promise was broken. Carries the first one; the run ends here."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(f"{broken.invariant}: {broken.detail}")
        self.broken = broken


@dataclass
class Checks:
    """The invariants over one run."""

    house: House
    outside: Outside
    _placed: dict[tuple[str, str], Placed] = field(default_factory=dict)
    _marks: dict[str, datetime] = field(default_factory=dict)
    _closed: set[str] = field(default_factory=set)
    _commits: dict[str, int] = field(default_factory=dict)
    _gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    _families: dict[tuple[str, str], tuple[tuple[str, int], ...]] = field(default_factory=dict)
    _looked: int = 0
    _pushed: int = 0
    _accused: str = ""
    _rows: list[Any] | None = None
    _of_rows: list[Placed] = field(default_factory=list)
    _checked: list[Placed] | None = None

    def after_step(self) -> None:
        """What must hold at every moment."""
        if self._changed("sync"):
            self._check_sync()
        if self._changed("repair"):
            self._check_cases()

    async def of_the_day(self) -> None:
        """What must hold at any time of any day, however bad the weather."""
        today = self._today
        _require(held.the_own_column_shows_what_the_law_allows(self._law(), await self._column(today), today))

    async def when_quiet(self) -> None:
        """What must hold when the portals had a day to obey."""
        await self.of_the_day()
        law, today = self._law(), self._today
        shown = {portal: mock.shown() for portal, mock in self.house.mocks.items()}
        keys = {(one.record_id, one.portal): one.portal_key for one in self._placements() if one.portal_key}
        _require(held.every_accepted_record_was_judged(self.outside.records, law, self._fenced()))
        _require(held.nothing_is_visible_after_its_last_lawful_day(law, keys, shown, today))
        _require(held.nothing_is_lost(law, keys, shown, today))
        _require(held.no_former_entry_is_visible(self._former(), shown))
        lawful = {
            (portal, keys.get((one.record_id, portal), ""))
            for one in law
            if one.may_be_shown(today)
            for portal in PORTALS_OF[Audience(one.audience)]
        }
        _require(held.nothing_else_is_shown(lawful, shown))
        _require(held.every_approved_case_is_closed(self._open_cases()))
        _require(held.what_was_taken_down_is_never_shown_again(self.house.watch.sent))
        _require(observed.little_is_mended_without_people(self._mended()))

    async def at_the_end(self) -> None:
        """What can only be asked of a whole run."""
        await self.when_quiet()
        _require(held.nothing_is_removed_without_a_ground(self.house.watch.sent, self._law()))
        receipts = [(one.rows, sum(one.counts.values()), len(one.verdicts)) for one in self.outside.receipts]
        _require(held.verdicts_sum_to_rows(receipts))
        _require(held.nothing_is_parked(self._parked()))
        await self.house.link()
        _require(held.the_audit_chain_holds(await self._chains()))

    async def when_subscribers_heard_everything(self) -> None:
        """What can be asked when nothing waits for a later try any more."""
        sync = self.house.peeks["sync"]
        _require(observed.the_feed_has_no_gap(sync.rows(FEED)))
        wanted = {(one.record_id, one.portal) for one in self._placements() if not one.take_down}
        lasts = {row["subscriber_id"]: row["last"] for row in sync.rows("SELECT * FROM subscriber_sequence")}
        for subscriber_id, url in self.house.subscribers.addresses.items():
            told = self.house.subscribers.told[url]
            _require(observed.a_subscriber_hears_everything_in_order(url, lasts[subscriber_id], told))
            _require(observed.a_copy_is_in_step(url, copy_of(told), wanted))

    def _check_sync(self) -> None:
        watch, placed = self.house.watch, self._placements()
        if placed is not self._checked:
            self._check_placed(placed)
            self._checked = placed
        _require(observed.an_absence_is_told_once(self.house.bus.absences, self._gone))
        _require(observed.a_look_says_what_is_there(watch.seen[self._looked :]))
        self._looked = len(watch.seen)
        self._check_accused()
        self._check_channels()
        rows = self.house.peeks["sync"].rows(MARKS)
        marks = [Mark(row[0], instant(row[1]), *row[2:]) for row in rows]
        _require(observed.verified_through_moves_only_over_whole_scans(self._marks, marks, watch.scanned))
        for mark in marks:
            if self._marks.get(mark.portal) != mark.verified_through:
                self._check_mark(mark.portal)
        self._marks = {mark.portal: mark.verified_through for mark in marks}

    def _check_placed(self, placed: list[Placed]) -> None:
        changed = [one for one in placed if self._placed.get((one.record_id, one.portal)) is not one]
        _require(held.nothing_rises_again(self._placed, changed))
        seen = self.house.watch.sent, self.house.watch.seen, self._cache_life
        _require(observed.a_take_down_is_green_only_when_absence_was_seen(changed, *seen))
        _require(observed.what_is_shown_is_green_only_when_all_faces_showed_it(changed, *seen))
        self._count_gone(changed, placed)
        self._placed = {(one.record_id, one.portal): one for one in placed}

    def _count_gone(self, changed: list[Placed], placed: list[Placed]) -> None:
        """How often a record was gone from a portal with every entry that it had there before."""
        for key in {(one.owner, one.portal) for one in changed}:
            family = [one for one in placed if (one.owner, one.portal) == key]
            all_gone = all(one.is_seen_gone for one in family)
            gone = tuple((one.record_id, one.generation) for one in family) if all_gone else ()
            self._gone[key] += bool(gone) and gone != self._families.get(key)
            self._families[key] = gone

    def _check_accused(self) -> None:
        rows = self.house.peeks["sync"].rows(ACCUSED, self._accused)
        if rows:
            self._accused = rows[-1]["drift_id"]
            accused = [_accused(*row[1:]) for row in rows]
            _require(observed.nobody_is_accused_without_a_look(accused, self.house.watch.seen))
            _require(observed.only_what_was_settled_is_judged(accused))
            _require(observed.digests_alone_mend_nothing(accused))

    def _check_channels(self) -> None:
        watch = self.house.watch
        stopped = {row["portal"] for row in self.house.peeks["sync"].rows(STOPPED)}
        fresh = watch.sent[self._pushed :]
        _require(observed.orders_stop_while_the_contract_departs(fresh, watch.departed, stopped))
        self._pushed = len(watch.sent)

    def when_digests_were_compared(self) -> None:
        """At the end of a quiet day."""
        sync = self.house.peeks["sync"]
        kept, given = ([tuple(row) for row in sync.rows(statement)] for statement in (KEPT, GIVEN))
        _require(observed.kept_digests_are_what_the_rows_give(kept, given))
        _require(observed.digests_find_nothing_on_a_quiet_day(tuple(row) for row in sync.rows(BY_DIGESTS)))

    def _check_mark(self, portal: str) -> None:
        """At the moment at which it moved: nothing else has happened since the run read."""
        sync = self.house.peeks["sync"]
        _require(observed.what_is_verified_was_known({portal: sync.one(UNKNOWN, portal)}))
        settled = [Settled(*row[:3], take_down=bool(row[3]), found=bool(row[4])) for row in sync.rows(SETTLED, portal)]
        shown = {portal: self.house.mocks[Portal(portal)].shown()}
        _require(observed.what_is_verified_is_as_wanted_or_was_found(settled, shown))

    @property
    def _cache_life(self) -> timedelta:
        return min(adapter.limits.cache_life for adapter in self.house.adapters.values())

    def _check_cases(self) -> None:
        rows = self.house.peeks["repair"].rows(CLOSED)
        fresh = [row for row in rows if row["application_id"] not in self._closed]
        self._closed |= {row["application_id"] for row in fresh}
        watch = self.house.watch
        portals = [str(portal) for portal in self.house.mocks]
        closed = [Closed(row["record_id"], portals) for row in fresh]
        _require(observed.a_case_closes_only_on_observed_absence(closed, watch.sent, watch.seen, self._cache_life))

    def _changed(self, service: str) -> bool:
        commits = self.house.peeks[service].commits
        before, self._commits[service] = self._commits.get(service), commits
        return before != commits

    @property
    def _today(self) -> date:
        return legal_date(self.house.clock.now())

    def _law(self) -> list[Lawful]:
        rows = self.house.peeks["disclosure"].rows(LAW)
        known = self.outside.records
        return [
            Lawful(
                row["record_id"],
                row["audience"],
                row["state"],
                _day(row["opens_on"]),
                _day(row["offline_on"]),
                row["record_id"] in known and known[row["record_id"]].ended,
            )
            for row in rows
        ]

    def _fenced(self) -> set[str]:
        """Records that disclosure itself holds as withdrawn."""
        return {row["record_id"] for row in self.house.peeks["disclosure"].rows(FENCED)}

    def _placements(self) -> list[Placed]:
        """A row that stood as it stands is the same object as before, and so are all when nothing was written."""
        rows = self.house.peeks["sync"].rows(PLACED)
        if rows is not self._rows:
            self._rows, self._of_rows = rows, [_placed(*row) for row in rows]
        return self._of_rows

    def _mended(self) -> list[Mended]:
        """What each run ordered again of its own accord, in the transaction that ended it."""
        limit = self.house.limit
        return [
            Mended(run_id, listed, ordered, max(limit.records, int(limit.share * listed)))
            for run_id, listed, ordered in self.house.peeks["sync"].rows(MENDED)
        ]

    def _former(self) -> list[tuple[str, str, str]]:
        """Record, portal and key of entries under keys that amendments replaced."""
        rows = self.house.peeks["sync"].rows(FORMER)
        return [(row["former_of"], row["portal"], row["portal_key"]) for row in rows]

    async def _column(self, today: date) -> dict[str, bool]:
        async with self.house.databases["disclosure"].reading() as connection:
            rows = await search(connection, Search(By.NEWEST, ""), today, None, 100)
        shown = {row.record_id for row in rows}
        return {one.record_id: one.record_id in shown for one in self._law() if one.audience == Audience.OWN_COLUMN}

    def _open_cases(self) -> list[str]:
        return [row["record_id"] for row in self.house.peeks["repair"].rows(APPROVED)]

    def _parked(self) -> dict[str, int]:
        parked = {
            f"parked in {name}": peek.one("SELECT count(*) FROM parked_event")
            for name, peek in self.house.peeks.items()
        }
        return parked | {f"dead in {queue}": len(dead) for queue, dead in self.house.bus.dead.items()}

    async def _chains(self) -> dict[str, str | None]:
        found = {}
        for name, database in self.house.databases.items():
            verdict = await verify_chain(database, PublicKeys({}), seals_wanted=False)
            found[name] = verdict.broken
        return found


def _require(broken: list[Broken]) -> None:
    if broken:
        raise InvariantBroken(broken[0])


@lru_cache(1_000)
def _placed(record_id: str, portal: str, portal_key: str | None, *state: Any) -> Placed:
    return Placed(record_id, portal, portal_key, *state[:-1], take_down=bool(state[-1]))


def _accused(*row: Any) -> Accused:
    said, (began, found_at, answered_at, ordered) = row[:7], row[7:]
    answered = instant(answered_at) if answered_at else None
    return Accused(*said, instant(began), instant(found_at), answered, bool(ordered))


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None

"""Reads what the invariants are about out of the house's databases and the portals, after each step and each day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from services.disclosure.column.domain.search import By, Search
from services.disclosure.column.store import search
from shared.clock import legal_date
from shared.evidence.keys import PublicKeys
from shared.evidence.verify import verify_chain
from shared.vocabulary import Audience
from tests.simulation import invariants as held
from tests.simulation.actors import Outside
from tests.simulation.house import House
from tests.simulation.invariants import Broken, Closed, Lawful, Mark, Placed


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
    _versions: dict[str, int] = field(default_factory=dict)

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
        _require(held.every_approved_case_is_closed(self._open_cases()))
        _require(held.what_was_taken_down_is_never_shown_again(self.house.watch.sent))

    async def at_the_end(self) -> None:
        """What can only be asked of a whole run."""
        await self.when_quiet()
        _require(held.nothing_is_removed_without_a_ground(self.house.watch.sent, self._law()))
        receipts = [(one.rows, sum(one.counts.values()), len(one.verdicts)) for one in self.outside.receipts]
        _require(held.verdicts_sum_to_rows(receipts))
        _require(held.nothing_is_parked(self._parked()))
        await self.house.link()
        _require(held.the_audit_chain_holds(await self._chains()))

    def _check_sync(self) -> None:
        watch, placed = self.house.watch, self._placements()
        _require(held.nothing_rises_again(self._placed, placed))
        changed = [one for one in placed if self._placed.get((one.record_id, one.portal)) != one]
        _require(held.a_take_down_is_green_only_when_absence_was_seen(changed, watch.sent, watch.seen))
        self._placed = {(one.record_id, one.portal): one for one in placed}
        rows = self.house.peeks["sync"].rows(_MARKS)
        marks = [Mark(row["portal"], _instant(row["verified_through"])) for row in rows]
        _require(held.verified_through_moves_only_over_whole_scans(self._marks, marks, watch.scanned))
        self._marks = {mark.portal: mark.verified_through for mark in marks}

    def _check_cases(self) -> None:
        rows = self.house.peeks["repair"].rows(
            "SELECT application_id, record_id FROM application JOIN application_record USING (application_id) "
            "WHERE state = 'closed' AND outcome = 'approved'"
        )
        fresh = [row for row in rows if row["application_id"] not in self._closed]
        self._closed |= {row["application_id"] for row in fresh}
        watch = self.house.watch
        portals = [str(portal) for portal in self.house.mocks]
        closed = [Closed(row["record_id"], portals) for row in fresh]
        _require(held.a_case_closes_only_on_observed_absence(closed, watch.sent, watch.seen))

    def _changed(self, service: str) -> bool:
        version = self.house.peeks[service].one("PRAGMA data_version")
        before, self._versions[service] = self._versions.get(service), version
        return bool(before != version)

    @property
    def _today(self) -> date:
        return legal_date(self.house.clock.now())

    def _law(self) -> list[Lawful]:
        rows = self.house.peeks["disclosure"].rows(_LAW)
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
        return {row["record_id"] for row in self.house.peeks["disclosure"].rows(_FENCED)}

    def _placements(self) -> list[Placed]:
        return [Placed(*(row[:7]), take_down=bool(row[7])) for row in self.house.peeks["sync"].rows(_PLACED)]

    def _former(self) -> list[tuple[str, str, str]]:
        """Record, portal and key of entries under keys that amendments replaced."""
        rows = self.house.peeks["sync"].rows(_FORMER)
        return [(row["former_of"], row["portal"], row["portal_key"]) for row in rows]

    async def _column(self, today: date) -> dict[str, bool]:
        async with self.house.databases["disclosure"].reading() as connection:
            rows = await search(connection, Search(By.NEWEST, ""), today, None, 100)
        shown = {row.record_id for row in rows}
        return {one.record_id: one.record_id in shown for one in self._law() if one.audience == Audience.OWN_COLUMN}

    def _open_cases(self) -> list[str]:
        rows = self.house.peeks["repair"].rows(
            "SELECT record_id FROM application JOIN application_record USING (application_id) WHERE state = 'approved'"
        )
        return [row["record_id"] for row in rows]

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


def _instant(text: Any) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


_PLACED = """SELECT record_id, portal, portal_key, source_generation, generation, acknowledged_generation,
 observed_generation, take_down FROM placement ORDER BY record_id, portal"""
_FORMER = "SELECT former_of, portal, portal_key FROM placement WHERE former_of IS NOT NULL ORDER BY record_id"
_FENCED = "SELECT record_id FROM disclosed_record WHERE withdrawn"
_LAW = "SELECT record_id, audience, state, opens_on, offline_on FROM publication ORDER BY record_id, audience"
_MARKS = "SELECT portal, max(verified_through) AS verified_through FROM watermark GROUP BY portal ORDER BY portal"

"""What the demo does and checks, step by step; each step says what was promised and what was seen."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.local.sample_feed import SampleFeed
from services.local.visitor import Visitor
from shared.clock import ShiftedClock, legal_date, stopwatch
from shared.vocabulary import PORTAL_STATEMENTS, PORTALS_OF, Audience, DriftKind, Portal, Verdict

BATCH = 500
PATIENCE_SECONDS = 240.0
DAYS_FORWARD = 31
LYING_PORTAL = Portal.CREDIT_JIANGSU


@dataclass(frozen=True)
class Step:
    """One line of the final table."""

    title: str
    expected: str
    seen: str
    kept: bool
    seconds: float


Report = Callable[[str, int, int], None]
"""Progress: what is going on, how much is done, how much there is."""


class Story:
    """The demo against a running house."""

    def __init__(self, visitor: Visitor, clock: ShiftedClock, feed: SampleFeed, report: Report) -> None:
        self._visitor = visitor
        self._clock = clock
        self._feed = feed
        self._report = report

    async def steps(self) -> list[Step]:
        """All of them in order. A promise that is missed is a line of the table; the story goes on as far as it can."""
        told: list[Step] = []
        for step in (self.feed, self.show, self.repair, self.expire, self.catch_lies):
            started = stopwatch()
            told += [Step(*line, seconds=stopwatch() - started) for line in await step()]
        return told

    async def feed(self) -> list[tuple[str, str, str, bool]]:
        """Hand in the feed, then the first batch once more."""
        batches = [
            (kind, rows[at : at + BATCH])
            for kind, rows in (("penalty", self._feed.penalties), ("licence", self._feed.licences))
            for at in range(0, len(rows), BATCH)
        ]
        total = sum(len(rows) for _, rows in batches)
        counts: dict[str, int] = dict.fromkeys(Verdict, 0)
        done = 0
        for kind, rows in batches:
            receipt = await self._visitor.send_batch(kind, rows)
            for verdict, number in receipt["counts"].items():
                counts[verdict] += number
            done += len(rows)
            self._report("accepting the feed (归集)", done, total)
        kind, rows = batches[0]
        again = (await self._visitor.send_batch(kind, rows))["counts"]
        admitted, quarantined, unchanged = self._expected()
        new = again["admitted"] + again["amended"]
        return [
            (
                f"{total} rows, one verdict each",
                f"{admitted} admitted, {quarantined} quarantined, {unchanged} unchanged",
                f"{counts['admitted']} admitted, {counts['quarantined']} quarantined, {counts['unchanged']} unchanged",
                sum(counts.values()) == total
                and (counts["admitted"], counts["quarantined"]) == (admitted, quarantined)
                and counts["unchanged"] == unchanged,
            ),
            ("Same batch again", "nothing new", f"{new} new, {again['unchanged']} unchanged", new == 0),
        ]

    def _expected(self) -> tuple[int, int, int]:
        """Rows of the whole feed that must be admitted, quarantined, unchanged."""
        kinds = (self._feed.expected.penalties, self._feed.expected.licences)
        quarantined = sum(sum(kind.quarantined.values()) for kind in kinds)
        return sum(kind.admitted for kind in kinds), quarantined, sum(kind.unchanged for kind in kinds)

    async def show(self) -> list[tuple[str, str, str, bool]]:
        """Wait until every record that may be shown was seen on each portal's public face."""
        await self._until_judged()
        online = await self._online()
        await self._until_agreed("seen on the portals (核验)", online)
        counts = await self._counts()
        return [
            (
                f"Seen on {_name(portal)}",
                f"{expected} records",
                f"{counts[portal]['seen_present']} present",
                counts[portal]["seen_present"] == expected and counts[portal]["open"] == 0,
            )
            for portal, expected in _by_portal(online).items()
        ]

    async def repair(self) -> list[tuple[str, str, str, bool]]:
        """Let a company file a repair, officers review it twice and approve it; follow it until every portal was seen
        without the record."""
        record_id = await self._repairable()
        application_id = await self._visitor.file_repair(record_id)
        await self._visitor.approve_repair(application_id)
        states: dict[str, str] = {}

        async def closed() -> bool:
            states["now"] = (await self._read("repair", f"/v1/repair-applications/{application_id}"))["state"]
            return states["now"] == "closed"

        await self._until(closed)
        agreed = await self._read("sync", f"/v1/records/{record_id}/placements")
        gone = sum(1 for place in agreed if place["observed"] == "absent" and place["agreed"])
        return [
            (
                "Approved repair 信用修复",
                f"closed, gone from {len(agreed)}",
                f"{states['now']}, gone from {gone}",
                states["now"] == "closed" and gone == len(agreed),
            )
        ]

    async def expire(self) -> list[tuple[str, str, str, bool]]:
        """Move the clock past the end of some windows; wait until each of those records was seen to be gone."""
        future = legal_date(self._clock.now() + timedelta(days=DAYS_FORWARD))
        due = await self._read("disclosure", "/v1/expiring-counts", by=future.isoformat())
        before = await self._online()
        absent_before = {portal: counts["seen_absent"] for portal, counts in (await self._counts()).items()}
        await self._later(timedelta(days=DAYS_FORWARD))
        after = {audience: before[audience] - due[audience] for audience in before}

        async def ordered() -> bool:
            return await self._online() == after

        await self._until(ordered)
        await self._until_agreed("taken down and seen to be gone (下线)", after)
        counts = await self._counts()
        return [
            (
                f"+{DAYS_FORWARD} days: gone from {_name(portal)}",
                f"{due[audience]} over",
                f"{counts[portal]['seen_absent'] - absent_before[portal]} gone",
                counts[portal]["seen_absent"] - absent_before[portal] == due[audience] and counts[portal]["open"] == 0,
            )
            for audience, portals in PORTALS_OF.items()
            for portal in portals
        ]

    async def catch_lies(self) -> list[tuple[str, str, str, bool]]:
        """Make one portal misbehave; a reconciliation finds exactly that and mends it."""
        await self._later(timedelta(hours=1))  # what has just been taken down is not yet settled, and no drift
        lost, altered = await self._visitor.inventory(LYING_PORTAL, visible=True, limit=2)
        [ghost] = await self._visitor.inventory(LYING_PORTAL, visible=False, limit=1)
        await self._visitor.misbehave(LYING_PORTAL, "resurrect", ghost)
        await self._visitor.misbehave(LYING_PORTAL, "lose", lost)
        await self._visitor.misbehave(LYING_PORTAL, "alter", altered)
        expected = {(ghost, DriftKind.GHOST), (lost, DriftKind.MISSING), (altered, DriftKind.ALTERED)}
        runs = await self._visitor.reconcile(list(Portal))
        await self._until(lambda: self._finished(runs))
        drifts = await self._read("sync", "/v1/drifts", run_id=runs)
        found = {(drift["portal_key"], drift["kind"]) for drift in drifts}
        await self._until(lambda: self._mended(runs))
        mended = sum(1 for drift in await self._read("sync", "/v1/drifts", run_id=runs) if drift["mended_at"])
        clean = await self._second_run()
        return [
            (
                "Jiangsu shows one again, loses one, alters one",
                "exactly these 3",
                ", ".join(sorted(drift["kind"] for drift in drifts)) or f"nothing ({await self._told(runs)})",
                found == expected,
            ),
            ("Mended, and seen so 修正", "3", str(mended), mended == len(expected)),
            ("Reconciled once more 对账", "no difference", f"{clean} differences", clean == 0),
        ]

    async def _later(self, by: timedelta) -> None:
        self._clock.advance(by)
        await asyncio.sleep(0.3)  # every process reads the clock's file anew within 50 ms; until then their days differ

    async def _second_run(self) -> int:
        runs = await self._visitor.reconcile(list(Portal))
        await self._until(lambda: self._finished(runs))
        states = [await self._read("sync", f"/v1/reconciliations/{run}") for run in runs]
        complete = all(state["state"] == "mended" for state in states)
        return sum(state["drifts"] for state in states) if complete else -1

    async def _told(self, runs: Sequence[str]) -> str:
        """What the runs say of themselves, for the case that they found too little."""
        states = [await self._read("sync", f"/v1/reconciliations/{run}") for run in runs]
        return "; ".join(f"{one['portal']} {one['state']} {one['listed']} {one['explanation'] or ''}" for one in states)

    async def _finished(self, runs: Sequence[str]) -> bool:
        states = [(await self._read("sync", f"/v1/reconciliations/{run}"))["state"] for run in runs]
        done = [state for state in states if state not in ("requested", "waiting", "scanning")]
        self._report("reconciling (对账)", len(done), len(runs))
        return len(done) == len(runs)

    async def _mended(self, runs: Sequence[str]) -> bool:
        drifts = await self._read("sync", "/v1/drifts", run_id=list(runs))
        return all(drift["mended_at"] or not drift["record_id"] for drift in drifts)

    async def _repairable(self) -> str:
        """A record shown everywhere whose class is settled and whose minimum term is over."""
        page = await self._read("sync", "/v1/placements", portal=Portal.MARKET_SUPERVISION, take_down=False, limit=500)
        today = legal_date(self._clock.now()).isoformat()
        for place in page["items"]:
            publications = await self._read("disclosure", f"/v1/records/{place['record_id']}/publications")
            shown = [one for one in publications if one["state"] == "online"]
            settled = not any(one["needs_confirmation"] for one in shown)
            if settled and all(one["repair_from_on"] and one["repair_from_on"] <= today for one in shown):
                return str(place["record_id"])
        raise LookupError("the feed holds no record that can be repaired today")

    async def _until_judged(self) -> None:
        """Until disclosure has decided on every admitted record for every audience."""
        wanted = self._expected()[0] * len(Audience)

        async def judged() -> bool:
            counts = (await self._read("disclosure", "/v1/publication-counts"))["counts"]
            done = sum(sum(states.values()) for states in counts.values())
            self._report("windows computed (公示期)", done, wanted)
            return bool(done == wanted)

        await self._until(judged)

    async def _until_agreed(self, what: str, online: dict[Audience, int]) -> None:
        """Until every portal was asked to show exactly this many and every order was seen to have been obeyed."""
        wanted = _by_portal(online)

        async def agreed() -> bool:
            counts = await self._counts()
            ordered = all(counts[portal]["wanted_online"] == number for portal, number in wanted.items())
            total = sum(one["wanted_online"] + one["wanted_offline"] for one in counts.values())
            still_open = sum(one["open"] for one in counts.values())
            self._report(what, total - still_open, max(total, sum(wanted.values())))
            return ordered and still_open == 0

        await self._until(agreed)

    async def _online(self) -> dict[Audience, int]:
        counts = (await self._read("disclosure", "/v1/publication-counts"))["counts"]
        return {audience: counts[audience].get("online", 0) for audience in Audience}

    async def _counts(self) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = await self._read("sync", "/v1/placement-counts")
        return counts

    async def _read(self, service: str, path: str, **params: Any) -> Any:
        return await self._visitor.read(service, path, **params)

    async def _until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait for a condition; after the time is up the step reports what it sees."""
        waited = stopwatch()
        while not await condition():
            if stopwatch() - waited > PATIENCE_SECONDS:
                return
            await asyncio.sleep(0.25)


def _name(portal: Portal) -> str:
    return PORTAL_STATEMENTS[portal].short["zh"]


def _by_portal(online: dict[Audience, int]) -> dict[Portal, int]:
    return {portal: online[audience] for audience, portals in PORTALS_OF.items() for portal in portals}

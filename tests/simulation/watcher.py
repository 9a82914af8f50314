"""A watcher between the portals and the house: what it notes is the independent evidence of the invariants.

What was ordered, what was seen beside what was there, which listings were whole, and what probes of the contract found.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from services.sync.domain.channel import Pace
from services.sync.portals.base import (
    FACES,
    Look,
    LooksTogether,
    PortalAdapter,
    PortalLimits,
    PushOrder,
    PushResult,
    Sight,
    Sighting,
)
from services.sync.portals.options import PortalOptions
from services.sync.portals.registry import create_adapter
from shared.contracts.records import Record
from tests.simulation.chance import Weather
from tests.simulation.portals import MockPortal, Shown


@dataclass(frozen=True)
class Sent:
    """One order on its way to a portal, and how the portal answered; no outcome when we died before we heard it."""

    record_id: str
    portal: str
    generation: int
    take_down: bool
    at: datetime
    departed: bool = False
    """Whether a probe had found that the portal's answers are not those of its contract."""


@dataclass(frozen=True)
class Seen:
    """One look at a record: what it said, on which faces, and what the portal really showed when it began and ended."""

    record_id: str
    portal: str
    sight: str
    at: datetime
    faces: tuple[str, ...] = ()
    truly: tuple[Shown | None, ...] = ()
    portal_key: str = ""

    @property
    def everywhere(self) -> bool:
        return self.sight == Sight.PRESENT and set(self.faces) >= set(FACES)


@dataclass(frozen=True)
class Scanned:
    """One reading of a listing: whether it came to its end, and whether it held what the portal had."""

    portal: str
    whole: bool
    at: datetime


@dataclass
class Watch:
    """Everything that was seen on the wires."""

    sent: list[Sent] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    scanned: list[Scanned] = field(default_factory=list)
    probed: dict[str, bool] = field(default_factory=dict)
    """By portal, what the probe under way found: whether its answers depart from the contract."""
    departed: dict[str, bool] = field(default_factory=dict)
    """The same of the last probe whose sentinel lived to note it."""


class Watcher:
    """A portal adapter that notes what passes, and dies where a process may die."""

    def __init__(self, mock: MockPortal, watch: Watch, weather: Weather) -> None:
        options = PortalOptions(
            base_url="http://portal.test",
            token=mock.options.token,
            secret=mock.options.secret,
            exchange_url=mock.options.exchange(),
            database=mock.bench.of_portal,
            app=mock,
            pace=Pace(1_000_000, 1_000_000),  # on a clock that stands still no bucket fills again
        )
        self._inner = create_adapter(mock.portal, options, mock.clock)
        self._mock, self._watch, self._weather = mock, watch, weather
        self._record_ids: dict[str, str] = {}
        self.limits: PortalLimits = replace(self._inner.limits, requests_at_once=1, looks_at_once=1)
        if hasattr(self._inner, "pages"):  # a portal whose listing can be resumed
            self.pages = self._resumable
        for name in _OWN_ABILITIES:
            if hasattr(self._inner, name):
                setattr(self, name, getattr(self._inner, name))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        self._weather.may_kill(f"{self._mock.portal} before the push")
        now, portal = self._mock.clock.now(), self._mock.portal
        for order in orders:
            self._record_ids[self._inner.portal_key(order.record)] = order.record_id
            departed = self._watch.departed.get(portal, False)
            self._watch.sent.append(Sent(order.record_id, portal, order.generation, order.take_down, now, departed))
            way = "take down" if order.take_down else "show"
            self._note("sent", f"{portal} generation {order.generation}: {way}", order.record_id)
        results = await self._inner.push(orders)
        for result in results:
            self._note("answered", _words(portal, result), result.record_id)
        self._weather.may_kill(f"{portal} after the push")
        return results

    async def collect_receipts(self, pending: Sequence[Any]) -> Sequence[PushResult]:
        results = await self._inner.collect_receipts(pending)
        for result in results:
            self._note("receipt", _words(self._mock.portal, result), result.record_id)
        self._weather.may_kill(f"{self._mock.portal} after the receipts")
        return results

    async def look(self, record: Record) -> Sighting:
        before = self._mock.shown()
        return self._seen(record, before, await self._inner.look(record))

    def look_together(self, records: Sequence[Record]) -> Look:
        before, look = self._mock.shown(), cast(LooksTogether, self._inner).look_together(records)

        async def noted(record: Record) -> Sighting:
            return self._seen(record, before, await look(record))

        return noted

    def _seen(self, record: Record, before: Mapping[str, Shown], sighting: Sighting) -> Sighting:
        key, portal, now = self._inner.portal_key(record), self._mock.portal, self._mock.clock.now()
        record_id, truly = self._record_ids.get(key, ""), (before.get(key), self._mock.shown().get(key))
        self._watch.seen.append(Seen(record_id, portal, sighting.sight, now, sighting.where, truly, key))
        self._note("seen", f"{portal} {sighting.sight} {','.join(sighting.where)}", record_id)
        return sighting

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        portal = self._mock.portal
        self._watch.probed.pop(portal, None)
        departures = await self._inner.probe(known)
        self._watch.probed[portal] = bool(departures)
        self._note("probed", f"{portal} {'; '.join(departures)}", "")
        return departures

    def listing(self) -> AsyncIterator[Any]:
        return self._watched(self._inner.listing())

    def _resumable(self, *given: Any, **named: Any) -> AsyncIterator[Any]:
        return self._watched(cast(Any, self._inner).pages(*given, **named), resumed=bool(given and given[0]))

    async def _watched(self, pages: AsyncIterator[Any], *, resumed: bool = False) -> AsyncIterator[Any]:
        held = self._mock.listed()
        count, whole = 0, False
        try:
            async for page in pages:
                count += len(getattr(page, "entries", page))
                yield page
                self._weather.may_kill(f"{self._mock.portal} in the listing")
            now = self._mock.listed()  # what lagged may have followed while a page was slow
            whole = resumed or min(held, now) <= count <= max(held, now)
        finally:
            self._watch.scanned.append(Scanned(self._mock.portal, whole, self._mock.clock.now()))
            self._note("listing", f"{self._mock.portal} {count} of {held}, whole: {whole}", "")

    def _note(self, what: str, about: str, record_id: str) -> None:
        self._mock.journal.note(what, about, record_id)


_OWN_ABILITIES = ("request_of", "digest_values", "groups", "buckets", "entries")
"""What some adapters can do besides; whether one can is asked of the watcher."""


def watched(mock: MockPortal, watch: Watch, weather: Weather) -> PortalAdapter:
    return cast(PortalAdapter, Watcher(mock, watch, weather))


def _words(portal: str, result: PushResult) -> str:
    return f"{portal} generation {result.generation}: {result.outcome} {result.code or ''}".rstrip()

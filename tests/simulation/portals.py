"""The real mock portals without a network, on a wire that breaks, and a watcher between them and the house.

What the watcher notes is the independent evidence of the invariants: what was ordered, what was seen, and which
listings were whole. It also keeps the portal's requests in one sequence, so that a seed always means the same run.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import httpx
from starlette.types import Message, Receive, Scope, Send

from services.sync.domain.channel import Pace
from services.sync.mock_portals.app import mock_app
from services.sync.mock_portals.common.options import MockOptions
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
from shared.clock import Clock
from shared.contracts.records import Record
from shared.outbound.client import OutboundClient
from shared.vocabulary import Portal
from tests.simulation.chance import Weather
from tests.simulation.databases import Bench
from tests.simulation.journal import Journal


@dataclass(frozen=True)
class Sent:
    """One order on its way to a portal, and how the portal answered; no outcome when we died before we heard it."""

    record_id: str
    portal: str
    generation: int
    take_down: bool
    at: datetime


@dataclass(frozen=True)
class Seen:
    """One look at a record: what it said, on which faces, and what the portal really showed at that moment."""

    record_id: str
    portal: str
    sight: str
    at: datetime
    faces: tuple[str, ...] = ()
    truly: "Shown | None" = None

    @property
    def everywhere(self) -> bool:
        return self.sight == Sight.PRESENT and set(self.faces) >= set(FACES)


@dataclass(frozen=True)
class Scanned:
    """One reading of a listing: whether it came to its end, and whether it held what the portal had."""

    portal: str
    whole: bool
    at: datetime


@dataclass(frozen=True)
class Shown:
    """What a portal holds of one record: on its detail page, how often on its lists, and the values."""

    detail: bool
    listed: int
    generation: int

    @property
    def anywhere(self) -> bool:
        return self.detail or self.listed > 0


@dataclass
class Watch:
    """Everything that was seen on the wires."""

    sent: list[Sent] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    scanned: list[Scanned] = field(default_factory=list)


@dataclass
class MockPortal:
    """One stand-in: an ASGI application behind a wire, its memory, and its backups."""

    portal: Portal
    bench: Bench
    clock: Clock
    weather: Weather
    journal: Journal
    backup: dict[str, list[tuple[Any, ...]]] | None = None

    def __post_init__(self) -> None:
        self.options = MockOptions(
            self.bench.portals,
            clock=self.clock,
            receipt_seconds=1.0,
            intake_seconds=0,
            page_size=3,
            requests_a_second=1e6,
            burst=1_000_000,
            database=self.bench.of_portal,
        )
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        self._app = mock_app(self.portal, self.bench.portals, self.options)
        await self._stack.enter_async_context(self._app.router.lifespan_context(self._app))
        self.peek = self.bench.peek(self.bench.portals / f"{self.portal}.db")
        self.exchange = self.bench.peek(self.bench.portals / "exchange.db")
        admits = {"authorization": f"Bearer {self.options.admin_token}"}
        self._door = OutboundClient("http://portal.test", headers=admits, app=self._app)

    async def close(self) -> None:
        await self._door.close()
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request over the wire."""
        async with self._turn:
            if self.weather.strikes("wire_cut", self.portal):
                raise httpx.ConnectError("no connection")
            if self.weather.strikes("answered_500", self.portal):
                await _answer_500(send)
                return
            if self.weather.strikes("answer_lost", self.portal):
                await self._app(scope, receive, _unheard)
                raise httpx.ReadError("the connection broke")
            await self._app(scope, receive, send)

    async def work(self) -> None:
        """What the portal does on its own schedule."""
        if self._app.state.each_round:
            await self._app.state.each_round()

    def has_work(self, now: str) -> bool:
        """Whether the portal's own schedule has something to do: rows to take in, receipts or forms that are due."""
        match self.portal:
            case Portal.CREDIT_JIANGSU:
                due = self.peek.one("SELECT 1 FROM receipt WHERE due_at <= ? LIMIT 1", now)
                return bool(due or self.exchange.one(_TO_TAKE_IN))
            case Portal.MARKET_SUPERVISION:
                return bool(self.peek.one("SELECT 1 FROM form WHERE NOT executed AND execute_at <= ? LIMIT 1", now))
            case Portal.CREDIT_CHINA:
                return False

    def next_work(self) -> str | None:
        """When its schedule has something to do next."""
        found: str | None = None
        if self.portal is Portal.CREDIT_JIANGSU:
            found = self.peek.one("SELECT min(due_at) FROM receipt")
        elif self.portal is Portal.MARKET_SUPERVISION:
            found = self.peek.one("SELECT min(execute_at) FROM form WHERE NOT executed")
        return found

    async def faults(self, *faults: dict[str, Any]) -> None:
        await self._ask("PUT", "/admin/faults", {"faults": list(faults)})

    async def misbehave(self, action: str, count: int) -> None:
        done = await self._ask("POST", "/admin/misbehave", {"action": action, "count": count})
        self.journal.note("misdeed", f"{self.portal} {action} {done}")
        self.journal.struck.add(action)

    async def _ask(self, method: str, path: str, wish: dict[str, Any]) -> Any:
        """Of the portal's administrator, past the wire."""
        answer = await self._door.send(method, path, json=wish)
        if not answer.ok:
            raise AssertionError(f"{self.portal} refuses {wish}: {answer.text}")
        return answer.json() if answer.body else None

    def back_up(self) -> None:
        self.backup = {table: [tuple(row) for row in self.peek.rows(_SELECT[table])] for table in _SELECT}

    async def restore(self) -> None:
        """The portal's operators put an old backup back."""
        if self.backup is None:
            return
        await self.close()
        for table, rows in self.backup.items():
            self.peek.write(f"DELETE FROM {table}", [()])  # noqa: S608
            if rows:
                marks = ",".join("?" * len(rows[0]))
                self.peek.write(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
        await self.open()
        self.journal.note("misdeed", f"{self.portal} restored an old backup")
        self.journal.struck.add(RESTORED)

    def shown(self) -> dict[str, Shown]:
        """What the public could see now, by key; lists that are due to follow have followed."""
        now = stamp(self.clock.now())
        listed = {row[0]: row[1] for row in self.peek.rows("SELECT portal_key, count(*) FROM listed GROUP BY 1")}
        found = {}
        for row in self.peek.rows("SELECT portal_key, visible, generation, list_due_at FROM held"):
            due = row["list_due_at"] is not None and row["list_due_at"] <= now
            copies = int(row["visible"]) if due else listed.get(row["portal_key"], 0)
            found[row["portal_key"]] = Shown(bool(row["visible"]), copies, row["generation"])
        return found


MISDEEDS = ("resurrect", "lose", "alter")
RESTORED = "restored"
_TO_TAKE_IN = "SELECT 1 WHERE EXISTS (SELECT 1 FROM qzk_xzcf) OR EXISTS (SELECT 1 FROM qzk_xzxk)"
_SELECT = {"held": "SELECT * FROM held", "listed": "SELECT * FROM listed"}


def stamp(instant: datetime) -> str:
    """An instant as SQLite keeps it."""
    return instant.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


async def _unheard(_message: Message) -> None:
    """An answer that nobody hears."""


async def _answer_500(send: Send) -> None:
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"Internal Server Error"})


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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        self._weather.may_kill(f"{self._mock.portal} before the push")
        now, portal = self._mock.clock.now(), self._mock.portal
        for order in orders:
            self._record_ids[self._inner.portal_key(order.record)] = order.record_id
            self._watch.sent.append(Sent(order.record_id, portal, order.generation, order.take_down, now))
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
        return self._seen(record, await self._inner.look(record))

    def look_together(self, records: Sequence[Record]) -> Look:
        look = cast(LooksTogether, self._inner).look_together(records)

        async def noted(record: Record) -> Sighting:
            return self._seen(record, await look(record))

        return noted

    def _seen(self, record: Record, sighting: Sighting) -> Sighting:
        key, portal, now = self._inner.portal_key(record), self._mock.portal, self._mock.clock.now()
        record_id, truly = self._record_ids.get(key, ""), self._mock.shown().get(key)
        self._watch.seen.append(Seen(record_id, portal, sighting.sight, now, sighting.where, truly))
        self._note("seen", f"{portal} {sighting.sight} {','.join(sighting.where)}", record_id)
        return sighting

    def listing(self) -> AsyncIterator[Any]:
        return self._watched(self._inner.listing())

    def _resumable(self, *given: Any, **named: Any) -> AsyncIterator[Any]:
        return self._watched(cast(Any, self._inner).pages(*given, **named), resumed=bool(given and given[0]))

    async def _watched(self, pages: AsyncIterator[Any], *, resumed: bool = False) -> AsyncIterator[Any]:
        held = sum(shown.listed for shown in self._mock.shown().values())
        count, whole = 0, False
        try:
            async for page in pages:
                count += len(getattr(page, "entries", page))
                yield page
                self._weather.may_kill(f"{self._mock.portal} in the listing")
            whole = resumed or count == held
        finally:
            self._watch.scanned.append(Scanned(self._mock.portal, whole, self._mock.clock.now()))
            self._note("listing", f"{self._mock.portal} {count} of {held}, whole: {whole}", "")

    def _note(self, what: str, about: str, record_id: str) -> None:
        self._mock.journal.note(what, about, record_id)


def watched(mock: MockPortal, watch: Watch, weather: Weather) -> PortalAdapter:
    return cast(PortalAdapter, Watcher(mock, watch, weather))


def _words(portal: str, result: PushResult) -> str:
    return f"{portal} generation {result.generation}: {result.outcome} {result.code or ''}".rstrip()

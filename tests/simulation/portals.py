"""The real mock portals without a network, on a wire that breaks: in one sequence, so that a seed always means the
same run.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import Message, Receive, Scope, Send

from services.sync.mock_portals.app import mock_app
from services.sync.mock_portals.common.options import MockOptions
from shared.clock import Clock
from shared.outbound.client import OutboundClient
from shared.vocabulary import Portal
from tests.simulation.chance import Weather
from tests.simulation.databases import Bench
from tests.simulation.due import stamp
from tests.simulation.journal import Journal
from tests.simulation.misdeeds import RESTORED, STANDING, named


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
class MockPortal:
    """One stand-in: an ASGI application behind a wire, its memory, and its backups."""

    portal: Portal
    bench: Bench
    clock: Clock
    weather: Weather
    journal: Journal
    backup: dict[str, list[tuple[Any, ...]]] | None = None
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The faults that were switched on, by their names."""

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
            answer = _Answer(send)
            await self._app(scope, receive, answer)
            if not answer.whole:
                raise httpx.RemoteProtocolError("the connection was closed in the middle of the answer")

    async def work(self) -> None:
        """What the portal does on its own schedule."""
        if self._app.state.each_round:
            await self._app.state.each_round()

    def has_work(self, now: str) -> bool:
        """Whether the portal's own schedule has something to do: rows to take in, receipts or forms that are due."""
        match self.portal:
            case Portal.CREDIT_JIANGSU:
                return (self.next_work() or _NEVER) <= now or bool(self.exchange.one(_TO_TAKE_IN))
            case Portal.MARKET_SUPERVISION:
                return (self.next_work() or _NEVER) <= now
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
        """Switch these on in place of the others, and note which of the others have struck."""
        if self.given:
            left = {one["name"]: one["count"] for one in (await self._ask("GET", "/admin/faults"))["faults"]}
            for name, fault in self.given.items():
                if name in STANDING or left.get(name, 0) < fault["count"]:
                    self.journal.struck.add(named(fault))
        self.given = {fault["name"]: fault for fault in faults}
        await self._ask("PUT", "/admin/faults", {"faults": list(faults)})

    async def misbehave(self, action: str, count: int) -> None:
        done = await self._ask("POST", "/admin/misbehave", {"action": action, "count": count})
        self.journal.note("misdeed", f"{self.portal} {action} {done}")
        self.journal.struck.add(action)

    async def _ask(self, method: str, path: str, wish: dict[str, Any] | None = None) -> Any:
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
        self.given = {}
        self.journal.note("misdeed", f"{self.portal} restored an old backup")
        self.journal.struck.add(RESTORED)

    def listed(self) -> int:
        """How many entries its lists have now."""
        return sum(one.listed for one in self.shown().values())

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


_NEVER = "9999"
_TO_TAKE_IN = "SELECT 1 WHERE EXISTS (SELECT 1 FROM qzk_xzcf) OR EXISTS (SELECT 1 FROM qzk_xzxk)"
_SELECT = {"held": "SELECT * FROM held", "listed": "SELECT * FROM listed"}


class _Answer:
    """Passes an answer on, and knows whether it came to its end."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.whole = False

    async def __call__(self, message: Message) -> None:
        self.whole = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)


async def _unheard(_message: Message) -> None:
    """An answer that nobody hears."""


async def _answer_500(send: Send) -> None:
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"Internal Server Error"})

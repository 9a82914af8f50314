"""Subscribers for tests: a network that remembers what was posted where, and sync with a deliverer on top of it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.sync.webhooks import feed, replay, subscribers
from services.sync.webhooks.deliver import Deliverer
from services.sync.webhooks.domain.signing import Algorithm
from services.sync.webhooks.feed import Sight
from services.sync.webhooks.keys import KeyRing, NewKey
from services.sync.webhooks.replay import What
from services.sync.webhooks.sending import Sender
from services.sync.webhooks.sequence import number_changes
from services.sync.webhooks.subscribers import Reasoned, Wanted
from services.sync.webhooks.tables import delivery, delivery_attempt, subscriber
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.egress import Posted
from shared.outbound.guard import EgressRules
from shared.sealing import Sealer
from tests.support.sync_house import SyncHouse

URL = "https://subscriber.example/hook"
WHY = Reasoned("operator", "a test")


@dataclass(frozen=True)
class Received:
    """One request as a subscriber gets it."""

    body: bytes
    headers: Mapping[str, str]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found

    @property
    def sequence(self) -> int:
        return int(self.data["sequence"])


Answer = Callable[[Received], Awaitable[Posted]]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look until it holds, and fail when it does not for long."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _accepted(_received: Received) -> Posted:
    return Posted(200)


@dataclass
class Network:
    """Stands for `Egress`: endpoints by their address, each with what it received and took, and how it answers."""

    received: dict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))
    accepted: dict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, Answer] = field(default_factory=dict)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        one = Received(body, headers)
        self.received[url].append(one)
        posted = await self.answers.get(url, _accepted)(one)
        if posted.ok:
            self.accepted[url].append(one)
        return posted

    async def close(self) -> None:
        return None

    def answer(self, status: int, retry_after: str | None = None, url: str = URL) -> None:
        """From now on the endpoint answers like this."""

        async def given(_received: Received) -> Posted:
            return Posted(status, retry_after)

        self.answers[url] = given

    def sequences(self, url: str = URL) -> list[int]:
        return [one.sequence for one in self.received[url]]


@dataclass
class SubscriberHouse:
    """A sync house whose changes are told."""

    house: SyncHouse
    network: Network = field(default_factory=Network)
    ring: KeyRing = field(default_factory=lambda: KeyRing(lambda: Sealer(b"k" * 32)))
    rules: EgressRules = field(default_factory=EgressRules)

    def deliverer(self, sender: Sender | None = None) -> Deliverer:
        ground = self.house
        return Deliverer(ground.database, ground.clock, self.ring, sender or self.network, timedelta(hours=24))

    async def enter(
        self, url: str = URL, algorithm: Algorithm = Algorithm.HMAC, most: int = 50, **wanted: Any
    ) -> tuple[str, NewKey]:
        async with unit_of_work(self.house.database, self.house.clock) as work:
            asked = Wanted("a subscriber", url, **wanted)
            return await subscribers.enter(work, asked, algorithm, self.rules, self.ring, most, "operator")

    async def number(self) -> int:
        """Number everything that waits."""
        numbered = 0
        while (more := await number_changes(self.house.database, self.house.clock)).changes or more.is_late:
            numbered += more.changes
        return numbered

    async def deliver(self, subscriber_id: str) -> None:
        """Number what waits and send what is due."""
        await self.number()
        while await self.deliverer().deliver(subscriber_id):
            pass

    async def pause(self, subscriber_id: str) -> None:
        async with unit_of_work(self.house.database, self.house.clock) as work:
            await subscribers.pause(work, subscriber_id, WHY)

    async def resume(self, subscriber_id: str) -> None:
        async with unit_of_work(self.house.database, self.house.clock) as work:
            await subscribers.resume(work, subscriber_id, WHY)

    async def remove(self, subscriber_id: str) -> None:
        async with unit_of_work(self.house.database, self.house.clock) as work:
            await subscribers.remove(work, subscriber_id, WHY)

    async def replay(self, subscriber_id: str, what: What, **given: Any) -> None:
        async with unit_of_work(self.house.database, self.house.clock) as work:
            await replay.ask(work, subscriber_id, what, given.get("sequence"), given.get("since"), WHY)
        while await replay.carry_out(self.house.database, self.house.clock):
            pass

    async def row(self, subscriber_id: str) -> AnyRow:
        statement = select(subscriber).where(subscriber.c.subscriber_id == subscriber_id)
        return (await self.house.rows(statement))[0]

    async def deliveries(self, subscriber_id: str) -> list[AnyRow]:
        mine = select(delivery).where(delivery.c.subscriber_id == subscriber_id)
        return list(await self.house.rows(mine.order_by(delivery.c.sequence)))

    async def states(self, subscriber_id: str) -> list[str]:
        return [row.state for row in await self.deliveries(subscriber_id)]

    async def attempts(self, subscriber_id: str) -> list[AnyRow]:
        mine = select(delivery_attempt).where(delivery_attempt.c.subscriber_id == subscriber_id)
        return list(await self.house.rows(mine.order_by(delivery_attempt.c.attempt_id)))

    async def feed(self, after: int | None = None, limit: int = 1000, sight: Sight | None = None) -> feed.Stretch:
        async with self.house.database.reading() as connection:
            return await feed.read(connection, after, limit, sight or Sight())

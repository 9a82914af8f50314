"""The embedded bus against a dictionary: whatever happens in whatever order, it hands out what the model says.

Time is a number that only the machine moves, so leases and delays run out exactly when it wants.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.database.engine import Database
from shared.messaging import embedded_store as rows
from shared.messaging.bus import Message
from tests.support.buses import TOPOLOGY

QUEUES = {"test.first": "thing.happened", "test.second": "queue.test.second"}
OWNERS = ("one", "two")
LEASE = 10
START = datetime(2026, 3, 2, tzinfo=UTC)

queues = st.sampled_from(sorted(QUEUES))
owners = st.sampled_from(OWNERS)


@dataclass
class Expected:
    """What the model knows of one delivery. `place` orders those that became visible at the same time."""

    queue: str
    place: int
    visible_at: int
    stored_at: int
    owner: str | None = None
    attempts: int = 0


class EmbeddedBusMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite+aiosqlite:///{Path(self.folder.name) / 'bus.db'}", "bus")
        self.model: dict[str, Expected] = {}
        self.delivery_ids: dict[str, int] = {}
        self.dead = dict.fromkeys(QUEUES, 0)
        self.time = 0
        self.stored = 0
        self.do(rows.create_tables, "bus")

    def do(self, statement: Any, *arguments: Any, **named: Any) -> Any:
        async def run() -> Any:
            async with self.database.writing() as connection:
                return await statement(connection, *arguments, **named)

        return self.runner.run(run())

    def at(self, time: int) -> datetime:
        return START + timedelta(seconds=time)

    def held(self, owner: str) -> list[str]:
        return sorted(key for key, one in self.model.items() if one.owner == owner)

    @rule(queue=queues, count=st.integers(1, 4))
    def publish(self, queue: str, count: int) -> None:
        key = QUEUES[queue]
        sent = [Message(f"{self.stored + one:032}", key, key, b"[]") for one in range(count)]  # the same in each replay
        self.do(rows.store, sent, TOPOLOGY, self.at(self.time))
        for one in sent:
            self.stored += 1
            self.model[one.message_id] = Expected(queue, self.stored, self.time, self.time)

    @rule(queue=queues, owner=owners, at_most=st.integers(1, 5))
    def claim(self, queue: str, owner: str, at_most: int) -> None:
        visible = [
            (one.visible_at, one.place, key)
            for key, one in self.model.items()
            if one.queue == queue and one.visible_at <= self.time
        ]
        expected = {key for _, _, key in sorted(visible)[:at_most]}
        claimed = self.do(rows.claim, queue, owner, at_most, self.at(self.time), timedelta(seconds=LEASE))
        assert {one.message.message_id for one in claimed} == expected
        for one in claimed:
            known = self.model[one.message.message_id]
            known.owner, known.visible_at, known.attempts = owner, self.time + LEASE, known.attempts + 1
            assert one.attempts == known.attempts
            self.delivery_ids[one.message.message_id] = one.delivery_id

    @rule(owner=owners, data=st.data())
    @precondition(lambda self: self.delivery_ids)
    def acknowledge(self, owner: str, data: st.DataObject) -> None:
        """Also what another consumer holds by now: then nothing may happen."""
        key = data.draw(st.sampled_from(sorted(self.delivery_ids)))
        self.do(rows.acknowledge, owner, [self.delivery_ids[key]])
        if key in self.held(owner):
            del self.model[key]

    @rule(owner=owners, data=st.data(), seconds=st.integers(0, 20), counted=st.booleans())
    @precondition(lambda self: self.delivery_ids)
    def delay(self, owner: str, data: st.DataObject, seconds: int, *, counted: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.delivery_ids)))
        self.do(rows.delay, owner, self.delivery_ids[key], self.at(self.time + seconds), counted=counted)
        if key in self.held(owner):
            known = self.model[key]
            known.owner, known.visible_at = None, self.time + seconds
            known.attempts -= not counted

    @rule(owner=owners, data=st.data())
    @precondition(lambda self: self.delivery_ids)
    def bury(self, owner: str, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.delivery_ids)))
        self.do(rows.bury, owner, [self.delivery_ids[key]], "test", self.at(self.time))
        if key in self.held(owner):
            self.dead[self.model.pop(key).queue] += 1

    @rule(owner=owners)
    def renew(self, owner: str) -> None:
        held = self.held(owner)
        self.do(rows.renew, owner, [self.delivery_ids[key] for key in held], self.at(self.time + LEASE))
        for key in held:
            self.model[key].visible_at = self.time + LEASE

    @rule(owner=owners, data=st.data())
    def give_back(self, owner: str, data: st.DataObject) -> None:
        held = self.held(owner)
        unseen = data.draw(st.sets(st.sampled_from(held))) if held else set()
        self.do(rows.give_back, owner, [self.delivery_ids[key] for key in unseen])
        for key in held:
            known = self.model[key]
            known.owner, known.visible_at = None, known.stored_at
            known.attempts -= key in unseen

    @rule(seconds=st.integers(1, 15))
    def wait(self, seconds: int) -> None:
        self.time += seconds

    @invariant()
    def depths_agree(self) -> None:
        expected = {f"{queue}.dead": count for queue, count in self.dead.items()}
        for queue in QUEUES:
            expected[queue] = sum(one.queue == queue and one.visible_at <= self.time for one in self.model.values())
        assert self.do(rows.depths, TOPOLOGY, self.at(self.time)) == expected
        mail = {queue for queue in QUEUES if expected[queue]}
        assert self.do(rows.queues_with_mail, list(QUEUES), self.at(self.time)) == mail

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


TestEmbeddedBus = EmbeddedBusMachine.TestCase
TestEmbeddedBus.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

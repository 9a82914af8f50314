"""Whatever happens in between, a subscriber ends with every change it wants, once, in order and without a gap (G13).

Orders come while several number at once, endpoints fail, subscribers are paused, resumed and replayed, deliverers die.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.sync.webhooks.replay import What
from services.sync.webhooks.sequence import number_changes
from shared.outbound.client import Uncertain
from shared.outbound.egress import Posted
from tests.support.subscriber_fake import Received, SubscriberHouse
from tests.support.sync_house import offline, online, sync_house

WANTED: tuple[dict[str, Any], ...] = (
    {},
    {"types": ["display.hide_ordered"]},
    {"regions": ["3206"], "kinds": ["penalty"]},
)
URLS = [f"https://subscriber-{number}.example/hook" for number in range(len(WANTED))]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("orders"), st.lists(st.integers(1, 4), min_size=1, max_size=4, unique=True)),
        st.tuples(st.just("number"), st.integers(1, 3)),
        st.tuples(st.just("deliver"), st.lists(st.sampled_from(["ok", "500", "lost", "dies"]), min_size=1, max_size=5)),
        st.tuples(st.sampled_from(["pause", "resume", "replay"]), st.integers(0, len(WANTED) - 1)),
        st.tuples(st.just("time"), st.integers(1, 5000)),
    ),
    min_size=5,
    max_size=14,
)


class Killed(BaseException):
    """What no program can catch and go on."""


class Run:
    """One story on one database."""

    def __init__(self, subs: SubscriberHouse) -> None:
        self.subs = subs
        self.ids: list[str] = []
        self.generations: dict[int, int] = {}

    async def play(self, steps: Sequence[tuple[str, object]]) -> None:
        for url, wanted in zip(URLS, WANTED, strict=True):
            self.ids.append((await self.subs.enter(url, **wanted))[0])
        for name, told in steps:
            await getattr(self, name)(told)
        await self.settle()

    async def orders(self, numbers: list[int]) -> None:
        told = []
        for number in numbers:
            generation = self.generations.get(number, 0) + 1
            self.generations[number] = generation
            told.append(online(number, generation) if generation % 2 else offline(number, generation))
        self.subs.house.clock.advance(timedelta(seconds=1))
        await asyncio.gather(*(self.subs.house.hear(one) for one in told), self.number(2))

    async def number(self, at_once: int) -> None:
        ground = self.subs.house
        await asyncio.gather(*(number_changes(ground.database, ground.clock) for _ in range(at_once)))

    async def deliver(self, ends: list[str]) -> None:
        """Endpoints answer like this in turn; a deliverer that dies has sent and notes nothing."""
        turns = iter(ends * 50)

        async def answer(_one: Received) -> Posted:
            end = next(turns)
            if end == "lost":
                raise Uncertain("the connection broke")
            if end == "dies":
                raise Killed
            return Posted(200 if end == "ok" else 500)

        await self.number(1)
        self.subs.network.answers = dict.fromkeys(URLS, answer)
        for one in self.ids:
            await asyncio.gather(self.subs.deliverer().deliver(one), return_exceptions=True)

    async def pause(self, which: int) -> None:
        await self.subs.pause(self.ids[which])

    async def resume(self, which: int) -> None:
        await self.subs.resume(self.ids[which])

    async def replay(self, which: int) -> None:
        await self.subs.replay(self.ids[which], What.FAILED)

    async def time(self, seconds: int) -> None:
        self.subs.house.clock.advance(timedelta(seconds=seconds))

    async def settle(self) -> None:
        self.subs.network.answers = {}
        self.subs.house.clock.advance(timedelta(hours=1))
        for one in self.ids:
            await self.subs.resume(one)
            await self.subs.deliver(one)


async def story(steps: Sequence[tuple[str, object]], folder: Path) -> None:
    async with sync_house(
        f"sqlite+aiosqlite:///{folder / 'a.db'}", f"sqlite+aiosqlite:///{folder / 'bus.db'}"
    ) as house:
        run = Run(SubscriberHouse(house))
        await run.play(steps)
        rows = (await run.subs.feed()).rows
        assert [row.position for row in rows] == list(range(1, len(rows) + 1))
        for url, wanted in zip(URLS, WANTED, strict=True):
            received = run.subs.network.accepted[url]
            first = {one.sequence: one for one in reversed(received)}
            assert sorted(first) == list(range(1, len(first) + 1))
            told = [first[sequence].data["position"] for sequence in sorted(first)]
            assert told == [row.position for row in rows if row.type in wanted.get("types", [row.type])]
            _in_order_for_each_record(received)
            assert len({one.headers["webhook-id"] for one in received}) == len(first)


def _in_order_for_each_record(received: Sequence[Received]) -> None:
    """First times that it was taken; repetitions may come at any time and are known by their id."""
    newest: dict[str, int] = {}
    seen: set[int] = set()
    for one in received:
        if one.sequence not in seen:
            seen.add(one.sequence)
            record_id = one.data["record_id"]
            assert newest.get(record_id, 0) < one.sequence
            newest[record_id] = one.sequence


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_nothing_is_lost_doubled_or_out_of_order_whatever_happens_in_between(
    steps: list[tuple[str, object]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(steps, Path(folder)))


def test_the_check_of_the_order_sees_a_later_event_before_an_earlier() -> None:
    early, late = (Received(b'{"data":{"sequence":%d,"record_id":"a"}}' % number, {}) for number in (1, 2))
    _in_order_for_each_record([early, late, early])
    with pytest.raises(AssertionError):
        _in_order_for_each_record([late, early])

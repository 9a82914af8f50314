"""What somebody waits for is noted at once; the rest together, as a hundred endpoints share one database (P4, G13)."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.sync.webhooks import health, lane
from services.sync.webhooks.sending import Answer
from services.sync.webhooks.sequence import number_changes
from shared.clock import stopwatch
from shared.outbound.egress import Posted
from shared.vocabulary import Audience
from tests.support.subscriber_fake import URL, Received, SubscriberHouse, until
from tests.support.sync_house import SyncHouse, offline, online, record_id

NEVER = 3600.0
ONE_PORTAL = Audience.MARKET_SUPERVISION
"""A record of this audience is one change, so that nothing waits behind it."""


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    return SubscriberHouse(house)


async def test_answers_that_come_one_by_one_are_noted_together(
    subs: SubscriberHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber_id, _ = await subs.enter(types=["display.show_ordered"])
    notes: list[int] = []
    note = health.note

    async def counted(database: Any, clock: Any, answers: Sequence[Answer], pause_after: Any) -> None:
        notes.append(len(answers))
        await note(database, clock, answers, pause_after)

    async def one_by_one(one: Received) -> Posted:
        await asyncio.sleep(0.03 * one.sequence)
        return Posted(200)

    monkeypatch.setattr(health, "note", counted)
    monkeypatch.setattr(lane, "AT_ONCE", 40)
    subs.network.answers[URL] = one_by_one
    await subs.house.hear(*(online(number, audience=ONE_PORTAL) for number in range(1, 41)))
    await subs.number()
    began = stopwatch()
    sent = await subs.deliverer().deliver(subscriber_id)
    assert sent == sum(notes) == len(await subs.attempts(subscriber_id)) == 40
    assert len(notes) <= (stopwatch() - began) / lane.UNAWAITED_SECONDS + 2


class Gates:
    """Each record's first answer comes when its gate is opened; what is not named here never answers."""

    def __init__(self, *numbers: int) -> None:
        self.open = {record_id(number): asyncio.Event() for number in numbers}

    async def __call__(self, one: Received) -> Posted:
        await self.open.get(one.data["record_id"], asyncio.Event()).wait()
        return Posted(200)


@pytest.mark.parametrize("is_told_before", [True, False])
async def test_the_next_of_a_record_waits_for_no_other_answer(
    subs: SubscriberHouse, monkeypatch: pytest.MonkeyPatch, is_told_before: bool
) -> None:
    """Whether it was there when the first was claimed, or came while that was under way."""
    monkeypatch.setattr(lane, "UNAWAITED_SECONDS", NEVER)
    await subs.enter(types=["display.show_ordered", "display.hide_ordered"])
    subs.network.answers[URL] = gates = Gates(1)
    deliverer, stop = subs.deliverer(), asyncio.Event()
    await subs.house.hear(*(online(number, audience=ONE_PORTAL) for number in (1, 2)))
    if is_told_before:
        await subs.house.hear(offline(1, audience=ONE_PORTAL))
    await subs.number()
    running = asyncio.create_task(deliverer.run(stop))

    async def came(count: int) -> bool:
        mine = [one for one in subs.network.received[URL] if one.data["record_id"] == record_id(1)]
        return len(mine) == count

    await until(lambda: came(1))
    if not is_told_before:
        await subs.house.hear(offline(1, audience=ONE_PORTAL))
        numbered = await number_changes(subs.house.database, subs.house.clock)
        deliverer.dealt.to(numbered.subscribers)
    gates.open[record_id(1)].set()
    await until(lambda: came(2))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_endpoint_that_fails_is_known_to_others_at_once(
    subs: SubscriberHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "UNAWAITED_SECONDS", NEVER)
    subscriber_id, _ = await subs.enter(types=["display.show_ordered"])

    async def fails_for_the_first(one: Received) -> Posted:
        if one.data["record_id"] == record_id(1):
            return Posted(500)
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    subs.network.answers[URL] = fails_for_the_first
    await subs.house.hear(*(online(number, audience=ONE_PORTAL) for number in (1, 2)))
    await subs.number()
    running = asyncio.create_task(subs.deliverer().deliver(subscriber_id))

    async def is_known() -> bool:
        return bool((await subs.row(subscriber_id)).failures)

    await until(is_known)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_last_answers_are_noted_at_once(subs: SubscriberHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "UNAWAITED_SECONDS", NEVER)
    subscriber_id, _ = await subs.enter(types=["display.show_ordered"])
    await subs.house.hear(*(online(number, audience=ONE_PORTAL) for number in range(1, 4)))
    await subs.number()
    await asyncio.wait_for(subs.deliverer().deliver(subscriber_id), 60)
    assert await subs.states(subscriber_id) == ["delivered"] * 3

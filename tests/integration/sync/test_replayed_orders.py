"""An old order that is told after a newer one moves no copy that is kept as the page for subscribers says (G13)."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from services.sync.webhooks.domain.changes import item
from services.sync.webhooks.feed import Sight
from services.sync.webhooks.replay import What
from services.sync.webhooks.sending import change_of
from shared.outbound.egress import Posted
from tests.support.feed_copy import Key
from tests.support.subscriber_fake import URL, Received, SubscriberHouse
from tests.support.subscribers_page import sample_with
from tests.support.sync_house import CHINA, SyncHouse, offline, online, record_id

PAGE = sample_with("take")
PLACED = record_id(1), CHINA


def told(received: list[Received]) -> list[tuple[str, dict[str, Any]]]:
    bodies = [json.loads(one.body) for one in received]
    return [(body["type"], body["data"]) for body in bodies]


def copy_of(changes: list[tuple[str, dict[str, Any]]], since: int = 0) -> dict[Key, int]:
    newest: dict[Key, Any] = {}
    for kind, data in changes:
        PAGE["take"](newest, kind, data, since)
    copy: dict[Key, int] = PAGE["shown"](newest)
    return copy


async def _refused(one: Received) -> Posted:
    """The orders to show the record, and nothing else."""
    return Posted(200 if one.data["tombstone"] else 500)


async def test_a_record_stays_hidden_when_the_order_to_show_it_is_replayed(house: SyncHouse) -> None:
    subs = SubscriberHouse(house)
    subscriber_id, _ = await subs.enter(types=["display.show_ordered", "display.hide_ordered"])
    subs.network.answers[URL] = _refused
    await house.hear(online(1))
    await house.hear(offline(1))
    for _ in range(400):
        await subs.deliver(subscriber_id)
        if "pending" not in (states := await subs.states(subscriber_id)):
            break
        await subs.resume(subscriber_id) if (await subs.row(subscriber_id)).state == "paused" else None
        house.clock.advance(timedelta(hours=1))
    assert Counter(states)["failed"] == Counter(states)["delivered"] > 0
    subs.network.answer(200)
    await subs.replay(subscriber_id, What.FAILED)
    await subs.deliver(subscriber_id)
    heard = told(subs.network.accepted[URL])
    mine = [kind for kind, data in heard if (data["record_id"], data["portal"]) == PLACED]
    assert mine == ["display.hide_ordered", "display.show_ordered"]
    assert copy_of(heard) == {}


async def test_a_copy_that_followed_the_feed_or_took_the_state_is_not_moved_by_replays(house: SyncHouse) -> None:
    subs = SubscriberHouse(house)
    subscriber_id, _ = await subs.enter()
    await house.hear(online(1), online(2))
    await house.hear(offline(1), online(2, 3, facts="另一事实"))
    await subs.deliver(subscriber_id)
    stretch = await subs.feed(0, sight=Sight())
    followed = [(row.type, item(change_of(row))) for row in stretch.rows]
    copy = copy_of(followed)
    assert {key[0] for key in copy} == {record_id(2)}
    await subs.replay(subscriber_id, What.SINCE)
    subs.network.received.clear()
    await subs.deliver(subscriber_id)
    replayed = told(subs.network.received[URL])
    assert len(replayed) == len(followed)
    assert copy_of(followed + replayed) == copy
    assert copy_of(replayed, since=stretch.position) == {}

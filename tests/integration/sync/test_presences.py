"""Whoever waits for an absence learns that a portal still shows the record, since when, and who is asked (G10)."""

from datetime import timedelta

from services.sync.domain.patience import MENDS_BY_ITSELF
from shared.vocabulary import Asked
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, SyncHouse, offline, record, record_id

STEP = timedelta(seconds=10)


async def test_a_portal_that_takes_the_order_and_goes_on_showing_is_named_first_it_and_then_a_person_is_asked(
    house: SyncHouse,
) -> None:
    await house.publish(1)
    house.china.plan(record(1), *[Act.KEEP] * 50)
    since = house.clock.now()
    await house.hear(offline(1))
    await house.settle(rounds=200, step=STEP)
    told = house.presences
    assert {(one.record_id, one.generation, one.portal) for one in told} == {(record_id(1), 2, CHINA)}
    assert {one.since for one in told} == {since}
    asked = [one.asked for one in told]
    assert asked[:MENDS_BY_ITSELF] == [Asked.PORTAL] * MENDS_BY_ITSELF
    assert asked[-1] is Asked.PERSON
    assert asked == sorted(asked, key=[Asked.PORTAL, Asked.PERSON].index)


async def test_a_short_lag_is_not_told(house: SyncHouse) -> None:
    await house.publish(1)
    await house.hear(offline(1))
    await house.push()
    house.china.resurrect(record(1))
    await house.look()
    house.china.lose(record(1))
    await house.settle(rounds=5)
    assert await house.green(1)
    assert house.presences == []

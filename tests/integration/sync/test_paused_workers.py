"""A push worker that was paused for longer than its lease, and goes on when another one has taken its orders over."""

import asyncio

import pytest

from services.sync.domain.patience import LEASE
from services.sync.push import PushDesk
from tests.support.messaging_house import until
from tests.support.portal_fake import Act, PortalFake
from tests.support.sync_house import MINUTE, SyncHouse, online, record


async def _pushing(house: SyncHouse, portal: PortalFake, *, pushes: int) -> asyncio.Task[None]:
    """A worker that has claimed the order of record 1 and waits for its portal, which is closed."""
    portal.gate.clear()
    running = asyncio.create_task(PushDesk(house.database, house.clock, portal).push(1))

    async def is_claimed() -> bool:
        return bool((await house.placement(1)).pushes == pushes)

    await until(is_claimed)
    return running


@pytest.mark.parametrize("act", [Act.UNCERTAIN_UNDONE, Act.REFUSE, Act.PEND, None])
async def test_whoever_took_over_keeps_its_receipt_whatever_the_paused_one_hears(
    house: SyncHouse, act: Act | None
) -> None:
    """Without its receipt a form that is being looked at would be filed once more, or wait for a person in vain."""
    paused = PortalFake()
    await house.hear(online(1))
    running = await _pushing(house, paused, pushes=1)
    house.clock.advance(LEASE + MINUTE)
    house.china.receipts_ready = False
    house.china.plan(record(1), Act.PEND)
    await house.push()
    taken_over = await house.placement(1)
    assert (taken_over.pushes, taken_over.receipt is not None) == (2, True)
    if act:
        paused.plan(record(1), act)
    paused.unavailable = act is None
    house.clock.advance(MINUTE)
    paused.gate.set()
    await running
    assert await house.placement(1) == taken_over
    assert len(await house.attempts(1)) == 2


async def test_a_late_refusal_does_not_decide_for_whoever_is_still_asking(house: SyncHouse) -> None:
    paused, successor = PortalFake(), PortalFake()
    paused.plan(record(1), Act.REFUSE)
    successor.plan(record(1), Act.PEND)
    await house.hear(online(1))
    late = await _pushing(house, paused, pushes=1)
    house.clock.advance(LEASE + MINUTE)
    asking = await _pushing(house, successor, pushes=2)
    paused.gate.set()
    await late
    assert (await house.placement(1)).refusal is None
    successor.gate.set()
    await asking
    after = await house.placement(1)
    assert (after.receipt, after.refusal) == ("slip-0", None)
    assert await house.attempts(1) == ["refused", "pending"]


async def test_a_late_receipt_does_not_take_a_refusal_back_from_the_person_who_has_it(house: SyncHouse) -> None:
    paused = PortalFake()
    paused.plan(record(1), Act.PEND)
    house.china.plan(record(1), Act.REFUSE)
    await house.hear(online(1))
    late = await _pushing(house, paused, pushes=1)
    house.clock.advance(LEASE + MINUTE)
    await house.push()
    refused = await house.placement(1)
    assert refused.refusal_code == "STALE_OR_WRONG"
    paused.gate.set()
    await late
    assert await house.placement(1) == refused


async def test_a_late_receipt_counts_where_whoever_took_over_has_none(house: SyncHouse) -> None:
    """It spares another push: the portal said that it has the order."""
    paused = PortalFake()
    paused.plan(record(1), Act.PEND)
    await house.hear(online(1))
    late = await _pushing(house, paused, pushes=1)
    house.clock.advance(LEASE + MINUTE)
    house.china.unavailable = True
    await house.push()
    paused.gate.set()
    await late
    assert (await house.placement(1)).receipt == "slip-0"


async def test_a_refusal_heard_after_the_lease_counts_when_nobody_took_the_order_over(house: SyncHouse) -> None:
    slow = PortalFake()
    slow.plan(record(1), Act.REFUSE)
    await house.hear(online(1))
    running = await _pushing(house, slow, pushes=1)
    house.clock.advance(LEASE + MINUTE)
    slow.gate.set()
    await running
    assert (await house.placement(1)).refusal_code == "STALE_OR_WRONG"


async def test_a_refusal_that_came_by_receipt_counts_after_another_worker_had_taken_over(house: SyncHouse) -> None:
    """The receipt is of the attempt that stands: the question for it may be asked by anybody."""
    paused = PortalFake()
    await house.hear(online(1))
    late = await _pushing(house, paused, pushes=1)
    house.clock.advance(LEASE + MINUTE)
    house.china.plan(record(1), Act.PEND_THEN_REFUSE)
    await house.push()
    await house.collect()
    paused.unavailable = True
    paused.gate.set()
    await late
    after = await house.placement(1)
    assert (after.receipt, after.refusal_code) == (None, "RECEIPT")

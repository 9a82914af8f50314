"""A push worker that was paused for longer than its lease, and goes on when another one has done its work."""

import asyncio

import pytest

from services.sync.domain.patience import LEASE
from services.sync.push import PushDesk
from tests.support.messaging_house import until
from tests.support.portal_fake import Act, PortalFake
from tests.support.sync_house import MINUTE, SyncHouse, online, record


@pytest.mark.parametrize("act", [Act.UNCERTAIN_UNDONE, None])
async def test_who_gets_no_answer_leaves_the_receipt_of_who_took_over_alone(house: SyncHouse, act: Act | None) -> None:
    """Without its receipt a form that is being looked at would be filed once more."""
    paused = PortalFake()
    paused.gate.clear()
    if act:
        paused.plan(record(1), act)
    await house.hear(online(1))
    running = asyncio.create_task(PushDesk(house.database, house.clock, paused).push(1))

    async def is_claimed() -> bool:
        return bool((await house.placement(1)).pushes == 1)

    await until(is_claimed)
    house.clock.advance(LEASE + MINUTE)
    house.china.receipts_ready = False
    house.china.plan(record(1), Act.PEND)
    await house.push()
    taken_over = await house.placement(1)
    assert (taken_over.pushes, taken_over.receipt is not None) == (2, True)
    paused.unavailable = act is None
    paused.gate.set()
    await running
    after = await house.placement(1)
    assert (after.receipt, after.next_look_at) == (taken_over.receipt, None)
    assert len(await house.attempts(1)) == 2

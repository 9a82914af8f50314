"""A lease is kept while somebody waits, for a bounded time, and through a database that is away for a moment."""

import asyncio
from datetime import timedelta

import pytest

from shared.errors import Unavailable
from shared.leases import renewed, renewing

OFTEN, LONG = timedelta(milliseconds=1), timedelta(minutes=5)


async def test_it_is_renewed_until_what_is_waited_for_comes() -> None:
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    beats = 0

    async def renew() -> bool:
        nonlocal beats
        beats += 1
        if beats == 3:
            waited_for.set_result("here")
        return True

    assert await renewing(waited_for, renew, every=OFTEN, longest=LONG) == "here"
    assert beats == 3


async def test_one_that_somebody_else_has_is_not_asked_for_again_and_the_work_still_ends() -> None:
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    beats = 0

    async def renew() -> bool:
        nonlocal beats
        beats += 1
        asyncio.get_running_loop().call_later(0.05, waited_for.set_result, "late")
        return False

    assert await renewing(waited_for, renew, every=OFTEN, longest=LONG) == "late"
    assert beats == 1


async def test_a_beat_that_does_not_reach_the_database_is_followed_by_another() -> None:
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    beats = 0

    async def renew() -> bool:
        nonlocal beats
        beats += 1
        if beats == 2:
            waited_for.set_result("here")
        raise Unavailable("the database is away")

    assert await renewing(waited_for, renew, every=OFTEN, longest=LONG) == "here"
    assert beats == 2


async def test_what_hangs_is_kept_for_a_bounded_time_only() -> None:
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    beats = 0

    async def renew() -> bool:
        nonlocal beats
        beats += 1
        return True

    kept = asyncio.create_task(renewing(waited_for, renew, every=OFTEN, longest=timedelta()))
    await asyncio.sleep(0.05)
    assert beats <= 1
    waited_for.set_result("at last")
    assert await kept == "at last"


async def test_who_is_cancelled_while_waiting_still_has_the_work_in_hand() -> None:
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def renew() -> bool:
        return True

    kept = asyncio.create_task(renewing(waited_for, renew, every=LONG, longest=LONG))
    await asyncio.sleep(0)
    kept.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kept
    assert not waited_for.cancelled()
    waited_for.set_result("here")


async def test_work_that_begins_with_its_lease_ends_with_who_waits_for_it() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def renew() -> bool:
        return True

    kept = asyncio.create_task(renewed(work(), renew, every=LONG, longest=LONG))
    await asyncio.sleep(0.01)
    kept.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kept
    assert ended.is_set()


async def test_what_fails_fails_for_who_waits() -> None:
    waited_for: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    waited_for.set_exception(OSError("the disk is gone"))

    async def renew() -> bool:
        return True

    with pytest.raises(OSError, match="the disk is gone"):
        await renewing(waited_for, renew, every=OFTEN, longest=LONG)

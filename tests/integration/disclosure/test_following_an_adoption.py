"""Whoever put other packs in force sees how far the records are, and is told when nobody judges them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.disclosure.policy.follow import Far, follow
from services.disclosure.policy.reevaluate import reevaluate_due
from shared.errors import Unavailable
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.services import RunningService

RECORDS = 5


@pytest.fixture
async def house(disclosure: RunningService) -> AsyncIterator[LawHouse]:
    disclosure.token = LAW_OFFICER
    house = await LawHouse.opened(disclosure)
    await house.hear(*(told.admitted() for _ in range(RECORDS)))
    await house.judge_anew()
    await house.adopt(agreeing(ordinary("P6M")))
    yield house


async def test_an_adoption_tells_what_waits_until_all_is_judged(house: LawHouse) -> None:
    async def newest() -> dict[str, object]:
        [first, *others] = (await house.service.get("/v1/policy/adoptions")).json()["items"]
        assert [one["progress"] for one in others] == [None] * len(others)
        return dict(first)

    house.service.clock.advance(timedelta(seconds=10))
    begun = await newest()
    assert begun["progress"] == {
        "judged": 0, "expected": RECORDS, "records_per_second": 0.0, "seconds_left": None,
    }  # fmt: skip
    await reevaluate_due(house.service.database, house.service.clock, house.book, 2)
    going = await newest()
    assert isinstance(going["progress"], dict)
    assert (going["progress"]["judged"], going["progress"]["expected"]) == (2, RECORDS)
    assert going["progress"]["seconds_left"] > 0
    await house.judge_anew()
    assert ((await newest())["judged"], (await newest())["progress"]) == (RECORDS, None)


async def test_who_follows_sees_every_step_and_the_end(house: LawHouse) -> None:
    seen: list[Far] = []
    with pytest.raises(Unavailable, match=f"{RECORDS} records wait.*creditsync work disclosure"):
        await follow(house.service.database, house.service.clock, seen.append, patience=0)
    assert {(far.judged, far.expected) for far in seen} == {(0, RECORDS)}
    await house.judge_anew()
    done = await follow(house.service.database, house.service.clock, seen.append)
    assert (done.judged, done.completed_at is not None) == (RECORDS, True)

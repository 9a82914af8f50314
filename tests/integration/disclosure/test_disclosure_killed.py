"""A process that is killed while it judges records anew loses one slice at most; the next one goes on (G01, G03)."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from services.disclosure.policy import tables as policy_tables
from shared.clock import wall_time
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.services import RunningService

ROOT = Path(__file__).parents[3]
RECORDS = 300


async def newest(house: LawHouse) -> Any:
    return (await house.service.rows(policy_tables.adoption))[-1]


async def _killed_on_the_way(house: LawHouse, shift: str) -> None:
    before = (await newest(house)).judged
    arguments = ["-m", "tests.support.reevaluator", house.service.database.url, shift]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(60):
            while (await newest(house)).judged <= before:  # noqa: ASYNC110 - another process moves it
                await asyncio.sleep(0.01)
    finally:
        process.kill()
        await process.wait()


async def test_a_killed_re_evaluation_is_continued_and_each_record_judged_once(disclosure: RunningService) -> None:
    disclosure.token = LAW_OFFICER
    house = await LawHouse.opened(disclosure)
    await house.hear(*(told.admitted() for _ in range(RECORDS)))
    await house.service.take_told()
    await house.adopt(agreeing(ordinary("P6M")))
    shift = (house.service.clock.now() - wall_time()).total_seconds()
    for _ in range(2):
        await _killed_on_the_way(house, str(shift))
    assert 0 < (await newest(house)).judged < RECORDS, "it was killed on the way"
    await house.judge_anew()
    adoption = await newest(house)
    assert (adoption.judged, adoption.shown, adoption.changed) == (RECORDS, 3 * RECORDS, 3 * RECORDS)
    assert adoption.completed_at is not None
    events = await house.service.take_told()
    told_of = {(e.record_id, e.audience, e.generation) for e in events}  # type: ignore[attr-defined]
    assert len(told_of) == len(events) == 3 * RECORDS
    assert {generation for *_, generation in told_of} == {2}

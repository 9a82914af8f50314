"""Every step on an entry of the serious list is told with the days that it leaves, so that repair can answer for it."""

from datetime import date

from services.disclosure.rules import load_law
from services.disclosure.serious_list.expire import expire
from shared.contracts.events import ListEntryChanged
from tests.integration.disclosure.test_serious_list import move_to, officer, opened, walk
from tests.support.rows import AUTHORITY, COMPANY
from tests.support.services import RunningService

__all__ = ["officer"]


async def told(service: RunningService) -> list[ListEntryChanged]:
    return [one for one in await service.take_told() if isinstance(one, ListEntryChanged)]


async def test_each_step_tells_the_entry_as_it_stands(officer: RunningService) -> None:
    entry_id = await opened(officer)
    [first] = await told(officer)
    assert (first.entry_id, first.generation, first.in_force) == (entry_id, 1, False)
    assert (first.subject_key, first.authority_code, first.early_removal_from_on) == (COMPANY, AUTHORITY, None)
    await walk(officer, entry_id, "hear", "decide", "list")
    listed = (await told(officer))[-1]
    assert (listed.generation, listed.in_force, listed.removal_under_way) == (4, True, False)
    assert (listed.closes_on, listed.early_removal_from_on) == (date(2029, 11, 2), date(2027, 11, 3))
    assert listed.article is not None
    move_to(officer, date(2027, 11, 3))
    await walk(officer, entry_id, "apply_removal")
    [applied] = await told(officer)
    assert (applied.in_force, applied.removal_under_way) == (True, True)
    await walk(officer, entry_id, "accept_removal", "approve_removal")
    assert [(one.in_force, one.removal_under_way) for one in await told(officer)] == [(True, True), (False, False)]


async def test_the_end_of_a_period_is_told_too(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, "hear", "decide", "list")
    await told(officer)
    move_to(officer, date(2029, 11, 3))
    async with officer.work() as work:
        assert await expire(work, load_law()) == 1
    [ended] = await told(officer)
    assert (ended.entry_id, ended.generation, ended.in_force) == (entry_id, 5, False)

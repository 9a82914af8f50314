"""What stood before an upgrade is told once more, so that a service that keeps more of it now does not have to wait."""

from datetime import date

from services.disclosure.retell import Retold, retell_entries, retell_shown
from services.disclosure.rules import load_law
from shared.contracts.events import ListEntryChanged, PublicationOnline, PublicationRetold
from shared.database.mechanics import audit_entry
from tests.integration.disclosure.test_serious_list import officer, opened, walk
from tests.support.register import HEAR, admit, penalty
from tests.support.services import RunningService
from tests.support.told import repaired as approved

__all__ = ["officer"]
LAW = load_law()
WHO = {"by": "terminal:operator", "reason": "升级后补告"}
DECIDED = date(2026, 10, 30)


async def told_again(disclosure: RunningService, at_once: int) -> list[PublicationRetold]:
    after, found = "", list[PublicationRetold]()
    while True:
        async with disclosure.work() as work:
            done = await retell_shown(work, after, law=LAW, **WHO, at_once=at_once)
        events = await disclosure.take_told()
        assert all(isinstance(one, PublicationRetold) for one in events)
        assert len({one.record_id for one in events if isinstance(one, PublicationRetold)}) == done.number <= at_once
        found += [one for one in events if isinstance(one, PublicationRetold)]
        if done.last is None:
            return found
        after = done.last


async def test_what_is_shown_is_told_again_slice_by_slice_and_only_as_it_was_ordered(
    disclosure: RunningService,
) -> None:
    await admit(disclosure, *(penalty(number, DECIDED) for number in (1, 2, 3)))
    ordered = [one for one in await disclosure.take_told() if isinstance(one, PublicationOnline)]
    repaired = ordered[0].record_id
    await disclosure.hear(HEAR.repairs, approved(repaired))
    await disclosure.take_told()
    again = await told_again(disclosure, at_once=1)
    standing = {(one.record_id, one.audience): one for one in ordered if one.record_id != repaired}
    assert {(one.record_id, one.audience) for one in again} == standing.keys()
    for one in again:
        order = standing[one.record_id, one.audience]
        same = (
            "generation",
            "record",
            "closes_on",
            "repair_from_on",
            "severity",
            "rule_id",
            "article",
            "repair_article",
        )
        assert [getattr(one, name) for name in same] == [getattr(order, name) for name in same]
    assert await told_again(disclosure, at_once=500) == again
    acts = [row for row in await disclosure.rows(audit_entry) if row.action == "publications.retold"]
    assert {(row.actor, row.reason) for row in acts} == {("terminal:operator", "升级后补告")}


async def test_entries_of_the_serious_list_are_told_again_as_they_stand(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, "hear", "decide", "list")
    last = [one for one in await officer.take_told() if isinstance(one, ListEntryChanged)][-1]
    async with officer.work() as work:
        assert await retell_entries(work, "", **WHO) == Retold(1, entry_id)
        assert await retell_entries(work, entry_id, **WHO) == Retold(0, None)
    assert await officer.take_told() == [last]

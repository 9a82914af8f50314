"""Records that are looked at together on a running mock portal are seen as each is seen alone (guarantee G05)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.sync.portals.base import LooksTogether, Sight
from shared.contracts.records import Record
from shared.vocabulary import Portal
from tests.conformance.portal_rig import Rig, licence, mock_options, new_rig, penalty, with_facts


@pytest.fixture(params=list(Portal))
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with new_rig(request.param, mock_options(tmp_path)) as rig:
        yield rig


async def _alike(rig: Rig, *records: Record) -> list[Sight]:
    """What all together show, which is what each alone shows."""
    assert isinstance(rig.adapter, LooksTogether)
    look = rig.adapter.look_together(records)
    together = [await look(record) for record in records]
    assert together == [await rig.adapter.look(record) for record in records]
    return [seen.sight for seen in together]


async def test_shown_and_removed_and_never_sent_are_told_apart(rig: Rig) -> None:
    shown = [penalty(1), licence(2), penalty(4), penalty(5)]
    await rig.show(*shown)
    await rig.take_down(shown[2], 2)
    sights = await _alike(rig, *shown, penalty(6))
    assert sights == [Sight.PRESENT, Sight.PRESENT, Sight.ABSENT, Sight.PRESENT, Sight.ABSENT]


async def test_what_search_and_list_still_show_of_a_removed_record_is_seen(rig: Rig) -> None:
    records = [penalty(1), penalty(4), penalty(5)]
    await rig.show(*records)
    await rig.faults(name="stale_list", seconds=600)
    await rig.take_down(records[0], 2)
    await rig.show(with_facts(records[1], "更正：特种作业人员持证上岗，台账缺失。"), generation=2)
    assert await _alike(rig, *records) == [Sight.PRESENT] * 3


async def test_a_reading_counts_for_its_own_looks_only(rig: Rig) -> None:
    records = [penalty(1), penalty(4)]
    await rig.show(*records)
    assert await _alike(rig, *records) == [Sight.PRESENT] * 2
    await rig.take_down(records[0], 2)
    assert await _alike(rig, *records) == [Sight.ABSENT, Sight.PRESENT]

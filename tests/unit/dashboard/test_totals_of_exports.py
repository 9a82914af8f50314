"""How many rows an export will have: told when it is known, by its right name, and never waited for."""

import asyncio
import struct
from collections.abc import Sequence
from typing import Any

from services.sync.dashboard.exports import framed, pieces_of
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.session import SignInNeeded
from services.sync.dashboard.texts import translate
from services.sync.dashboard.totals import Total, TotalOf, total_in
from shared.counted_frames import Sort
from shared.streamed_tables import CsvTable

PAGES = 4


async def _told(total_of: TotalOf, gate: asyncio.Event | None = None, room: int | None = None) -> Sequence[Any]:
    """Rows so far, total and its sort of every frame; from the second page on the gate is open."""

    async def page_of(cursor: str | None) -> Reading:
        at = int(cursor or 0)
        if gate is not None and at:
            gate.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        items = [{"n": at * 2 + one} for one in range(2)]
        return Reading("sync", {"items": items, "next": str(at + 1) if at + 1 < PAGES else None})

    first = await page_of(None)
    pieces = pieces_of(CsvTable(), page_of, first, [("数", lambda item: item["n"])], translate("zh"))
    frames = [frame async for frame in framed(pieces, total_of, room)]
    return [struct.unpack_from(">IIII", frame)[1:] for frame in frames]


async def test_the_total_stands_in_every_frame_from_when_it_is_known() -> None:
    gate = asyncio.Event()

    async def slow() -> Total:
        await gate.wait()
        return Total(8)

    told = await _told(slow, gate)
    assert told[1] == (2, 0, Sort.UNKNOWN)
    assert told[2:] == [(4, 8, Sort.EXACT), (6, 8, Sort.EXACT), (8, 8, Sort.EXACT), (8, 8, Sort.EXACT)]


async def test_an_export_goes_on_without_a_total_and_does_not_wait_for_one() -> None:
    async def never() -> Total:
        await asyncio.Event().wait()
        return Total(1)

    async def nobody() -> Total | None:
        return None

    async def signed_out() -> Total:
        raise SignInNeeded("the session is over")

    for one in (never, nobody, signed_out):
        told = await _told(one)
        assert [rows for rows, _, _ in told] == [0, 2, 4, 6, 8, 8]
        assert {sort for _, _, sort in told[:-1]} == {Sort.UNKNOWN}


async def test_a_sheet_tells_the_rows_that_it_has_room_for() -> None:
    assert Total(9, Sort.LEAST).within(5) == Total(5)
    assert Total(3, Sort.LEAST).within(5) == Total(3, Sort.LEAST)
    assert Total(9, Sort.LEAST).within(None) == Total(9, Sort.LEAST)


def test_totals_of_several_services_are_as_sure_as_the_least_sure_of_them() -> None:
    assert sum([Total(3), Total(4, Sort.LEAST), Total(5)], Total(0)) == Total(12, Sort.LEAST)
    assert total_in(Reading("sync", {"items": [], "next": None, "total": {"items": 7, "or_more": False}})) == Total(7)
    assert total_in(Reading("sync", {"total": {"items": 7, "or_more": True}})) == Total(7, Sort.LEAST)
    assert total_in(Reading("sync", {"items": [], "next": None})) is None
    assert total_in(Reading("sync", why="down")) is None

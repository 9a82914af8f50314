"""A row that could not be read still has somebody who sees it waiting: the authority that it came for."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.ingest.data_sharing.tables import data_share
from services.ingest.tables import quarantined_row
from tests.support.imports import ImportHouse, csv_bytes, read_everything
from tests.support.rows import AUTHORITY, OTHER_AUTHORITY, Row, penalty
from tests.support.services import running_service

OFFICER = {"scope": "ingest:read ingest:correct", "sub": "credit-officer"}
ROUNDED = penalty(2, CF_NR_FK="6.1E+21", CF_CFJGDM=OTHER_AUTHORITY)


def cut(rows: Sequence[Row]) -> bytes:
    """A file whose last row lost its last cells."""
    return csv_bytes(rows).rstrip(b"\r\n").rsplit(b",", 4)[0] + b"\r\n"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


async def send(house: ImportHouse, content: bytes, *authorities: str) -> list[str]:
    """Whose the quarantined rows of this file are, in its order."""
    headers = {"authorities": list(authorities)}
    body = {"name": "a.csv", "size": len(content)}
    import_id = (await house.service.post("/v1/imports", body, **headers)).json()["import_id"]
    assert (await house.send(import_id, 0, content, **headers)).status_code == 200
    await read_everything(house.room(slice_rows=10))
    return [row.authority_code or "" for row in sorted(await house.service.rows(quarantined_row), key=lambda r: r.row)]


async def test_a_row_cut_in_its_file_is_seen_by_the_officer_of_the_authority_that_sent_it(house: ImportHouse) -> None:
    assert await send(house, cut([penalty(1), penalty(2)]), AUTHORITY) == [AUTHORITY]
    seen = await house.service.get("/v1/quarantine?total=true", **OFFICER, authorities=[AUTHORITY])
    assert [one["reasons"][0]["code"] for one in seen.json()["items"]] == ["cut_row"]
    others = await house.service.get("/v1/quarantine?total=true", **OFFICER, authorities=[OTHER_AUTHORITY])
    assert others.json()["items"] == []
    assert [one.json()["total"]["items"] for one in (seen, others)] == [1, 0]
    shares = {(one.authority_code, one.received, one.quarantined) for one in await house.service.rows(data_share)}
    assert shares == {(AUTHORITY, 2, 1)}


async def test_a_row_with_an_unreadable_code_is_its_senders(house: ImportHouse) -> None:
    assert await send(house, csv_bytes([penalty(1, CF_CFJGDM="nonsense")]), AUTHORITY) == [AUTHORITY]


@pytest.mark.parametrize(
    ("rows", "authorities", "whose"),
    [
        ([penalty(1), ROUNDED], (AUTHORITY, OTHER_AUTHORITY), OTHER_AUTHORITY),
        ([penalty(1), ROUNDED], ("*",), OTHER_AUTHORITY),
        ([penalty(1), ROUNDED], (AUTHORITY,), AUTHORITY),
        ([penalty(1, CF_CFJGDM="nonsense")], (AUTHORITY, OTHER_AUTHORITY), ""),
    ],
)
async def test_a_row_with_one_damaged_cell_is_whose_its_code_says_if_the_sender_may_write_for_it(
    house: ImportHouse, rows: list[Row], authorities: tuple[str, ...], whose: str
) -> None:
    assert await send(house, csv_bytes(rows), *authorities) == [whose]


async def test_of_a_row_whose_cells_may_have_moved_no_code_is_believed(house: ImportHouse) -> None:
    rows = [penalty(1), penalty(2, CF_CFJGDM=OTHER_AUTHORITY)]
    assert await send(house, cut(rows), AUTHORITY, OTHER_AUTHORITY) == [""]

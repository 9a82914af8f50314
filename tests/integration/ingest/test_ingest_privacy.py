"""What is personal stays inside (G12): not in events, answers, logs, nor readable in the bytes of the database."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, text

from services.ingest import tables
from shared.contracts.events import RecordAdmitted
from shared.database.engine import Database
from shared.database.mechanics import metadata as mechanics
from shared.sealing import Sealer
from shared.settings import HouseSettings
from tests.support import rows
from tests.support.logs import logged_lines
from tests.support.rows import PERSON_NAME, PERSON_NUMBER
from tests.support.services import RunningService

PASSPORT = "EX1234567"
TOLD = f"当事人{PERSON_NAME}（身份证号：已核对）违反规定，{PERSON_NAME}已改正。"
BATCH = [
    rows.person_penalty(1, CF_SY=TOLD, CF_NR=f"对{PERSON_NAME}罚款", BZ=f"联系{PERSON_NAME}"),
    rows.person_penalty(2, CF_XDR_ZJLX="护照号", CF_XDR_ZJHM=PASSPORT, CF_SY=f"持护照{PASSPORT}的{PERSON_NAME}"),
    rows.person_penalty(3, CF_SY=""),
    rows.person_penalty(4, CF_CFLB=f"{PERSON_NAME}{PERSON_NUMBER}"),
    rows.person_penalty(5, CF_YJ=f"依据{PERSON_NUMBER}"),
    rows.penalty(6, CF_XDR_SHXYM=PERSON_NUMBER, CF_XDR_MC=PERSON_NAME),
    rows.penalty(7, CF_FR_ZJHM=PERSON_NUMBER, CF_FR_SFZH=PERSON_NUMBER),
    rows.penalty(8, **{f"列{PERSON_NUMBER}": "x"}),
    rows.person_penalty(9, CF_JDRQ=PERSON_NUMBER, CF_NR_FK=PERSON_NUMBER, CF_XDR_LB=PERSON_NAME),
    rows.person_penalty(10, CF_WSH=f"{PERSON_NUMBER}号"),
]
SECRETS = [secret for name in (PERSON_NAME, PERSON_NUMBER, PASSPORT) for secret in (name, repr(name)[1:-1])]


async def send(ingest: RunningService) -> Any:
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": BATCH})
    assert answer.status_code == 201
    return answer


def leaks(haystack: bytes) -> list[str]:
    """The secrets that stand in the bytes, plain or as JSON writes them."""
    forms = {secret: [secret.encode(), secret.encode("unicode_escape")] for secret in SECRETS}
    return [secret for secret, written in forms.items() if any(form in haystack for form in written)]


def files_of(folder: Path) -> bytes:
    """SQLite's file with its write-ahead log; nothing on PostgreSQL."""
    return b"".join(file.read_bytes() for file in folder.glob("test.db*"))


async def stored_bytes(database: Database) -> bytes:
    """All cells of all tables, as bytes."""
    found: list[Table] = [*tables.metadata.tables.values(), *mechanics.tables.values()]
    cells: list[bytes] = []
    async with database.reading() as connection:
        for table in found:
            for row in await connection.execute(text(f"SELECT * FROM {table.name}")):  # noqa: S608 - our own names
                cells += [cell if isinstance(cell, bytes) else str(cell).encode() for cell in row]
    return b"\n".join(cells)


async def test_no_personal_value_stands_readable_in_any_table(ingest: RunningService, tmp_path: Path) -> None:
    await send(ingest)
    assert (await ingest.counts())["quarantined_row"] >= 5
    assert leaks(await stored_bytes(ingest.database)) == []
    assert leaks(files_of(tmp_path)) == []


async def test_events_carry_a_masked_name_and_a_digest_for_a_person(ingest: RunningService) -> None:
    await send(ingest)
    admitted = [event for event in await ingest.told() if isinstance(event, RecordAdmitted)]
    person = next(event.record for event in admitted if event.record.subject.uscc is None)
    assert person.subject.name == "欧阳***"
    assert person.subject.key.startswith("person-")
    assert leaks(b"".join(event.model_dump_json().encode() for event in admitted)) == []
    assert "当事人欧阳***" in person.detail.violation_facts  # type: ignore[union-attr]


async def test_receipts_answers_and_problems_repeat_nothing_personal(ingest: RunningService) -> None:
    receipt = await send(ingest)
    record_id = receipt.json()["verdicts"][0]["record_id"]
    view = await ingest.get(f"/v1/records/{record_id}")
    malformed = await ingest.post("/v1/batches", {"kind": "penalty", "rows": [{"CF_XDR_MC": [PERSON_NAME]}]})
    foreign = await ingest.post("/v1/batches", {"kind": "penalty", "rows": BATCH}, authorities=[])
    for answer in (receipt, view, malformed, foreign):
        assert leaks(answer.content) == []


async def test_logs_of_a_batch_and_of_its_refusals_name_no_person(ingest: RunningService) -> None:
    with logged_lines("json", "debug") as stream:
        await send(ingest)
        await ingest.post("/v1/batches", {"kind": "penalty", "rows": BATCH}, authorities=[])
        await ingest.post("/v1/batches", {"kind": "penalty", "rows": [{PERSON_NAME: [PERSON_NUMBER]}]})
    assert leaks(stream.getvalue().encode()) == []


async def test_what_was_sealed_can_be_opened_with_the_key(ingest: RunningService, tmp_path: Path) -> None:
    await send(ingest)
    sealer = Sealer(*HouseSettings(data_dir=tmp_path).person_keys())
    private = [row for row in await ingest.rows(tables.record) if row.private is not None]
    opened = [sealer.open(row.private, row.record_id) for row in private]
    assert any(PERSON_NUMBER in one for one in opened)
    quarantined = await ingest.rows(tables.quarantined_row)
    assert all(sealer.open(row.cells, f"{row.batch_id}/{row.row}") for row in quarantined)


@pytest.mark.parametrize("column", ["CF_XDR_MC", "CF_FRDB", "CF_WFXW", "CF_SY", "CF_YJ", "CF_NR", "CF_NR_ZKDX", "BZ"])
async def test_a_citizen_number_in_any_public_text_stops_the_row(ingest: RunningService, column: str) -> None:
    row = rows.penalty(1) | {column: f"见{PERSON_NUMBER}"}
    answer = await ingest.post("/v1/records", {"kind": "penalty", "row": row})
    [verdict] = answer.json()["verdicts"]
    assert verdict["verdict"] == "quarantined"
    assert "V13" in [reason["code"] for reason in verdict["reasons"]]

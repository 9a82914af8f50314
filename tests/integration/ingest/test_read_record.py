"""One record is read as its contract says, around the text that was stored, and by nobody who does not speak for it."""

from services.ingest import tables
from services.ingest.api.records import RecordView
from shared.contracts.records import Record
from tests.support import rows
from tests.support.services import RunningService


async def admitted(ingest: RunningService, **cells: str) -> str:
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": [rows.penalty(1, **cells)]})
    found: str = answer.json()["verdicts"][0]["record_id"]
    return found


async def test_a_record_is_read_as_its_contract_says(ingest: RunningService) -> None:
    record_id = await admitted(ingest)
    answer = await ingest.get(f"/v1/records/{record_id}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    view = RecordView.model_validate_json(answer.content)
    [row] = await ingest.rows(tables.record)
    assert view.record == Record.model_validate_json(row.content)
    assert (view.record_id, view.state, view.generation) == (record_id, "valid", 1)
    assert (view.first_submitted_on, view.changed_at, view.client) == (
        row.first_submitted_on,
        row.changed_at,
        row.client,
    )
    assert view.withdrawals == []


async def test_signs_that_json_escapes_survive(ingest: RunningService) -> None:
    record_id = await admitted(ingest, CF_SY='现场张贴"安全第一"，路径为C:\\样例')
    view = RecordView.model_validate_json((await ingest.get(f"/v1/records/{record_id}")).content)
    assert "安全第一" in view.record.model_dump_json()


async def test_nobody_reads_what_is_unknown_malformed_or_anothers(ingest: RunningService) -> None:
    record_id = await admitted(ingest)
    for wanted in ("0" * 32, "x", f"{record_id}0"):
        assert (await ingest.get(f"/v1/records/{wanted}")).status_code == 404
    foreign = await ingest.get(f"/v1/records/{record_id}", authorities=[rows.OTHER_AUTHORITY])
    assert foreign.status_code == 404

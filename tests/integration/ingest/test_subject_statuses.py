"""What the business register says of subjects: one answer a row, the newest day wins, and the house hears it once."""

from typing import Any

import pytest

from services.ingest.tables import subject_status
from shared.contracts.events import SubjectStatusChanged
from tests.support.rows import COMPANY, company_code
from tests.support.services import RunningService


def row(**changed: Any) -> dict[str, Any]:
    return {
        "uscc": COMPANY,
        "status": "deregistered",
        "as_of": "2026-10-28",
        "proof_reference": "样例登记机关公告2026-15",
    } | changed


async def send(ingest: RunningService, *rows: dict[str, Any], key: str | None = None) -> Any:
    answer = await ingest.post("/v1/subject-statuses", {"rows": rows}, key=key)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_new_status_is_stored_and_told(ingest: RunningService) -> None:
    receipt = await send(ingest, row(uscc=COMPANY.lower()))
    assert receipt == {
        "rows": 1,
        "counts": {"changed": 1, "unchanged": 0, "outdated": 0, "refused": 0},
        "answers": [{"row": 1, "outcome": "changed", "reason": None}],
    }
    [event] = await ingest.told()
    assert isinstance(event, SubjectStatusChanged)
    assert (event.uscc, event.generation, event.status) == (COMPANY, 1, "deregistered")
    [stored] = await ingest.rows(subject_status)
    assert (stored.uscc, stored.client, stored.proof_reference) == (
        COMPANY,
        "enforcement-system",
        "样例登记机关公告2026-15",
    )


async def test_every_row_gets_exactly_one_answer(ingest: RunningService) -> None:
    other = company_code(2)
    receipt = await send(
        ingest,
        row(),
        row(),
        row(uscc="not a code"),
        row(uscc=other, as_of="2026-11-03"),
        row(as_of="2026-10-01", status="normal"),
        row(as_of="2026-11-01", status="normal"),
        row(uscc=other, proof_reference="\u200b"),
    )
    outcomes = [answer["outcome"] for answer in receipt["answers"]]
    assert outcomes == ["changed", "unchanged", "refused", "refused", "outdated", "changed", "refused"]
    assert sum(receipt["counts"].values()) == receipt["rows"] == 7
    [event] = await ingest.told()
    assert (event.status, event.generation) == ("normal", 2)  # type: ignore[attr-defined]


async def test_a_later_batch_goes_on_from_the_stored_generation(ingest: RunningService) -> None:
    await send(ingest, row())
    await ingest.take_told()
    await send(ingest, row(status="reorganisation", as_of="2026-11-01"))
    [event] = await ingest.take_told()
    assert event.generation == 2  # type: ignore[attr-defined]
    assert (await send(ingest, row()))["answers"][0]["outcome"] == "outdated"
    assert await ingest.told() == []


async def test_the_same_key_takes_effect_once(ingest: RunningService) -> None:
    first = await send(ingest, row(), key="one")
    assert await send(ingest, row(), key="one") == first
    assert len(await ingest.told()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"rows": []},
        {"rows": [row()] * 10_001},
        {"rows": [row(status="gone")]},
        {"rows": [row(as_of="yesterday")]},
        {"rows": [row(more=1)]},
        {"rows": [row(proof_reference="x" * 201)]},
        {},
    ],
    ids=["empty", "too many", "status", "day", "more", "proof", "nothing"],
)
async def test_a_batch_of_a_wrong_form_is_refused_whole(ingest: RunningService, body: dict[str, Any]) -> None:
    assert (await ingest.post("/v1/subject-statuses", body)).status_code == 422
    assert await ingest.rows(subject_status) == []


async def test_who_may_send_records_may_not_send_statuses_of_subjects(ingest: RunningService) -> None:
    answer = await ingest.post("/v1/subject-statuses", {"rows": [row()]}, scope="ingest:write ingest:read")
    assert answer.status_code == 403

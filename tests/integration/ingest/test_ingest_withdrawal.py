"""The authority withdraws a decision: told once, with its reasons, and nothing brings the record back (G06)."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.ingest import tables
from shared.contracts.events import RecordVoided
from tests.support import rows
from tests.support.services import RunningService

REASONS = {"kind": "revoked", "statement_of_reasons": "行政复议决定撤销。", "withdrawn_on": "2026-11-02"}


@pytest.fixture
async def record_id(ingest: RunningService) -> str:
    answer = await ingest.post("/v1/records", {"kind": "penalty", "row": rows.penalty(1)})
    await ingest.take_told()
    admitted: str = answer.json()["verdicts"][0]["record_id"]
    return admitted


async def withdraw(ingest: RunningService, record_id: str, **changed: Any) -> httpx.Response:
    claims = changed.pop("claims", {})
    return await ingest.post(f"/v1/records/{record_id}/withdrawal", REASONS | changed, **claims)


async def test_a_withdrawal_is_told_with_its_reasons_as_the_next_generation(
    ingest: RunningService, record_id: str
) -> None:
    answer = await withdraw(ingest, record_id)
    [event] = await ingest.told()
    expected = {"record_id": record_id, "state": "voided", "due_on": "2026-11-05", "provisional": False}
    assert answer.json() == expected
    assert isinstance(event, RecordVoided)
    assert (event.record_id, event.generation) == (record_id, 2)
    assert event.withdrawal.withdrawn_on == date(2026, 11, 2)
    assert event.withdrawal.statement_of_reasons == "行政复议决定撤销。"
    assert (await ingest.get(f"/v1/records/{record_id}")).json()["state"] == "voided"


async def test_a_second_withdrawal_is_a_conflict_even_at_the_same_moment(
    ingest: RunningService, record_id: str
) -> None:
    answers = await asyncio.gather(*(withdraw(ingest, record_id) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert len(await ingest.told()) == 1


async def test_a_withdrawn_record_that_is_sent_again_stays_withdrawn(ingest: RunningService, record_id: str) -> None:
    await withdraw(ingest, record_id)
    await ingest.take_told()
    same = await ingest.post("/v1/records", {"kind": "penalty", "row": rows.penalty(1)})
    changed = await ingest.post("/v1/records", {"kind": "penalty", "row": rows.penalty(1, CF_NR_FK="7")})
    assert [answer.json()["verdicts"][0]["verdict"] for answer in (same, changed)] == ["unchanged", "quarantined"]
    assert "V16" in [reason["code"] for reason in changed.json()["verdicts"][0]["reasons"]]
    assert "V16" in [reason["code"] for reason in same.json()["verdicts"][0]["reasons"]]
    [stored] = await ingest.rows(tables.record)
    assert (stored.state, stored.generation) == ("voided", 2)
    assert await ingest.told() == []


async def test_an_amendment_and_a_withdrawal_at_once_leave_the_record_withdrawn(
    ingest: RunningService, record_id: str
) -> None:
    amended = {"kind": "penalty", "row": rows.penalty(1, CF_NR_FK="7")}
    await asyncio.gather(ingest.post("/v1/records", amended), withdraw(ingest, record_id))
    [stored] = await ingest.rows(tables.record)
    generations = [event.generation for event in await ingest.told()]  # type: ignore[attr-defined]
    assert stored.state == "voided"
    assert len(set(generations)) == len(generations)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"withdrawn_on": "2026-11-03"}, "withdrawn_on"),  # tomorrow
        ({"withdrawn_on": "2026-10-29"}, "withdrawn_on"),  # before the decision
        ({"withdrawn_on": "0001-01-01"}, "withdrawn_on"),
        ({"withdrawn_on": "9999-12-31"}, "withdrawn_on"),
        ({"statement_of_reasons": ""}, "statement_of_reasons"),
        ({"statement_of_reasons": " \u0000\u200b "}, "statement_of_reasons"),
        ({"kind": "regretted"}, "kind"),
        ({"more": 1}, "more"),
    ],
)
async def test_a_withdrawal_that_cannot_be_is_refused_with_its_field(
    ingest: RunningService, record_id: str, changed: dict[str, Any], field: str
) -> None:
    before = await ingest.counts()
    answer = await withdraw(ingest, record_id, **changed)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:creditsync:problem:malformed-request")
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert await ingest.counts() == before


async def test_reasons_are_told_without_signs_that_a_database_refuses(ingest: RunningService, record_id: str) -> None:
    await withdraw(ingest, record_id, statement_of_reasons="复议\u0000撤销\u202e")
    [event] = await ingest.told()
    assert event.withdrawal.statement_of_reasons == "复议撤销"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("of", "claims", "status", "slug"),
    [
        ("f" * 32, {}, 404, "not-found"),
        ("%00", {}, 404, "not-found"),
        ("own", {"authorities": [rows.OTHER_AUTHORITY]}, 403, "foreign-authority"),
        ("own", {"authorities": []}, 403, "foreign-authority"),
        ("own", {"scope": "ingest:read"}, 403, "scope-missing"),
    ],
)
async def test_nobody_withdraws_what_is_unknown_or_foreign(
    ingest: RunningService, record_id: str, of: str, claims: dict[str, Any], status: int, slug: str
) -> None:
    before = await ingest.counts()
    answer = await withdraw(ingest, record_id if of == "own" else of, claims=claims)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:creditsync:problem:{slug}")
    assert await ingest.counts() == before


async def test_a_foreign_authority_cannot_even_read_the_record(ingest: RunningService, record_id: str) -> None:
    assert (await ingest.get(f"/v1/records/{record_id}")).status_code == 200
    assert (await ingest.get(f"/v1/records/{record_id}", authorities=[rows.OTHER_AUTHORITY])).status_code == 404

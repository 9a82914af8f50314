"""The reporting duty runs on while a row waits: how many rows are late, and by when the first of the others is due."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from services.ingest import tables
from shared.messaging.unit_of_work import unit_of_work
from tests.support import rows
from tests.support.services import RunningService

CORRECT = {"scope": "ingest:read ingest:correct", "sub": "credit-officer"}


def waits(number: int, decided_on: str = "2026-10-30") -> rows.Row:
    """A row that a check stops, about a decision of this day; its validity is long enough for any."""
    return rows.penalty(number, CF_NR_FK="", CF_JDRQ=decided_on, CF_YXQ="2028-10-30")


async def put_aside(ingest: RunningService, *sent: rows.Row) -> None:
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": list(sent)})
    assert answer.status_code == 201, answer.text


async def counts(ingest: RunningService, query: str = "", **claims: Any) -> Any:
    answer = await ingest.get(f"/v1/quarantine/counts{query}", **(CORRECT | claims))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return told["rows"], told["late"], told["first_by"]


async def test_the_first_row_is_due_seven_working_days_after_its_decision(ingest: RunningService) -> None:
    await put_aside(ingest, waits(1, "2026-10-30"), waits(2, "2026-10-28"))
    assert await counts(ingest) == (2, 0, "2026-11-06")


async def test_a_row_that_several_checks_stopped_is_one_row(ingest: RunningService) -> None:
    await put_aside(ingest, rows.penalty(1, CF_NR_FK="", CF_XDR_SHXYM="", CF_JDRQ="2026-10-30"))
    assert (await counts(ingest))[0] == 1


async def test_a_row_that_cannot_be_in_time_any_more_is_late_and_hides_no_other(ingest: RunningService) -> None:
    await put_aside(ingest, waits(1, "2026-03-02"), waits(2, "2026-10-30"))
    assert await counts(ingest) == (2, 1, "2026-11-10")
    ingest.clock.advance(timedelta(days=8))  # to 10 November, the last day
    assert await counts(ingest) == (2, 1, "2026-11-10")
    ingest.clock.advance(timedelta(days=1))
    assert await counts(ingest) == (2, 2, None)


async def test_a_decision_whose_day_cannot_be_read_counts_from_the_day_on_which_it_came(ingest: RunningService) -> None:
    await put_aside(ingest, waits(1, "2026.10.30"), waits(2, "2027-05-01"))
    assert await counts(ingest) == (2, 0, "2026-11-11")


async def test_what_was_decided_and_what_is_not_asked_for_is_due_to_nobody(ingest: RunningService) -> None:
    await put_aside(ingest, waits(1, "2026-10-28"), waits(2, "2026-10-30"))
    first, *_ = sorted(await ingest.rows(tables.quarantined_row), key=lambda row: row.row)
    answer = await ingest.post(f"/v1/quarantine/{first.quarantine_id}/discard", {"reason": "重复"}, **CORRECT)
    assert answer.status_code == 200, answer.text
    assert await counts(ingest) == (1, 0, "2026-11-10")
    assert await counts(ingest, "?state=discarded") == (1, 0, None)
    assert await counts(ingest, "?kind=licence") == (0, 0, None)
    assert await counts(ingest, authorities=[rows.OTHER_AUTHORITY], sub="somebody-else") == (0, 0, None)


async def test_a_row_of_an_older_release_has_no_day_and_is_counted_all_the_same(ingest: RunningService) -> None:
    await put_aside(ingest, waits(1))
    async with unit_of_work(ingest.database, ingest.clock) as work:
        await work.connection.execute(update(tables.quarantined_row).values(due_from=None))
    assert await counts(ingest) == (1, 0, None)

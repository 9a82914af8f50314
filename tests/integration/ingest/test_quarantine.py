"""Rows that wait for a person: listed without cells, corrected once, released by rule, discarded with a reason."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.ingest import tables
from services.ingest.admit import admit, judge_rows
from services.ingest.day import DayBook
from services.ingest.domain.findings import Finding
from services.ingest.known import find_known
from services.ingest.metrics import QUARANTINE_AGE, QUARANTINED
from services.ingest.quarantine import store
from services.ingest.quarantine.timers import tell_waiting
from services.ingest.settings import IngestSettings
from services.ingest.submission import Submission
from shared.clock import legal_date
from shared.contracts.events import RecordAdmitted
from shared.database.mechanics import audit_entry
from shared.sealing import Sealer
from shared.vocabulary import RecordKind
from tests.support import rows
from tests.support.metrics import gauge
from tests.support.services import RunningService

CORRECT = {"scope": "ingest:read ingest:correct", "sub": "credit-officer"}
SENDER = {"sub": "enforcement-system"}
REASON = {"reason": "企业来函更正"}


async def put_aside(ingest: RunningService, *sent: rows.Row, **claims: Any) -> list[str]:
    """Send rows; the identifiers of those that wait now, the oldest first."""
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": list(sent)}, **claims)
    assert answer.status_code == 201, answer.text
    return [row.quarantine_id for row in sorted(await ingest.rows(tables.quarantined_row), key=lambda row: row[2])]


async def read(ingest: RunningService, path: str = "", **claims: Any) -> Any:
    answer = await ingest.get(f"/v1/quarantine{path}", **(CORRECT | claims))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def act(ingest: RunningService, path: str, body: dict[str, Any], **claims: Any) -> httpx.Response:
    return await ingest.post(f"/v1/quarantine/{path}", body, **(CORRECT | claims))


def admitted_so_far() -> float:
    """What the metric of verdicts says of penalties, in this process."""
    return gauge("g02_rows_total", kind="penalty", verdict="admitted") or 0


NO_FINE = rows.penalty(1, CF_NR_FK="")
NO_DATE = rows.penalty(2, CF_JDRQ="2026.10.30", CF_YXQ="2027.10.30")
NO_CODE = rows.penalty(3, CF_XDR_SHXYM="")


async def test_the_list_says_what_stopped_a_row_and_shows_no_cell(ingest: RunningService) -> None:
    person = rows.person_penalty(4, CF_XDR_ZJHM=rows.PERSON_NUMBER[:-1] + "4")
    await put_aside(ingest, NO_FINE, rows.penalty(9), NO_DATE, person)
    page = await read(ingest)
    assert [one["row"] for one in page["items"]] == [1, 3, 4]
    assert [one["reasons"][0]["code"] for one in page["items"]] == ["V07", "V11", "V02"]
    assert {one["authority_code"] for one in page["items"]} == {rows.AUTHORITY}
    assert rows.PERSON_NAME not in json.dumps(page, ensure_ascii=False)
    assert (await read(ingest, "/counts"))["counts"] == {"V02": 1, "V07": 1, "V11": 1}


@pytest.mark.parametrize(
    ("query", "found"),
    [("code=V07", 1), ("code=V99", 0), ("kind=penalty", 3), ("kind=licence", 0), ("state=discarded", 0),
     (f"authority={rows.AUTHORITY}", 3), (f"authority={rows.OTHER_AUTHORITY}", 0), (f"batch_id={'0' * 32}", 0),
     ("since=2026-11-02T00:00:00Z", 3), ("since=2027-01-01T00:00:00Z", 0)],
)  # fmt: skip
async def test_the_list_is_narrowed(ingest: RunningService, query: str, found: int) -> None:
    await put_aside(ingest, NO_FINE, NO_DATE, NO_CODE)
    assert len((await read(ingest, f"?{query}"))["items"]) == found


async def test_an_instant_that_no_clock_can_show_is_refused(ingest: RunningService) -> None:
    answer = await ingest.get("/v1/quarantine/counts?since=0001-01-01T00:00:00%2B23:00", client="credit-officer")
    assert answer.status_code == 422


async def test_the_list_is_read_page_by_page(ingest: RunningService) -> None:
    ids = await put_aside(ingest, *(rows.penalty(number, CF_NR_FK="") for number in range(5)))
    first = await read(ingest, "?limit=3")
    second = await read(ingest, f"?limit=3&cursor={first['next']}")
    assert [one["quarantine_id"] for one in first["items"] + second["items"]] == ids
    assert second["next"] is None


async def test_cells_are_opened_for_who_may_correct_and_the_look_is_kept(ingest: RunningService) -> None:
    [quarantine_id] = await put_aside(ingest, NO_FINE)
    shown = await read(ingest, f"/{quarantine_id}")
    assert shown["cells"] == NO_FINE
    assert (await ingest.get(f"/v1/quarantine/{quarantine_id}")).status_code == 403
    looks = [one for one in await ingest.rows(audit_entry) if one.action == "quarantine.opened"]
    assert [(one.actor, one.subject) for one in looks] == [("credit-officer", quarantine_id)]


async def test_rows_of_a_foreign_authority_are_as_if_they_were_not_there(ingest: RunningService) -> None:
    [quarantine_id] = await put_aside(ingest, NO_FINE)
    foreign = {"authorities": [rows.OTHER_AUTHORITY]}
    assert (await read(ingest, **foreign))["items"] == []
    assert (await read(ingest, "/counts", **foreign))["counts"] == {}
    answer = await act(ingest, f"{quarantine_id}/resubmission", {"cells": {}}, **foreign)
    assert answer.status_code == 404
    assert (await read(ingest, **foreign, sub="enforcement-system"))["items"] != []  # who sent it sees it


async def test_a_corrected_row_is_judged_again_and_told_and_keeps_its_system(ingest: RunningService) -> None:
    [quarantine_id] = await put_aside(ingest, NO_FINE)
    before = admitted_so_far()
    answer = await act(ingest, f"{quarantine_id}/resubmission", {"cells": {"CF_NR_FK": "6"}} | REASON)
    assert answer.status_code == 201, answer.text
    assert admitted_so_far() == before + 1
    assert answer.json()["verdict"]["verdict"] == "admitted"
    [event] = await ingest.told()
    assert isinstance(event, RecordAdmitted)
    [record] = await ingest.rows(tables.record)
    assert record.client == "enforcement-system"
    shown = await read(ingest, f"/{quarantine_id}")
    assert (shown["state"], shown["record_id"], shown["decided_by"]) == (
        "corrected",
        record.record_id,
        "credit-officer",
    )
    assert (await read(ingest))["items"] == []


async def test_a_correction_that_is_none_leaves_one_successor_that_waits(ingest: RunningService) -> None:
    [quarantine_id] = await put_aside(ingest, NO_FINE)
    answer = await act(ingest, f"{quarantine_id}/resubmission", {"cells": {"CF_NR_FK": "sechs"}})
    successor = answer.json()["successor_id"]
    assert answer.json()["verdict"]["verdict"] == "quarantined"
    [waiting] = (await read(ingest))["items"]
    assert (waiting["quarantine_id"], waiting["corrects"]) == (successor, quarantine_id)
    again = await act(ingest, f"{quarantine_id}/resubmission", {"cells": {"CF_NR_FK": "6"}})
    assert (again.status_code, again.json()["successor_id"]) == (409, successor)
    done = await act(ingest, f"{successor}/resubmission", {"cells": {"CF_NR_FK": "6"}})
    assert done.json()["verdict"]["verdict"] == "admitted"


async def test_two_who_correct_the_same_row_at_once_make_one_record(ingest: RunningService) -> None:
    [quarantine_id] = await put_aside(ingest, NO_FINE)
    answers = await asyncio.gather(
        *(act(ingest, f"{quarantine_id}/resubmission", {"cells": {"CF_NR_FK": "6"}}) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(await ingest.told()) == 1


async def test_a_corrected_row_cannot_be_moved_to_a_foreign_authority(ingest: RunningService) -> None:
    [quarantine_id] = await put_aside(ingest, NO_FINE)
    cells = {"CF_NR_FK": "6", "CF_CFJGDM": rows.OTHER_AUTHORITY}
    answer = await act(ingest, f"{quarantine_id}/resubmission", {"cells": cells})
    assert answer.json()["verdict"]["verdict"] == "quarantined"
    assert await ingest.rows(tables.record) == []


async def test_a_dry_run_counts_and_changes_nothing(ingest: RunningService) -> None:
    await put_aside(ingest, NO_FINE, NO_DATE)
    before = await ingest.counts()
    body = {"correction": "dates"} | REASON
    done = (await act(ingest, "release", body)).json()
    assert (done["dry_run"], done["examined"], done["passed"], done["stayed"]) == (True, 2, 1, 1)
    after = await ingest.counts()
    assert {name for name in after if after[name] != before[name]} == {"idempotency_key", "audit_entry"}  # the call


async def test_a_release_takes_in_what_passes_and_leaves_the_rest_waiting(ingest: RunningService) -> None:
    await put_aside(ingest, NO_FINE, NO_DATE, NO_DATE | {"CF_WSH": "（苏通）应急罚〔2026〕5号"})
    before = admitted_so_far()
    done = (await act(ingest, "release", {"correction": "dates", "dry_run": False} | REASON)).json()
    assert admitted_so_far() == before + done["verdicts"]["admitted"]
    assert (done["examined"], done["passed"], done["verdicts"], done["next_after"]) == (3, 2, {"admitted": 2}, None)
    [waiting] = (await read(ingest))["items"]
    assert waiting["reasons"][0]["code"] == "V07"
    released = (await read(ingest, "?state=released"))["items"]
    assert {one["record_id"] for one in released} == {row.record_id for row in await ingest.rows(tables.record)}
    again = (await act(ingest, "release", {"correction": "dates", "dry_run": False} | REASON)).json()
    assert (again["examined"], again["passed"]) == (1, 0)


async def test_a_release_is_bounded_and_goes_on_where_it_ended(ingest: RunningService) -> None:
    await put_aside(ingest, *(NO_DATE | {"CF_WSH": f"（苏通）应急罚〔2026〕{number}号"} for number in range(5)))
    body = {"correction": "dates", "dry_run": False, "limit": 2, "code": "V11"} | REASON
    passed, after = [], None
    for _ in range(3):
        done = (await act(ingest, "release", body | ({"after": after} if after else {}))).json()
        passed.append(done["passed"])
        after = done["next_after"]
    assert (passed, after) == ([2, 2, 1], None)


async def test_a_row_about_a_withdrawn_decision_waits_again_as_its_successor(ingest: RunningService) -> None:
    sent = await ingest.post("/v1/records", {"kind": "penalty", "row": rows.penalty(1)})
    record_id = sent.json()["verdicts"][0]["record_id"]
    body = {"kind": "revoked", "statement_of_reasons": "撤销", "withdrawn_on": "2026-11-02"}
    await ingest.post(f"/v1/records/{record_id}/withdrawal", body)
    [first] = await put_aside(ingest, rows.penalty(1, CF_SY="新事实。"))
    done = (await act(ingest, "release", {"correction": "as_is", "dry_run": False} | REASON)).json()
    assert done["verdicts"] == {"quarantined": 1}
    [waiting] = (await read(ingest))["items"]
    assert (waiting["corrects"], waiting["record_id"]) == (first, record_id)


async def damaged(ingest: RunningService, data_dir: Path, code: str, column: str) -> str:
    """A row that is right by every check and was damaged in its file; the identifier under which it waits."""
    sent = [rows.penalty(1)]
    found = {1: (Finding(code, column, "damaged"),)}
    submission = Submission("enforcement-system", RecordKind.PENALTY, sent, None, refuse_foreign=False, faults=found)
    sealer = Sealer(*IngestSettings(data_dir=data_dir).person_keys())
    async with ingest.work() as work:
        day = await DayBook().on(work.connection, legal_date(work.now))
        judged = judge_rows(submission, await find_known(work.connection, submission, sealer), day, sealer)
        await admit(work, submission, judged, sealer)
    return max(one.quarantine_id for one in await ingest.rows(tables.quarantined_row))


@pytest.mark.parametrize("code", ["lost_characters", "surplus_cells", "doubled_field", "cut_row", "lost_digits"])
async def test_no_release_takes_in_a_row_that_was_damaged_in_its_file(
    ingest: RunningService, tmp_path: Path, code: str
) -> None:
    waits = await damaged(ingest, tmp_path, code, "")
    done = (await act(ingest, "release", {"correction": "as_is", "dry_run": False} | REASON, **SENDER)).json()
    assert (done["examined"], done["passed"], done["stayed"]) == (1, 0, 1)
    assert [one["quarantine_id"] for one in (await read(ingest, **SENDER))["items"]] == [waits]
    assert await ingest.rows(tables.record) == []


async def test_a_damaged_cell_stops_its_row_until_its_column_is_given_anew(
    ingest: RunningService, tmp_path: Path
) -> None:
    first = await damaged(ingest, tmp_path, "lost_characters", "CF_SY")
    again = (await act(ingest, f"{first}/resubmission", {"cells": {"CF_NR_FK": "7"}}, **SENDER)).json()
    assert [one["code"] for one in again["verdict"]["reasons"]] == ["lost_characters"]
    cells = {"cells": {"CF_SY": "未按规定进行安全生产教育和培训。"}}
    done = (await act(ingest, f"{again['successor_id']}/resubmission", cells, **SENDER)).json()
    assert done["verdict"]["verdict"] == "admitted"


async def test_a_damaged_row_is_stopped_until_every_filled_column_is_given_anew(
    ingest: RunningService, tmp_path: Path
) -> None:
    row = rows.penalty(1)
    first = await damaged(ingest, tmp_path, "cut_row", "")
    again = (await act(ingest, f"{first}/resubmission", {"cells": {"CF_SY": row["CF_SY"]}}, **SENDER)).json()
    assert [one["code"] for one in again["verdict"]["reasons"]] == ["cut_row"]
    cells = {name: cell for name, cell in row.items() if cell}
    done = (await act(ingest, f"{again['successor_id']}/resubmission", {"cells": cells}, **SENDER)).json()
    assert done["verdict"]["verdict"] == "admitted"


async def test_a_discarded_row_is_kept_with_the_reason_and_final(ingest: RunningService) -> None:
    [quarantine_id] = await put_aside(ingest, NO_FINE)
    answer = await act(ingest, f"{quarantine_id}/discard", REASON)
    assert (answer.json()["state"], answer.json()["reason"]) == ("discarded", "企业来函更正")
    assert (await read(ingest))["items"] == []
    assert (await act(ingest, f"{quarantine_id}/discard", REASON)).status_code == 409
    assert (await act(ingest, f"{quarantine_id}/discard", {"reason": " "})).status_code == 422
    [decision] = [one for one in await ingest.rows(audit_entry) if one.action == "quarantine.decided"]
    assert (decision.actor, decision.subject, decision.reason) == ("credit-officer", quarantine_id, "企业来函更正")


async def test_decided_rows_are_forgotten_after_their_time_and_waiting_ones_never(ingest: RunningService) -> None:
    first, second = await put_aside(ingest, NO_FINE, NO_CODE)
    await act(ingest, f"{first}/discard", REASON)
    async with ingest.work() as work:
        assert await store.forget_decided(work, work.now) == 0
    async with ingest.work() as work:
        assert await store.forget_decided(work, work.now + timedelta(seconds=1)) == 1
    assert [row.quarantine_id for row in await ingest.rows(tables.quarantined_row)] == [second]
    assert {row.quarantine_id for row in await ingest.rows(tables.quarantined_code)} == {second}


async def test_the_metrics_tell_how_much_waits_and_since_when(ingest: RunningService) -> None:
    [quarantine_id, _] = await put_aside(ingest, NO_FINE, NO_CODE)
    ingest.clock.advance(timedelta(hours=1))
    await tell_waiting(ingest.database, ingest.clock)
    samples = {sample.labels["code"]: sample.value for metric in QUARANTINED.collect() for sample in metric.samples}
    assert samples == {"V01": 1, "V07": 1}
    [age] = [sample.value for metric in QUARANTINE_AGE.collect() for sample in metric.samples]
    assert age == 3600
    await act(ingest, f"{quarantine_id}/discard", REASON)
    await tell_waiting(ingest.database, ingest.clock)
    [left] = [sample.labels["code"] for metric in QUARANTINED.collect() for sample in metric.samples]
    assert left == "V01"

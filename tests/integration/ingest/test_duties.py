"""The table of duties (职责分工, B14): packaged, changed by a person with a reason, used where somebody must answer."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.ingest.app import TABLES
from services.ingest.data_sharing.watch import watch_sources
from services.ingest.duties.domain.duty import Duty, department_of, departments_with, in_force, packaged
from services.ingest.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.database.mechanics import audit_entry
from shared.ids import new_id
from shared.vocabulary import RecordKind
from tests.support import rows
from tests.support.services import RunningService

READER = {"sub": "data-officer", "scope": "data-sharing:read data-sharing:check"}
KEEPER = {"sub": "it-department", "scope": "ingest:sources"}
REASON = "机构改革"


async def look(ingest: RunningService) -> dict[str, list[str]]:
    answer = await ingest.get("/v1/duties", **READER)
    assert answer.status_code == 200, answer.text
    return {one["department"]: one["duties"] for one in answer.json()["items"]}


async def change(ingest: RunningService, department: str, *duties: str, **claims: Any) -> Any:
    body = {"department": department, "duties": list(duties), "reason": REASON}
    return await ingest.client.put(
        "/v1/duties", json=body, headers=ingest.headers(**(KEEPER | claims)) | {"Idempotency-Key": new_id()}
    )


async def sign(ingest: RunningService, role: str) -> Any:
    digest = (await ingest.get("/v1/data-sharing?day=2026-11-02", **READER)).json()["digest"]
    return await ingest.post("/v1/data-sharing/2026-11-02/sign-off", {"role": role, "digest": digest}, **READER)


def test_every_kind_of_record_and_every_other_duty_has_a_department() -> None:
    duties = packaged().duties
    assert [duty for duty in Duty if not departments_with(duties, duty)] == []
    assert set(RecordKind) <= {duty.value for duty in Duty}
    assert packaged().source.citation.startswith("常应急〔2022〕19号")


def test_what_was_set_takes_the_place_of_the_packaged_duties_of_a_department() -> None:
    changed = {"办公室": frozenset[Duty](), "新设处": frozenset({Duty.PORTAL_COLUMN})}
    assert departments_with(in_force(changed), Duty.PORTAL_COLUMN) == ("新设处",)
    assert "办公室" not in in_force(changed)


def test_a_post_is_of_the_department_that_it_begins_with() -> None:
    assert department_of("科技处数据管理岗", ["科技处", "科技", "办公室"]) == "科技处"
    assert department_of("数据管理岗", ["科技处"]) is None


async def test_the_table_is_changed_with_a_reason_and_counts_at_once(ingest: RunningService) -> None:
    assert (await look(ingest))["监察支队"] == ["coercion", "inspection", "penalty"]
    assert (await change(ingest, "执法支队", "penalty", "data_sharing")).status_code == 200
    assert (await change(ingest, "监察支队")).status_code == 200
    seen = await look(ingest)
    assert seen["执法支队"] == ["data_sharing", "penalty"]
    assert "监察支队" not in seen
    noted = [entry for entry in await ingest.rows(audit_entry) if entry.action == "duties.set"]
    assert [(entry.actor, entry.subject, entry.reason) for entry in noted] == [
        ("it-department", "执法支队", REASON),
        ("it-department", "监察支队", REASON),
    ]


async def test_the_day_is_signed_by_a_post_of_a_department_that_checks_the_list(ingest: RunningService) -> None:
    refused = await sign(ingest, "政策法规处")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "role")
    assert "科技和信息化处" in refused.json()["errors"][0]["reason"]
    assert (await change(ingest, "政策法规处", "data_sharing")).status_code == 200
    assert (await sign(ingest, "政策法规处 数据管理岗")).status_code == 201


async def test_somebody_always_checks_the_list(ingest: RunningService) -> None:
    refused = await change(ingest, "科技和信息化处", "anomalies")
    assert refused.status_code == 409
    assert "data_sharing" in (await look(ingest))["科技和信息化处"]


@pytest.mark.parametrize(
    "body", [{"duties": ["everything"]}, {"department": " "}, {"reason": " "}, {"department": "\n"}]
)
async def test_a_change_of_a_wrong_form_is_refused(ingest: RunningService, body: dict[str, Any]) -> None:
    whole = {"department": "办公室", "duties": ["support"], "reason": REASON} | body
    headers = ingest.headers(**KEEPER) | {"Idempotency-Key": "1"}
    assert (await ingest.client.put("/v1/duties", json=whole, headers=headers)).status_code == 422


async def test_a_reader_changes_nothing(ingest: RunningService) -> None:
    assert (await change(ingest, "办公室", "support", scope="data-sharing:read")).status_code == 403


async def test_a_silent_source_says_which_departments_answer_for_it(ingest: RunningService) -> None:
    await ingest.post("/v1/batches", {"kind": "penalty", "rows": [rows.penalty(1)]})
    await watch_sources(ingest.database, ingest.clock, CalendarBook(calendar_year), 1)
    [one] = (await ingest.get("/v1/data-sharing/sources", **READER)).json()["items"]
    assert one["departments"] == ["监察支队"]


def test_the_table_is_shown_and_changed_from_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    TABLES.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'ingest.db'}")
    assert "监察支队  coercion, inspection, penalty\n" in run("show")
    assert run("set", "监察支队", "--duty", "penalty", "--reason", REASON) == "Set.\n"
    assert "监察支队  penalty  (set by terminal:" in run("show")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["duties", *arguments])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output

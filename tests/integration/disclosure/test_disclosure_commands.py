"""`creditsync disclosure notices …` and `serious-list …`: what an operator sees and records from a terminal."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from services.disclosure.cli import app as cli
from services.disclosure.handlers import Handlers
from services.disclosure.notices.tables import delivery
from services.disclosure.policy.tables import adoption
from services.disclosure.rules import load_law
from services.disclosure.tables import publication
from tests.integration.disclosure.test_serious_list import opening
from tests.support.packs import agreeing, ordinary
from tests.support.rows import AUTHORITY, PERSON_NAME, PERSON_NUMBER
from tests.support.services import RunningService, running_service
from tests.support.told import admitted, record

KEY = "33" * 32
OFFICER = {"scope": "disclosure:read list:decide", "authorities": [AUTHORITY], "sub": "officer-1"}


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CREDITSYNC_PERSON_KEY", KEY)
    yield tmp_path
    assert os.environ["CREDITSYNC_DATA_DIR"] == str(tmp_path)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments))
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments))
    assert done.exit_code != 0
    return f"{done.exception!r}"


def prepared(data_dir: Path, what: Any) -> Any:
    """Let something happen on the database that the commands will open."""

    async def happen() -> Any:
        url = f"sqlite+aiosqlite:///{data_dir / 'disclosure.db'}"
        async with running_service("disclosure", url, data_dir, OFFICER, person_key=KEY) as service:
            return await what(service)

    return asyncio.run(happen())


def test_a_notice_is_due_until_its_delivery_is_recorded(data_dir: Path) -> None:
    async def arrive(service: RunningService) -> str:
        event = admitted(of=record())
        await service.hear(Handlers(load_law()).records, event)
        return event.record_id

    record_id = prepared(data_dir, arrive)
    assert f"{record_id}  2026-10-30  南通样例化工有限公司" in run("notices", "due")
    assert "信用修复告知书" in run("notices", "show", record_id)
    how = ("--method", "with_decision", "--on", "2026-11-01", "--recipient", PERSON_NAME, "--receipt", "回证1号")
    assert "Noted as" in run("notices", "deliver", record_id, *how)
    assert "0 notices to deliver" in run("notices", "due")
    seen = run("notices", "show", record_id)
    assert "delivered 2026-11-01 with_decision 欧阳*** 回证1号" in seen
    assert PERSON_NAME not in seen
    rows = prepared(data_dir, lambda service: service.rows(delivery))
    assert [row.actor.startswith("terminal:") for row in rows] == [True]


@pytest.mark.parametrize("reason", ["", " ", "\u200b\t"])
def test_without_a_reason_that_can_be_read_nothing_is_put_in_force_or_told_again(data_dir: Path, reason: str) -> None:
    prepared(data_dir, lambda service: service.rows(adoption))
    folder = data_dir / "packs"
    shown = run("policy", "show", "--write", str(folder))
    assert "2026-04-01 – …           ndrc-36-2026  国家发展改革委令第36号" in shown
    assert "2017-05-09 – 2023-09-30  aj-49-2017  安监总办〔2017〕49号" in shown
    assert "mode = most_favourable\n      哪一版规定适用？ 从旧兼从轻" in shown
    assert "start_day = excluded\n      起算日是否计入期间？ 不计入，自次日起算" in shown
    assert "Does the day from which a period is counted count itself? no, it is excluded" in shown
    assert f"files are written to {folder}" in shown
    assert "abnormal_statuses = bankruptcy_announced, deregistered, deregistration_handled" in shown
    lists = folder / "selection.toml"
    lists.write_text(f"{lists.read_text(encoding='utf-8')}# another version\n", encoding="utf-8")
    assert "a reason that can be read" in refused("policy", "adopt", str(folder), "--reason", reason)
    assert "a reason that can be read" in refused("retell", "--reason", reason)
    adopted = prepared(data_dir, lambda service: service.rows(adoption))
    assert {row.origin for row in adopted} <= {"packaged"}
    assert "is in force" in run("policy", "adopt", str(folder), "--reason", "补正")


def test_a_comparison_is_told_in_words_with_the_names_of_the_cities(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def arrive(service: RunningService) -> list[str]:
        events = [admitted(of=record()) for _ in range(25)]
        await service.hear(Handlers(load_law()).records, *events)
        return sorted(event.record_id for event in events)

    record_ids = prepared(data_dir, arrive)
    folder = data_dir / "packs"
    folder.mkdir()
    for name, content in agreeing(ordinary("P6M")).items():
        (folder / name).write_text(content, encoding="utf-8")
    clock = data_dir / "clock"
    moved = datetime(2026, 11, 2, tzinfo=UTC) - datetime.now(UTC)
    clock.write_text(str(int(moved.total_seconds())), encoding="utf-8")
    monkeypatch.setenv("CREDITSYNC_CLOCK_FILE", str(clock))
    seen = run("policy", "compare", str(folder), "--csv", str(data_dir / "changes.csv"))
    assert seen.index("  320600 南通市: 25 would end earlier\n") < seen.index(record_ids[0])
    rows = [line for line in seen.splitlines() if line.startswith(f"  {record_ids[0]}")]
    days = "  2027-10-30 → 2027-04-30" * 3
    assert rows == [f"  {record_ids[0]}  南通市  {days}  would end earlier"]
    assert sum(one in seen for one in record_ids) == 20
    assert "… and 5 more; all of them with --full" in seen
    table = (data_dir / "changes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert (len(table), table[0].split(",")[0]) == (76, "record_id")
    assert "law_read" not in seen  # what a process logs is no part of the result
    whole = run("policy", "compare", str(folder), "--full")
    assert all(one in whole for one in record_ids) and "more;" not in whole


def test_a_form_is_written_with_a_line_that_says_what_it_counts(data_dir: Path) -> None:
    prepared(data_dir, lambda service: service.rows(delivery))
    said = run("form", "A", "--month", "2026-09", "--unit", "320600", "--out", str(data_dir / "a.xlsx"))
    assert "form A of 南通市, 2026-08-21 – 2026-09-20" in said
    assert "0 newly shown, 0 left, 0 left since the year began" in said
    assert (data_dir / "a.xlsx").read_bytes().startswith(b"PK")


def test_what_cannot_be_recorded_is_refused_with_a_sentence(data_dir: Path) -> None:
    prepared(data_dir, lambda service: service.rows(delivery))
    how = ("--on", "2026-11-01", "--recipient", "x", "--receipt", "y")
    assert "no method pigeon" in refused("notices", "deliver", "0" * 32, "--method", "pigeon", *how)
    assert "no such record" in refused("notices", "deliver", "0" * 32, "--method", "post", *how)
    assert "no such entry" in refused("serious-list", "show", "0" * 32)
    assert "There is no state lost" in refused("serious-list", "list", "--state", "lost")


def test_a_task_for_enforcement_is_stated_listed_and_closed_from_a_terminal(data_dir: Path) -> None:
    async def arrive(service: RunningService) -> str:
        event = admitted(of=record())
        await service.hear(Handlers(load_law()).records, event)
        async with service.work() as work:
            everything = {"state": "offline", "reason": "window_expired"}
            await work.connection.execute(update(publication).values(**everything))
        return event.record_id

    record_id = prepared(data_dir, arrive)
    said = ("--on", "2026-11-02", "--reason", "催告后未缴纳")
    assert f"{record_id} stands as open" in run("enforcement", "state", record_id, "--statement", "unperformed", *said)
    listed = run("enforcement", "list", "--region", "320600")
    assert record_id in listed and "1 tasks are open" in listed
    assert "0 shown" in run("enforcement", "list", "--region", "320700")
    assert "lost is none of performed, unperformed, open, closed" in refused(
        "enforcement", "list", "--standing", "lost"
    )
    assert "Only the withdrawal" in refused("enforcement", "close", record_id, "--outcome", "withdrawn", *said)
    assert "closed: terminated" in run("enforcement", "close", record_id, "--outcome", "terminated", *said)
    seen = run("enforcement", "show", record_id)
    assert "closed (terminated)  terminal:" in seen and "opened  system:disclosure.enforcement" in seen
    assert "no such record" in refused("enforcement", "state", "0" * 32, "--statement", "performed", *said)
    assert "Nobody has stated" in refused("enforcement", "show", "0" * 32)


def test_the_serious_list_is_shown_with_its_steps_and_deadlines(data_dir: Path) -> None:
    async def decide(service: RunningService) -> str:
        entry = (await service.post("/v1/serious-list", opening())).json()
        for action, more in (("hear", {}), ("decide", {"document_number": "（通）应急名单〔2026〕1号"})):
            body = {"action": action, "version": entry["version"], "reason": "依法", **more}
            entry = (await service.post(f"/v1/serious-list/{entry['entry_id']}/steps", body)).json()
        return str(entry["entry_id"])

    entry_id = prepared(data_dir, decide)
    assert entry_id in run("serious-list", "list", "--state", "decided")
    assert "0 entries" in run("serious-list", "list", "--state", "listed")
    due = run("serious-list", "due")
    assert "list_record" in due
    assert "list_publication" in due
    assert "LATE" in due  # the terminal's day lies more than three working days after the decision
    seen = run("serious-list", "show", entry_id)
    assert "officer-1: 依法" in seen
    assert "principal: 欧阳***" in seen
    assert PERSON_NUMBER not in seen + due


def test_after_an_upgrade_all_that_stands_is_told_once_more(data_dir: Path) -> None:
    async def arrive(service: RunningService) -> str:
        event = admitted(of=record())
        await service.hear(Handlers(load_law()).records, event)
        await service.post("/v1/serious-list", opening())
        await service.take_told()
        return event.record_id

    record_id = prepared(data_dir, arrive)
    said = run("retell", "--reason", "升级后补告")
    assert f"records up to {record_id}" in said
    assert "1 records told once more" in said
    assert "1 entries told once more" in said
    events = prepared(data_dir, lambda service: service.take_told())
    assert {one.TYPE for one in events} == {"publication.retold", "list_entry.changed"}
    prepared(data_dir, lambda service: service.take_told())
    assert "0 records told once more" in run("retell", "--reason", "续做", "--after", record_id)

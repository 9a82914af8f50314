"""The commands for the texts as they were sent: masked unless a reason is given, and each look is kept."""

import asyncio
import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from services.cli import app
from services.ingest.admit import admit, judge_rows
from services.ingest.app import TABLES
from services.ingest.day import DayBook
from services.ingest.known import find_known
from services.ingest.originals.masking import masked
from services.ingest.settings import IngestSettings
from services.ingest.submission import Submission
from shared.clock import legal_date
from shared.database.engine import Database
from shared.database.mechanics import audit_entry
from shared.messaging.unit_of_work import unit_of_work
from shared.sealing import Sealer
from shared.vocabulary import RecordKind
from tests.support import rows

PAST = {"CF_JDRQ": "2025-10-30", "CF_YXQ": "2026-10-30"}
WRITTEN = {"CF_XDR_MC": " 欧阳 样例甲", "CF_XDR_ZJHM": f"{rows.PERSON_NUMBER} ", "BZ": "\u200b见欧阳样例甲的陈述"}


@pytest.fixture
def record_id(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A natural person's record that came in another writing than the record's own."""
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CREDITSYNC_DATABASE_URL", database_url)
    TABLES.upgrade(url(tmp_path))
    return asyncio.run(admitted(tmp_path, rows.person_penalty(1, **PAST, **WRITTEN)))


def url(data_dir: Path) -> str:
    return IngestSettings(data_dir=data_dir).database_for("ingest")


async def admitted(data_dir: Path, row: rows.Row) -> str:
    """Taken in with the keys that the commands find."""
    settings = IngestSettings(data_dir=data_dir)
    sealer, clock, database = Sealer(*settings.person_keys()), settings.clock(), Database(url(data_dir), "ingest")
    submission = Submission("enforcement-system", RecordKind.PENALTY, [row], None)
    try:
        async with unit_of_work(database, clock) as work:
            known = await find_known(work.connection, submission, sealer)
            judged = judge_rows(submission, known, DayBook().of(legal_date(work.now)), sealer)
            receipt = await admit(work, submission, judged, sealer)
    finally:
        await database.close()
    [verdict] = receipt.verdicts
    assert verdict.record_id
    return verdict.record_id


async def looks(data_dir: Path) -> list[tuple[str, str | None]]:
    """Who looked, and why."""
    database = Database(url(data_dir), "ingest")
    try:
        async with database.reading() as connection:
            found = (await connection.execute(select(audit_entry).order_by(audit_entry.c.entry_id))).all()
    finally:
        await database.close()
    return [(one.actor.partition(":")[0], one.reason) for one in found if one.action == "original.opened"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["originals", *arguments])


def test_texts_as_sent_are_shown_masked_unless_a_reason_is_given_and_each_look_is_kept(
    record_id: str, tmp_path: Path
) -> None:
    shown = run("show", record_id)
    assert shown.exit_code == 0, shown.output
    assert "CF_XDR_MC" in shown.output
    for secret in ("样例甲", rows.PERSON_NUMBER, rows.PERSON_NUMBER[6:14]):
        assert secret not in shown.output
    whole = run("show", record_id, "--unmasked", "--reason", "信访核查")
    assert json.dumps(WRITTEN["CF_XDR_MC"], ensure_ascii=False) in whole.output
    assert WRITTEN["CF_XDR_ZJHM"] in whole.output
    assert asyncio.run(looks(tmp_path)) == [("terminal", None), ("terminal", "信访核查")]


def test_saved_texts_are_masked_too_and_their_file_is_for_its_owner_alone(record_id: str, tmp_path: Path) -> None:
    file = tmp_path / "originals.json"
    assert run("save", record_id, str(file)).exit_code == 0
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert (saved["record_id"], saved["masked"]) == (record_id, True)
    assert [one["cells"].keys() for one in saved["originals"]] == [WRITTEN.keys()]
    assert "样例甲" not in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run("save", record_id, str(file))
    assert again.exit_code == 2
    assert "exists already" in again.output
    other = tmp_path / "whole.json"
    assert run("save", record_id, str(other), "--unmasked", "--reason", "信访核查").exit_code == 0
    assert [one["cells"] for one in json.loads(other.read_text(encoding="utf-8"))["originals"]] == [WRITTEN]


@pytest.mark.parametrize("reason", [(), ("--reason", " ")])
def test_nothing_is_shown_unmasked_without_a_reason(record_id: str, tmp_path: Path, reason: tuple[str, ...]) -> None:
    refused = run("show", record_id, "--unmasked", *reason)
    assert (refused.exit_code, "--reason" in refused.output) == (2, True)
    assert asyncio.run(looks(tmp_path)) == []


def test_a_record_that_does_not_exist_is_a_sentence(record_id: str) -> None:
    refused = run("show", "0" * len(record_id))
    assert refused.exit_code == 1
    assert "There is no record" in repr(refused.exception)


def test_of_an_organisation_the_texts_are_seen_and_persons_in_them_are_not() -> None:
    cells = {
        "CF_XDR_MC": " 南通样例化工",
        "CF_FR": "样 例乙",
        "CF_SY": f"电话 13800000000，{rows.PERSON_NUMBER}",
        "承办人": "甲",
    }
    assert masked(RecordKind.PENALTY, False, cells) == {
        "CF_XDR_MC": " 南通样例化工",
        "CF_FR": "样**",
        "CF_SY": "电话 138****0000，3299************13",
        "承办人": "甲",
    }

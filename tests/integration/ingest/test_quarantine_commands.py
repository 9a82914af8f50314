"""The commands of the quarantine, as an operator runs them."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from services.cli import app
from services.ingest.admit import admit, judge_rows
from services.ingest.app import TABLES
from services.ingest.data_sharing.tables import data_share
from services.ingest.day import DayBook
from services.ingest.known import find_known
from services.ingest.settings import IngestSettings
from services.ingest.submission import Submission
from shared.clock import legal_date
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.sealing import Sealer
from shared.vocabulary import RecordKind
from tests.support import rows


def test_rows_are_listed_shown_resubmitted_released_and_discarded_from_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    url = f"sqlite+aiosqlite:///{tmp_path / 'ingest.db'}"
    TABLES.upgrade(url)
    dotted = {"CF_JDRQ": "2025.10.30", "CF_YXQ": "2026.10.30"}
    past = {"CF_JDRQ": "2025-10-30", "CF_YXQ": "2026-10-30"}
    asyncio.run(send(url, tmp_path, rows.penalty(1, **past, CF_NR_FK=""), *(rows.penalty(n, **dotted) for n in (2, 3))))
    listed = run("quarantine", "list")
    first, *_ = listed.splitlines()
    assert "waiting: V07 1, V11 2" in listed
    assert "V07" in first
    quarantine_id = first.split()[0]
    for order in (
        ("discard", quarantine_id),
        ("resubmit", quarantine_id, "--set", "CF_NR_FK=6"),
        ("release", "dates", "--do"),
    ):
        blank = CliRunner().invoke(app, ["quarantine", *order, "--reason", " "])
        assert "a reason that can be read" in repr(blank.exception)
    assert "waiting: V07 1, V11 2" in run("quarantine", "list")
    shown = run("quarantine", "show", quarantine_id)
    assert "CF_WSH = （苏通）应急罚〔2026〕1号" in shown
    assert "V07 quarantine 罚款金额(万元) CF_NR_FK: 处以罚款的，须填写罚款金额（万元）。\n    A fine" in shown
    done = run("quarantine", "resubmit", quarantine_id, "--set", "CF_NR_FK=6", "--reason", "来函更正")
    assert done.startswith("admitted")
    assert "2 of 2 rows would pass" in run("quarantine", "release", "dates", "--code", "V11", "--reason", "导出格式")
    assert "2 of 2 rows passed" in run(
        "quarantine", "release", "dates", "--code", "V11", "--reason", "导出格式", "--do"
    )
    assert "waiting: nothing" in run("quarantine", "list")
    assert asyncio.run(shared(url)) == [(1, 1, 0), (2, 2, 0), (3, 0, 3)], "each corrected row was received once more"
    refused = CliRunner().invoke(app, ["quarantine", "discard", quarantine_id, "--reason", "x"])
    assert refused.exit_code == 1
    assert "corrected already" in repr(refused.exception)


async def send(url: str, data_dir: Path, *sent: rows.Row) -> None:
    """Hand rows in as the HTTP side would, with the keys that the commands find."""
    settings = IngestSettings(data_dir=data_dir)
    sealer, clock, database = Sealer(*settings.person_keys()), settings.clock(), Database(url, "ingest")
    submission = Submission("enforcement-system", RecordKind.PENALTY, sent, None)
    try:
        async with unit_of_work(database, clock) as work:
            known = await find_known(work.connection, submission, sealer)
            judged = judge_rows(submission, known, DayBook().of(legal_date(work.now)), sealer)
            await admit(work, submission, judged, sealer)
    finally:
        await database.close()


async def shared(url: str) -> list[tuple[int, int, int]]:
    """Received, admitted and quarantined of each batch of the data-sharing list."""
    database = Database(url, "ingest")
    try:
        async with database.reading() as connection:
            rows = (await connection.execute(select(data_share))).all()
    finally:
        await database.close()
    return sorted((row.received, row.admitted, row.quarantined) for row in rows)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output

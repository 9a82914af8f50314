"""Cases of before the procedure had its tables go on: what was open stays open, what was approved closes."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from services.repair import handlers
from services.repair.app import TABLES
from services.repair.applications.tables import application, application_clock, application_record
from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.ids import new_id
from shared.vocabulary import Audience, Portal
from tests.support import told
from tests.support.rows import AUTHORITY
from tests.support.services import RunningService, running_service

FILED_AT = datetime(2026, 11, 1, 17, 0, tzinfo=UTC)  # 01:00 of the 2nd in Shanghai


def old_tables(url: str, folder: Path) -> None:
    """The tables as they were before the procedure."""
    for file in TABLES.versions.glob("000[123]_*.py"):
        shutil.copy(file, folder)
    upgrade(url, "repair", folder, TABLES.metadata)


async def insert(url: str, rows: Sequence[dict[str, Any]]) -> None:
    database = Database(url, "repair")
    statement = text(
        "INSERT INTO application (application_id, record_id, authority_code, state, filed_by, filed_at, decided_at, "
        "due_at, due_deadline, due_from, due_provisional) VALUES (:application_id, :record_id, :authority_code, "
        ":state, :filed_by, :filed_at, :decided_at, :due_at, :due_deadline, :due_from, false)"
    )
    try:
        async with database.writing() as connection:
            await connection.execute(statement, list(rows))
    finally:
        await database.close()


def row(record_id: str, state: str, deadline: str | None, dialect: str) -> dict[str, Any]:
    at: Any = FILED_AT if dialect == "postgresql" else FILED_AT.replace(tzinfo=None).isoformat(" ")
    day: Any = date(2026, 11, 2) if dialect == "postgresql" else "2026-11-02"
    return {
        "application_id": new_id(),
        "record_id": record_id,
        "authority_code": AUTHORITY,
        "state": state,
        "filed_by": "clerk",
        "filed_at": at,
        "decided_at": None if state == "submitted" else at,
        "due_at": at if deadline else None,
        "due_deadline": deadline,
        "due_from": day if deadline else None,
    }


async def states(repair: RunningService) -> dict[str, str]:
    return {one.application_id: one.state for one in await repair.rows(application)}


async def test_cases_of_before_keep_their_records_and_clocks_and_close_on_observed_absence(
    database_url: str, tmp_path: Path
) -> None:
    dialect, folder = database_url.partition("+")[0], tmp_path / "versions"
    folder.mkdir()
    await asyncio.to_thread(old_tables, database_url, folder)
    waiting, going, refused = (
        row(new_id(), state, deadline, dialect)
        for state, deadline in (("submitted", "repair_result"), ("approved", "repair"), ("refused", None))
    )
    await insert(database_url, [waiting, going, refused])
    token = {"scope": "repair:write repair:read", "sub": "clerk", "authorities": [AUTHORITY]}
    async with running_service("repair", database_url, tmp_path, token) as repair:
        is_open = {one.record_id: one.is_open for one in await repair.rows(application_record)}
        wanted = {waiting["record_id"]: True, going["record_id"]: True, refused["record_id"]: False}
        assert is_open == wanted
        clocks = {one.application_id: one.clock for one in await repair.rows(application_clock)}
        assert clocks == {waiting["application_id"]: "repair_result", going["application_id"]: "repair"}
        assert {one.filed_on for one in await repair.rows(application)} == {date(2026, 11, 2)}
        gone = going["record_id"]
        await repair.hear(handlers.publications, *(told.offline(gone, audience) for audience in Audience))
        await repair.hear(handlers.observations, *(told.absent(gone, portal) for portal in Portal))
        found = await states(repair)
        assert (found[going["application_id"]], found[waiting["application_id"]]) == ("closed", "submitted")

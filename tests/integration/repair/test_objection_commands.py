"""The commands for objections and reminders, as an operator runs them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.repair import handlers
from services.repair.app import TABLES
from services.repair.reminders.deliver import Postman, deliver_waiting
from services.repair.reminders.domain.notice import Channel, Notice
from services.repair.settings import RepairSettings
from shared.contracts.events import RepairBecamePossible
from shared.database.engine import Database
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.sealing import Sealer
from shared.vocabulary import Audience
from tests.support import told
from tests.support.rows import AUTHORITY, COMPANY
from tests.support.services import envelope


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["repair", *arguments])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    url = f"sqlite+aiosqlite:///{tmp_path / 'repair.db'}"
    TABLES.upgrade(url)
    return url


def write(url: str, do: Callable[[UnitOfWork], Awaitable[None]]) -> None:
    async def main() -> None:
        opened = Database(url, "repair")
        try:
            async with unit_of_work(opened, RepairSettings().clock()) as work:
                await do(work)
        finally:
            await opened.close()

    asyncio.run(main())


def test_a_letter_is_taken_in_listed_and_shown_from_a_terminal(database: str) -> None:
    record_id = new_id()
    online = envelope(told.online(record_id, Audience.OWN_COLUMN))
    write(database, lambda work: handlers.publications(work, [online]))
    words = ("--about", "data", "--statement", "金额有误", "--contact", "来函")
    filed = run("objections", "file", record_id, *words)
    objection_id = filed.split()[0]
    assert "record marked; answer by" in filed
    assert objection_id in run("objections", "list")
    assert "1 objections to answer" in run("objections", "due", "--days", "30")
    assert "file" in run("objections", "show", objection_id)
    assert "0 objections" in run("objections", "list", "--state", "closed")
    for arguments in (["list", "--state", "nowhere"], ["file", record_id, "--about", "x", *words[2:]]):
        assert CliRunner().invoke(app, ["repair", "objections", *arguments]).exit_code == 1


class Refusing:
    """A channel that never takes anything."""

    async def send(self, notice: Notice, key: str, address: str, secret: bytes) -> None:
        raise RuntimeError("a fault")


def test_failed_reminders_are_listed_and_tried_again_from_a_terminal(database: str) -> None:
    possible = RepairBecamePossible(
        record_id=new_id(), authority_code=AUTHORITY, uscc=COMPANY, subject="南通样例化工有限公司",
        document_number="（苏通）应急罚〔2026〕1号", repair_from_on=date(2026, 11, 2), title="信用修复提醒",
        paragraphs=("一",),
    )  # fmt: skip
    write(database, lambda work: handlers.reminders(work, [envelope(possible)]))

    async def deliver() -> None:
        opened = Database(database, "repair")
        try:
            await deliver_waiting(
                Postman(opened, RepairSettings().clock(), Sealer(b"k" * 32), {Channel.FILE: Refusing()})
            )
        finally:
            await opened.close()

    asyncio.run(deliver())
    assert "file outbox  1 attempts  the channel failed: RuntimeError" in run("reminders", "list", "--state", "waiting")
    assert "0 deliveries" in run("reminders", "list")
    assert "0 deliveries wait again" in run("reminders", "retry", "--reason", "已修复")
    assert "0 contacts" in run("reminders", "contacts")

"""The commands for applications, as the people of a bureau run them, each with an account of the machine."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.repair import handlers
from services.repair.app import TABLES
from services.repair.settings import RepairSettings
from shared.database.engine import Database
from shared.errors import Problem
from shared.ids import new_id
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Audience, Severity
from tests.support import papers, told
from tests.support.services import envelope


@pytest.fixture
def record_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A record that may be repaired, in the database that the commands find."""
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "clerk")
    url, shown = f"sqlite+aiosqlite:///{tmp_path / 'repair.db'}", new_id()
    TABLES.upgrade(url)
    values = {"repair_from_on": date(2026, 1, 1), "severity": Severity.ORDINARY}
    events = [envelope(told.online(shown, audience, **values)) for audience in Audience]

    async def fill() -> None:
        database = Database(url, "repair")
        try:
            async with unit_of_work(database, RepairSettings().clock()) as work:
                await handlers.publications(work, events)
        finally:
            await database.close()

    asyncio.run(fill())
    return shown


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["repair", *arguments])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


def refused(*arguments: str) -> Problem:
    done = CliRunner().invoke(app, ["repair", *arguments])
    assert isinstance(done.exception, Problem), done.output + repr(done.exception)
    return done.exception


def test_a_case_goes_from_filing_to_service_in_the_hands_of_four_accounts(
    record_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("file", record_id, "--reason", "企业来函")
    application_id = said.split()[0]
    why = ("--reason", "材料齐全")
    assert "履行义务证明" in refused("accept", application_id, *why).detail
    paper = tmp_path / "paper"
    for kind in ("performance_proof", "commitment"):
        paper.write_bytes(papers.pdf(kind))
        run("upload", application_id, str(paper), "--kind", kind)
    assert "accepted" in run("accept", application_id, *why)
    assert "repair_decision" in run("due")
    monkeypatch.setenv("LOGNAME", "first")
    run("review", application_id, *why)
    assert refused("review", application_id, "--second", *why).kind.slug == "second-person-needed"
    monkeypatch.setenv("LOGNAME", "second")
    run("review", application_id, "--second", *why)
    monkeypatch.setenv("LOGNAME", "chief")
    assert "approved" in run("decide", application_id, "--approve", *why)
    run("serve", application_id, *why, "--way", "by_post")
    shown = run("show", application_id)
    assert "terminal:second" in shown
    assert "credit_china: not seen yet" in shown
    assert "may follow: revoke" in shown
    assert application_id in run("list", "--state", "approved")
    assert "revoked" in run("revoke", application_id, "--reason", "材料虚假")
    assert "0 limits run" in run("due")
    assert "revoked" in run("serve", application_id, "--reason", "送达撤销决定", "--way", "by_post")


def test_a_supplement_a_withdrawal_and_a_declined_case_from_a_terminal(record_id: str) -> None:
    why = ("--reason", "缺缴款凭证")
    first = run("file", record_id, *why).split()[0]
    assert "supplementing" in run("request-supplement", first, *why)
    assert "stands still" in run("show", first)
    assert "submitted" in run("supplement", first, *why)
    assert "withdrawn" in run("withdraw", first, *why)
    second = run("file", record_id, *why).split()[0]
    assert "declined" in run("decline", second, *why)
    assert "2 applications" in run("list")


def test_bad_words_at_the_terminal_are_refused_with_a_sentence(record_id: str) -> None:
    assert "There is no state perhaps" in refused("list", "--state", "perhaps").detail
    assert "reason" in refused("file", record_id, "--reason", " ").detail
    assert "There is no application" in refused("show", new_id()).detail
    application_id = run("file", record_id, "--reason", "来函").split()[0]
    assert "There is no way" in refused("serve", application_id, "--reason", "x", "--way", "pigeon").detail
    assert refused("review", application_id, "--reason", "x").kind.slug == "wrong-state"


def test_the_figures_are_said_and_written_to_a_file(record_id: str, tmp_path: Path) -> None:
    run("file", record_id, "--reason", "来函")
    said = run("figures", "--by", "region")
    assert "320600  南通市  filed 1  judged 0  passed 0" in said
    assert "repair_acceptance" in said
    file = tmp_path / "figures.xlsx"
    assert str(file) in run("figures", "--out", str(file))
    assert file.read_bytes().startswith(b"PK")
    assert "There is no grouping" in refused("figures", "--by", "weather").detail
    assert "division code" in refused("figures", "--region", "Nantong").detail
    assert "after its end" in refused("figures", "--since", "2026-11-02", "--until", "2026-11-01").detail

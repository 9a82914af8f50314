"""`creditsync reconcile` against a served sync, with tokens of an identity provider that is not the local one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from services.local import reconcile
from services.local.operator_calls import CallRefused
from services.local.ports import LOOPBACK, free_ports
from services.sync.app import create_app
from services.sync.reconciliation.mend_approved import mend_approved
from services.sync.settings import SyncSettings
from services.sync.timers import reconcile_requested
from tests.support.sync_house import CHINA, SyncHouse, record
from tests.support.web import TestIssuer, served

T = TypeVar("T")


@dataclass(frozen=True)
class Office:
    """A served sync, and a door of it for each of two people."""

    house: SyncHouse
    operator: reconcile.Door
    approver: reconcile.Door

    async def do(self, command: Callable[..., T], *given: Any, **named: Any) -> T:
        """A command as it runs in a process of its own, while the workers of the house carry out what is asked for."""
        running = asyncio.ensure_future(asyncio.to_thread(command, *given, **named))
        while not running.done():
            await reconcile_requested(self.house.ground, self.house.china, self.house.limit)
            await asyncio.wait([running], timeout=0.05)
        return running.result()


@pytest.fixture
async def office(house: SyncHouse, tmp_path: Path) -> AsyncIterator[Office]:
    issuer, port = TestIssuer(), free_ports(1)[0]
    app = create_app(SyncSettings(data_dir=tmp_path, jwks="http://127.0.0.1:9/jwks.json"), house.database)
    app.state.verifier = issuer.verifier()
    operator, approver = (
        reconcile.Door(f"http://{LOOPBACK}:{port}", issuer.token(scope=f"sync:read {scope}", sub=who, client_id=who))
        for who, scope in (("operator", "sync:operate"), ("approver", "sync:operate sync:approve"))
    )
    async with served((app, port)):
        yield Office(house, operator, approver)


async def test_a_run_is_asked_for_shown_and_mended_by_two_people_from_the_terminal(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.house.publish(*range(40))
    for number in range(25):
        office.house.china.lose(record(number))
    assert await office.do(reconcile.run_reconcile, office.operator, [CHINA], mode="mend") == 1
    shown = capsys.readouterr().out
    run_id = shown.split()[0]
    assert f"{run_id}  {CHINA}  awaiting_approval" in shown
    assert "15 listed, 25 differences" in shown
    with pytest.raises(CallRefused, match="No mending of this run is proposed"):
        await office.do(reconcile.decide, office.approver, run_id, "approve", "同意")
    await office.do(reconcile.decide, office.operator, run_id, "propose", "备份恢复")
    with pytest.raises(CallRefused, match="sync answered 4"):
        await office.do(reconcile.decide, office.operator, run_id, "approve", "同意")
    await office.do(reconcile.decide, office.approver, run_id, "approve", "同意")
    assert "approved, proposed by operator, decided by approver" in capsys.readouterr().out
    while await mend_approved(office.house.database, office.house.clock, office.house.fakes):
        pass
    await office.do(reconcile.show_run, office.operator, run_id, 50)
    shown = capsys.readouterr().out
    assert shown.count("missing  ") == 25
    assert shown.count("seen absent; ordered again") == 25
    assert "25 ordered again, 0 had vanished" in shown
    await office.do(reconcile.list_runs, office.operator)
    assert run_id in capsys.readouterr().out


async def test_a_plan_orders_nothing_and_a_clean_run_ends_well(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.house.publish(1, 2, 3)
    office.house.china.lose(record(1))
    assert await office.do(reconcile.run_reconcile, office.operator, [CHINA], mode="plan") == 0
    assert f"{CHINA}  planned" in capsys.readouterr().out
    assert await office.do(reconcile.run_reconcile, office.operator, [CHINA], mode="mend", kind="penalty") == 0
    assert "kind penalty, 2 listed, 1 differences" in capsys.readouterr().out


async def test_a_report_is_saved_in_the_form_of_its_ending(office: Office, tmp_path: Path) -> None:
    run_id = str((await office.house.reconcile()).run_id)
    for ending, beginning in (("html", b"<!doctype html>"), ("xlsx", b"PK"), ("json", b"{")):
        file = tmp_path / f"report.{ending}"
        await office.do(reconcile.save_report, office.operator, run_id, file, "zh")
        assert file.read_bytes().startswith(beginning)
    assert json.loads((tmp_path / "report.json").read_bytes())["run"]["run_id"] == run_id
    with pytest.raises(CallRefused, match="form: "):
        await office.do(reconcile.save_report, office.operator, run_id, tmp_path / "report.pdf", "zh")
    assert not (tmp_path / "report.pdf").exists()


async def test_a_caller_whom_nobody_knows_is_told_so_in_a_sentence(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    with pytest.raises(CallRefused, match="sync answered 401: The token is refused"):
        await office.do(reconcile.list_runs, replace(office.operator, token="none"))
    with pytest.raises(CallRefused, match="knows no client nobody"):
        await office.do(reconcile.list_runs, replace(office.operator, token=None, client="nobody"))

"""`creditsync repair eligibility|materials|upload|…`: what an operator sees and does from a terminal."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.repair import handlers
from services.repair.cli import app as cli
from services.repair.commitments.breach import BreachWatch
from shared.ids import new_id
from shared.vocabulary import Audience
from tests.support import papers, told
from tests.support.paper_desk import OWN, applied, handed_in
from tests.support.repair_desk import PATH
from tests.support.rows import AUTHORITY
from tests.support.services import RunningService, running_service

KEY = "33" * 32
CLERK = {"scope": "repair:write repair:handle repair:read", "authorities": [AUTHORITY], "sub": "clerk"}
LONG_AGO, NEVER = date(2020, 1, 1), None


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CREDITSYNC_PERSON_KEY", KEY)
    return tmp_path


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
        url = f"sqlite+aiosqlite:///{data_dir / 'repair.db'}"
        async with running_service("repair", url, data_dir, CLERK, person_key=KEY) as service:
            return await what(service)

    return asyncio.run(happen())


async def shown(service: RunningService, day: date | None) -> str:
    record_id = new_id()
    await service.hear(handlers.publications, told.online(record_id, Audience.CREDIT_SITES, repair_from_on=day))
    return record_id


def test_eligibility_is_told_with_its_reasons(data_dir: Path) -> None:
    async def arrive(service: RunningService) -> list[str]:
        return [await shown(service, day) for day in (LONG_AGO, NEVER)]

    possible, never = prepared(data_dir, arrive)
    seen = run("eligibility", possible, never, "f" * 32)
    assert f"{possible}  yes, since 2020-01-01" in seen
    assert f"{never}  no, and from no day\n  never [credit_sites]" in seen
    assert f"{'f' * 32}  no, and from no day\n  unknown" in seen


def test_a_paper_is_handed_in_and_seen(data_dir: Path, tmp_path: Path) -> None:
    async def arrive(service: RunningService) -> str:
        application_id = await applied(service, [await shown(service, LONG_AGO)])
        await handed_in(service, application_id, "commitment", papers.png())
        return application_id

    application_id = prepared(data_dir, arrive)
    before = run("materials", application_id)
    assert "png" in before
    assert "missing: 履行义务证明 (curable)" in before
    file = tmp_path / "whatever.exe"
    file.write_bytes(papers.pdf())
    assert "  pdf  " in run("upload", application_id, str(file), "--kind", "performance_proof")
    assert "missing" not in run("materials", application_id)
    assert "handed in as 履行义务证明 before" in refused(
        "upload", application_id, str(file), "--kind", "performance_proof"
    )
    assert "There is no paper photo" in refused("upload", application_id, str(file), "--kind", "photo")
    file.write_bytes(b"MZ")
    assert "neither PDF nor JPEG" in refused("upload", application_id, str(file), "--kind", "other")
    assert "2 files are looked at" in run("rescan")


def test_broken_commitments_are_listed_with_what_follows(data_dir: Path) -> None:
    async def arrive(service: RunningService) -> str:
        application_id = await applied(service, [await shown(service, LONG_AGO)])
        promised = {
            "kinds": ["performance_proof"],
            "statement": "按时补交。",
            "signed_by": "样例乙",
            "signed_on": "2026-11-02",
        }
        assert (await service.post(f"{PATH}/{application_id}/commitments", promised, **OWN)).status_code == 201
        service.clock.advance(timedelta(days=30))
        assert await BreachWatch(service.database, service.clock).run() == 1
        return application_id

    application_id = prepared(data_dir, arrive)
    seen = run("commitments")
    assert application_id in seen
    assert "提请撤销" in seen
    assert "样例乙" not in seen
    assert "0 commitments" in run("commitments", "--state", "open")
    assert "promised: 履行义务证明  breached" in run("materials", application_id)
    assert "There is no state lost" in refused("commitments", "--state", "lost")

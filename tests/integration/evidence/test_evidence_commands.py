"""The audit log and certificates from the terminal, on logs of a house on disk."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from services import house
from services.cli import app
from services.sync.certificates.domain.statement import KIND
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.database.mechanics import audit_entry
from shared.errors import StartRefused
from shared.evidence.documents import sign
from shared.evidence.key_file import signing_keys_at
from shared.evidence.link import link_entries
from shared.evidence.seal import Sealer
from shared.messaging.unit_of_work import unit_of_work
from tests.support.audit_log import act, new_keys

KILLED = """
import asyncio, os, signal, sys
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from tests.support.audit_log import act

async def main():
    database = Database(sys.argv[1], "repair")
    for number in range(5):
        async with unit_of_work(database, SystemClock()) as work:
            work.audit(act(number))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith("CREDITSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    house.SERVICES["repair"].tables.upgrade(url_of(tmp_path))
    yield tmp_path


def url_of(data_dir: Path) -> str:
    return f"sqlite+aiosqlite:///{data_dir}/repair.db"


async def written(data_dir: Path, *numbers: int) -> None:
    database = Database(url_of(data_dir), "repair")
    for number in numbers:
        async with unit_of_work(database, SystemClock()) as work:
            work.audit(act(number))
    await link_entries(database, SystemClock())
    settings = house.SERVICES["repair"].load({})
    await Sealer(database, house.seals_of(settings)).seal()
    await database.close()


async def altered(data_dir: Path) -> None:
    database = Database(url_of(data_dir), "repair")
    async with database.writing() as connection:
        await connection.execute(update(audit_entry).where(audit_entry.c.seq == 2).values(actor="nobody"))
    await database.close()


def test_verify_says_how_much_holds_and_names_the_first_link_that_does_not(data_dir: Path) -> None:
    terminal = CliRunner()
    asyncio.run(written(data_dir, 1, 2, 3))
    good = terminal.invoke(app, ["audit", "verify", "repair"])
    assert (good.exit_code, "repair: holds. 3 entries, 1 signed heads." in good.output) == (0, True)
    asyncio.run(altered(data_dir))
    bad = terminal.invoke(app, ["audit", "verify", "repair"])
    assert bad.exit_code == 1
    assert "repair: BROKEN. Entry 2 " in bad.output
    assert "was altered" in bad.output


def test_entries_of_a_process_that_was_killed_before_they_were_linked_are_linked_by_the_next(data_dir: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, url_of(data_dir)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    asyncio.run(written(data_dir))
    told = CliRunner().invoke(app, ["audit", "verify", "repair"])
    assert "repair: holds. 5 entries" in told.output


def test_a_new_key_signs_and_the_older_one_is_still_trusted(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    terminal = CliRunner()
    assert terminal.invoke(app, ["audit", "new-key", str(file)]).exit_code == 0
    first = signing_keys_at(file)
    assert terminal.invoke(app, ["audit", "new-key", str(file)]).exit_code == 0
    second = signing_keys_at(file)
    assert first.key_id != second.key_id
    assert first.key_id in second.public


def test_a_certificate_is_checked_offline_and_a_changed_one_is_refused_with_a_sentence(tmp_path: Path) -> None:
    keys, terminal = new_keys(), CliRunner()
    said = {
        "type": KIND,
        "certificate_id": "1" * 32,
        "check_url": "https://check.example/certificates/1",
        "issued_at": "2026-11-22T00:00:00.000000Z",
        "record_id": "2" * 32,
        "document_number": "（苏通）应急罚〔2026〕1号",
        "subject": {"name": "南通******有限公司", "uscc": None},
        "grounds": ["window_expired"],
        "portals": [
            {
                "portal": "credit_china",
                "absent_in": ["detail"],
                "absence_observed_at": "2026-11-21T00:00:00.000000Z",
            }
        ],
    }
    paper, public = tmp_path / "certificate.json", tmp_path / "public.jwk"
    public.write_text(json.dumps(keys.published()["keys"][0]))
    paper.write_text(json.dumps(sign(said, keys), ensure_ascii=False, indent=1))
    good = terminal.invoke(app, ["verify", str(paper), "--key", str(public)])
    assert (good.exit_code, "GENUINE (有效)" in good.output) == (0, True)
    assert "https://check.example/certificates/1" in good.output
    paper.write_text(paper.read_text().replace("window_expired", "repair_approved"))
    bad = terminal.invoke(app, ["verify", str(paper), "--key", str(public)])
    assert bad.exit_code == 1
    assert "was changed after it was signed" in bad.output


def test_a_key_file_that_is_none_is_refused_with_a_sentence(tmp_path: Path) -> None:
    paper, public = tmp_path / "certificate.json", tmp_path / "public.jwk"
    paper.write_text("{}")
    public.write_text("{}")
    told = CliRunner().invoke(app, ["verify", str(paper), "--key", str(public)])
    assert isinstance(told.exception, StartRefused)
    assert "no JWK set" in str(told.exception)

"""The doctor says whether the rule files can be used, and which service still works by others."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import house
from services.local.doctor_rules import look_at_rules
from services.local.doubt import Doubt
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.errors import StartRefused
from shared.evidence.rules import note_rules
from shared.rule_files import RuleTexts, put_in_force
from tests.support import rules

CHANGED = {"repair/retention.toml": rules.edited("repair/retention.toml", '"P10Y"', '"P30Y"')}


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path / "var"))
    yield monkeypatch
    put_in_force(RuleTexts(), ())


async def test_the_doctor_names_a_service_that_was_started_with_other_rules(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await asyncio.to_thread(house.migrate, {})
    assert await look_at_rules() == "packaged, 0 files take the place of packaged ones"
    for name in ("ingest", "repair"):
        database = Database(house.SERVICES[name].load({}).database_for(name), name)
        await note_rules(database, SystemClock())
        await database.close()
    assert await look_at_rules() == "packaged, 0 files take the place of packaged ones"

    folder = rules.write_folder(tmp_path / "rules", CHANGED, rules.ADOPTED)
    environment.setenv("CREDITSYNC_RULES_DIR", str(folder))
    with pytest.raises(Doubt, match=r"1 files take .*; started last with others: repair$"):
        await look_at_rules()
    (folder / "adoption.toml").unlink()
    with pytest.raises(StartRefused, match=r"no adoption\.toml"):
        await look_at_rules()

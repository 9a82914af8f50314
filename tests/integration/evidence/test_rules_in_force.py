"""Who changed the rules and why stands in the audit log: once, however many processes start with them."""

import asyncio
import json
from pathlib import Path

import pytest

from services import house
from shared.errors import StartRefused
from shared.evidence.actions import Action
from shared.evidence.rules import note_rules
from tests.support import rules
from tests.support.audit_log import AuditLog

FOUR, FIVE = ({"deadlines.toml": rules.deadline("repair", days)} for days in (4, 5))


async def noted(log: AuditLog) -> list[tuple[str, str | None]]:
    rows = sorted(await log.rows(), key=lambda row: row["entry_id"])
    return [(row["actor"], row["reason"]) for row in rows if row["action"] == Action.RULES_PUT_IN_FORCE]


async def test_rules_are_noted_with_who_and_why_once_by_all_processes_that_start(log: AuditLog) -> None:
    for _ in range(2):
        await asyncio.gather(*(note_rules(log.database, log.clock) for _ in range(4)))
    [(actor, reason)] = await noted(log)
    assert actor == "system:rules"
    assert reason is not None
    assert reason.startswith("the rule files that come with creditsync")

    for texts, by in ((FOUR, "法规处"), (FIVE, "法规处"), (FOUR, "局长办公会")):
        with rules.in_force(texts, by):
            await asyncio.gather(*(note_rules(log.database, log.clock) for _ in range(4)))
    assert [actor for actor, _ in await noted(log)] == ["system:rules", "法规处", "法规处", "局长办公会"]
    assert {reason for _, reason in (await noted(log))[1:]} == {"按省厅口径调整"}

    entries = [row for row in await log.rows() if row["action"] == Action.RULES_PUT_IN_FORCE]
    payloads = [json.loads(row["payload"]) for row in sorted(entries, key=lambda row: row["entry_id"])]
    assert [one["before"] for one in payloads] == [None, *(one["digest"] for one in payloads[:-1])]
    assert [list(one["files"]) for one in payloads] == [[], *[["deadlines.toml"]] * 3]
    await log.link()
    assert (await log.verify()).holds


@pytest.mark.parametrize("start", [house.serve_service, house.work_for_service])
async def test_a_service_does_not_start_with_a_rule_that_is_wrong_and_says_so_in_one_sentence(
    start: object, tmp_path: Path
) -> None:
    folder = rules.write_folder(tmp_path / "rules", {"repair/retention.toml": '[papers]\nkept = "P1D"\n'})
    given = {"data_dir": tmp_path, "rules_dir": folder}
    with pytest.raises(StartRefused) as refused:
        await start("repair", given, asyncio.Event())  # type: ignore[operator]
    assert str(refused.value) == (
        f"the rules in {folder} are not put in force: repair/retention.toml: file.papers: "
        "kept P1D must be whole years or months, and a year at least"
    )

"""The history of the audit log cannot be altered unnoticed (guarantee G14)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from shared.clock import SystemClock, wall_time
from shared.database.engine import Database
from shared.database.mechanics import audit_entry, audit_head
from shared.evidence.entry import Effect, effect_of
from shared.evidence.key_file import rotate, signing_keys_at
from shared.evidence.link import link_entries
from shared.evidence.metrics import CHAIN_BROKEN
from shared.evidence.seal import Seals
from shared.evidence.timers import evidence_timers
from shared.evidence.verify import verify_chain
from shared.messaging.unit_of_work import unit_of_work
from tests.support.audit_log import SERVICE, AuditLog, act, new_keys, rewritten

ALTERATIONS: dict[str, Any] = {
    "entry_id": "f" * 32,
    "action": "repair.filed",
    "actor": "somebody-else",
    "subject": "e" * 32,
    "record_id": None,
    "reason": "另有原因",
    "effect_rows": 7,
    "effect_digest": "a" * 64,
    "payload": '{"decision":"refuse"}',
    "digest": "b" * 64,
    "seq": 99,
    "previous": "c" * 64,
    "hash": "d" * 64,
}


def broken() -> float:
    return CHAIN_BROKEN.labels(SERVICE)._value.get()


async def test_an_untouched_log_holds_and_says_how_long_it_is(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    await log.write(4, 5)
    verdict = await log.verify(anchors=True)
    assert (verdict.broken, verdict.entries, verdict.unlinked, verdict.heads) == (None, 5, 0, 2)
    assert [row["seq"] for row in await log.rows()] == [1, 2, 3, 4, 5]
    assert verdict.last_hash == (await log.rows())[-1]["hash"]


async def test_an_alteration_of_any_column_of_any_entry_is_found(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    rows = await log.rows()
    moved = {name: rows[0][name] + timedelta(microseconds=1) for name in ("at", "linked_at")}
    unseen = []
    for seq in (1, 2, 3):
        for column, value in {**ALTERATIONS, **moved}.items():
            await log.alter(seq, **{column: value})
            if (await log.verify()).holds:
                unseen.append((seq, column))
            await log.put_back(rows)
    assert unseen == []
    assert {*ALTERATIONS, *moved} == set(rows[0]), "every column of the table is tried"
    assert (await log.verify()).holds


@pytest.mark.parametrize("seq", [1, 2, 5])
async def test_a_deleted_entry_is_found(log: AuditLog, seq: int) -> None:
    await log.write(1, 2, 3, 4, 5)
    await log.delete(seq)
    said = (await log.verify()).broken
    expected = {1: "lacks entry 1", 2: "lacks entry 2", 5: "was cut off at 4"}
    assert said and expected[seq] in said


async def test_an_inserted_entry_is_found_even_when_the_later_ones_make_room(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    first, second, third = await log.rows()
    forged = {**first, "entry_id": "9" * 32, "actor": "forger"}
    await log.put_back([first, rewritten([first, forged])[1], {**second, "seq": 3}, {**third, "seq": 4}])
    said = (await log.verify()).broken
    assert said and "Entry 3" in said
    assert "inserted, removed or moved" in said


async def test_two_entries_that_changed_places_are_found(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    first, second, third = await log.rows()
    await log.put_back([first, {**second, "seq": 3}, {**third, "seq": 2}])
    assert not (await log.verify()).holds


async def test_an_entry_taken_out_of_the_chain_and_linked_again_is_found(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    await log.alter(2, seq=None)
    await log.link()
    said = (await log.verify()).broken
    assert said and "lacks entry 2" in said


async def test_a_history_rewritten_with_right_digests_contradicts_its_signed_heads(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    rows = await log.rows()
    rows[1]["actor"] = "nobody"
    await log.put_back(rewritten(rows))
    said = (await log.verify()).broken
    assert said and "history up to there was rewritten" in said


async def test_a_history_rewritten_and_signed_with_another_key_is_found(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    rows = await log.rows()
    rows[1]["actor"] = "nobody"
    await log.put_back(rewritten(rows))
    await log.delete_heads()
    await log.forge_head(3, new_keys())
    said = (await log.verify()).broken
    assert said and "none of the trusted keys" in said


async def test_a_tail_cut_off_together_with_its_heads_is_found_by_the_anchors(log: AuditLog) -> None:
    await log.write(1, 2)
    await log.write(3, 4)
    await log.delete(3, 4)
    await log.delete_heads(after=2)
    assert (await log.verify()).holds, "the database alone cannot know"
    said = (await log.verify(anchors=True)).broken
    assert said and "was cut off at 2" in said


async def test_a_history_rewritten_with_all_heads_removed_is_found_by_the_anchors(log: AuditLog) -> None:
    await log.write(1, 2, 3)
    rows = await log.rows()
    rows[0]["reason"] = "nothing"
    await log.put_back(rewritten(rows))
    await log.delete_heads()
    said = (await log.verify(anchors=True)).broken
    assert said and "rewritten" in said


async def test_links_that_no_head_has_covered_for_long_are_reported(log: AuditLog) -> None:
    await log.write(1)
    row = {**(await log.rows())[0], "linked_at": wall_time() - timedelta(hours=3)}
    await log.put_back(rewritten([row]))
    await log.delete_heads()
    said = (await log.verify()).broken
    assert said and "No signed head covers" in said


@pytest.mark.parametrize("column", ["seq", "hash", "signed_at", "key_id", "signature"])
async def test_an_altered_head_is_found(log: AuditLog, column: str) -> None:
    await log.write(1, 2, 3)
    [head] = await log.heads()
    other = {
        "seq": 2,
        "hash": "a" * 64,
        "signed_at": head.signed_at + timedelta(seconds=1),
        "key_id": "another",
        "signature": "00" * 64,
    }
    async with log.database.writing() as connection:
        await connection.execute(update(audit_head).values({column: other[column]}))
    assert not (await log.verify()).holds


async def test_an_entry_altered_before_it_was_linked_is_found(log: AuditLog) -> None:
    async with unit_of_work(log.database, log.clock) as work:
        work.audit(act(1))
    async with log.database.writing() as connection:
        await connection.execute(update(audit_entry).values(actor="somebody-else"))
    said = (await log.verify()).broken
    assert said and "not linked yet, was altered" in said
    await log.link()
    assert not (await log.verify()).holds


async def test_a_signer_never_signs_a_history_that_is_not_the_one_it_signed_before(log: AuditLog) -> None:
    await log.write(1, 2)
    rows = await log.rows()
    rows[0]["actor"] = "nobody"
    await log.put_back(rewritten(rows))
    await log.delete_heads()
    await log.write(3)
    assert await log.heads() == []
    assert broken() == 1
    await log.put_back([])
    await log.sealer().seal()
    assert await log.heads() == []


async def test_a_signer_never_signs_over_an_altered_link(log: AuditLog) -> None:
    await log.write(1)
    async with unit_of_work(log.database, log.clock) as work:
        work.audit(act(2))
    await log.link()
    await log.alter(2, actor="somebody-else")
    await log.sealer().seal()
    assert [head.seq for head in await log.heads()] == [1]
    await log.alter(2, actor="officer-2")
    await log.sealer().seal()
    assert [head.seq for head in await log.heads()] == [1, 2]


async def test_the_daily_walk_sets_the_gauge_that_alarms_hang_on(log: AuditLog) -> None:
    await log.write(1, 2)
    await log.sealer().verify()
    assert broken() == 0
    await log.alter(1, reason="another")
    await log.sealer().verify()
    assert broken() == 1


async def test_the_timers_of_a_worker_link_and_sign_what_was_committed(log: AuditLog) -> None:
    for number in range(3):
        async with unit_of_work(log.database, log.clock) as work:
            work.audit(act(number))
    link, seal, verify = evidence_timers(log.database, log.clock, Seals(log.keys, log.anchors))
    assert await link.job() == 3
    assert await link.job() == 0
    assert await seal.job() == 0
    assert await verify.job() == 0
    assert [head.seq for head in await log.heads()] == [3]
    assert broken() == 0


async def test_what_an_older_key_signed_still_holds_after_a_rotation(log: AuditLog, tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    rotate(path)
    log.keys = signing_keys_at(path)
    await log.write(1)
    rotate(path)
    log.keys = signing_keys_at(path)
    await log.write(2)
    assert len({head.key_id for head in await log.heads()}) == 2
    assert (await log.verify(anchors=True)).holds
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8").count('"d"') == 1, "the older key can sign no more"


async def test_a_worker_that_was_not_restarted_believes_a_head_that_another_signed_with_the_new_key(
    log: AuditLog, tmp_path: Path
) -> None:
    CHAIN_BROKEN.labels(SERVICE).set(0)  # the whole process has it, whatever was found before
    path = tmp_path / "evidence.json"
    rotate(path)
    log.keys = signing_keys_at(path)
    await log.write(1)
    old, walking = log.sealer(), log.keys.public
    new_key = rotate(path)
    log.keys = signing_keys_at(path)
    await log.write(2)
    assert await old.seal() == 0
    assert (broken(), (await old.verify()).holds) == (0, True)
    assert (await verify_chain(log.database, walking, log.anchors.heads(SERVICE))).holds, "a walk that had begun before"
    assert [head.key_id for head in await log.heads()][-1] == new_key


async def test_concurrent_writers_and_linkers_lose_no_entry(log: AuditLog, database_url: str) -> None:
    others = [Database(database_url, SERVICE) for _ in range(2)]

    async def write(database: Database, numbers: range) -> None:
        for number in numbers:
            async with unit_of_work(database, SystemClock()) as work:
                work.audit(act(number))

    async def link(database: Database) -> None:
        for _ in range(15):
            await link_entries(database, SystemClock())
            await asyncio.sleep(0.01)

    await asyncio.gather(
        *(write(others[number % 2], range(number * 100, number * 100 + 10)) for number in range(6)),
        *(link(database) for database in (*others, log.database)),
    )
    await log.link()
    for other in others:
        await other.close()
    rows = await log.rows()
    assert [row["seq"] for row in rows] == list(range(1, 61))
    assert len({row["subject"] for row in rows}) == 60
    assert (await log.verify()).holds


async def test_what_is_rolled_back_leaves_no_entry(log: AuditLog) -> None:
    with pytest.raises(ZeroDivisionError):
        async with unit_of_work(log.database, log.clock) as work:
            work.audit(act(1))
            raise ZeroDivisionError
    assert await log.rows() == []


async def test_an_entry_says_how_many_rows_an_act_touched_and_fixes_them_by_a_digest(log: AuditLog) -> None:
    effect = effect_of(f"{number:032x} 2" for number in range(500))
    async with unit_of_work(log.database, log.clock) as work:
        work.audit(replace(act(1), effect=effect))
    [row] = await log.rows()
    assert (row["effect_rows"], row["effect_digest"]) == (500, effect.digest)
    assert effect_of(f"{number:032x} 3" for number in range(500)).digest != effect.digest
    assert effect_of(()) == Effect()


async def test_an_entry_that_repeats_what_happened_instead_of_naming_it_is_refused(log: AuditLog) -> None:
    with pytest.raises(ValueError, match="too large"):
        async with unit_of_work(log.database, log.clock) as work:
            work.audit(replace(act(1), payload={"text": "x" * 5000}))

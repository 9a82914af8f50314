"""Kept digests are what the placements give, after any history; runs by digests find what a whole reading finds."""

import asyncio
import random
from collections.abc import Mapping
from datetime import date

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select
from structlog.testing import capture_logs

from services.sync.app import TABLES
from services.sync.buckets import store
from services.sync.buckets.domain.digests import bucket_of, entry_digest, group_digests
from services.sync.buckets.tables import bucket_change
from services.sync.buckets.watch import watch_digests
from services.sync.reconciliation.runs import LEASE, Method, Wish
from services.sync.tables import content, placement, scan_entry
from services.sync.timers import reconcile_requested
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.vocabulary import DriftKind
from tests.support.portal_fake import Act, PortalFake
from tests.support.sync_house import CHINA, MINUTE, START, SyncHouse, offline, online, record, record_id

DIGESTS = Wish(method=Method.DIGESTS)


class KeepingFake(PortalFake):
    """A portal in memory that keeps digests, and can be made to tell of an earlier moment."""

    lies = False
    _told: dict[int, list[tuple[str, int]]] | None = None

    def digest_values(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return self.shown(record, closes_on)

    async def groups(self) -> list[str]:
        if self._told is None or not self.lies:
            self._told = {}
            for one in self._entries():
                entry = (one.portal_key, entry_digest(one.portal_key, one.fields))
                self._told.setdefault(bucket_of(one.portal_key), []).append(entry)
        return group_digests({number: self._sums(number) for number in self._told})

    async def buckets(self, group: int) -> list[tuple[int, int]]:
        return [self._sums(number) for number in range(group * 256, group * 256 + 256)]

    async def entries(self, buckets: list[int]) -> list[tuple[str, int]]:
        return [entry for number in buckets for entry in (self._told or {}).get(number, [])]

    def _sums(self, number: int) -> tuple[int, int]:
        held = (self._told or {}).get(number, [])
        return len(held), sum(digest for _, digest in held)


@pytest.fixture
def keeping(house: SyncHouse) -> SyncHouse:
    house.fakes = {**house.fakes, CHINA: KeepingFake()}
    return house


async def _audit(house: SyncHouse) -> store.Audit:
    async with house.database.reading() as connection:
        return await store.audit(connection, CHINA)


async def test_what_is_kept_is_what_the_rows_give_after_any_history(keeping: SyncHouse) -> None:
    chance = random.Random(5)
    generations: dict[int, int] = {}
    for step in range(40):
        numbers = chance.sample(range(30), 6)
        for number in numbers:
            generations[number] = max(1, generations.get(number, 0) + chance.choice((0, 1, 1)))
        told = [
            offline(number, generations[number])
            if chance.random() < 0.4
            else online(number, generations[number], facts=f"事实{chance.randrange(3)}")
            for number in numbers
        ]
        await keeping.hear(*told)
        if step % 7 == 0:
            await store.fold(keeping.database, keeping.clock)
        if step % 11 == 0:
            async with keeping.database.writing() as connection:
                await connection.execute(placement.delete().where(placement.c.record_id == record_id(numbers[0])))
            generations.pop(numbers[0])
    found = await _audit(keeping)
    assert found.wrong == []
    assert found.buckets > 5
    while await store.fold(keeping.database, keeping.clock):
        pass
    assert await keeping.count(bucket_change) == 0
    assert (await _audit(keeping)).wrong == []


async def test_writers_and_folders_at_once_lose_no_change(keeping: SyncHouse) -> None:
    async def write(first: int) -> None:
        for generation in range(1, 6):
            numbers = range(first, first + 20)
            await keeping.hear(*(online(number, generation, facts=f"{generation}") for number in numbers))

    async def fold() -> None:
        for _ in range(20):
            await store.fold(keeping.database, keeping.clock)

    await asyncio.gather(write(0), write(10), write(20), fold(), fold())
    assert (await _audit(keeping)).wrong == []


async def test_a_digest_that_was_tampered_with_is_told_and_counted_anew(keeping: SyncHouse) -> None:
    await keeping.publish(1, 2)
    async with keeping.database.writing() as connection:
        await connection.execute(bucket_change.update().values(total=bucket_change.c.total + 1))
    await watch_digests(keeping.database, keeping.clock, keeping.fakes)
    assert REGISTRY.get_sample_value("g07_bucket_digests_wrong") == 2
    await watch_digests(keeping.database, keeping.clock, keeping.fakes)
    assert REGISTRY.get_sample_value("g07_bucket_digests_wrong") == 0
    assert (await _audit(keeping)).wrong == []


async def test_placements_from_before_digests_were_kept_get_theirs(keeping: SyncHouse) -> None:
    await keeping.publish(1, 2, 3)
    async with keeping.database.reading() as connection:
        before = await store.kept(connection, CHINA)
    async with keeping.database.writing() as connection:
        await connection.execute(placement.update().values(bucket=None, entry_digest=None))
    async with keeping.database.reading() as connection:
        assert await store.kept(connection, CHINA) == {}
    await watch_digests(keeping.database, keeping.clock, keeping.fakes)
    async with keeping.database.reading() as connection:
        assert await store.kept(connection, CHINA) == before


async def test_a_content_that_cannot_be_read_keeps_no_other_from_its_digest(keeping: SyncHouse) -> None:
    await keeping.publish(1, 2, 3)
    async with keeping.database.writing() as connection:
        await connection.execute(placement.update().values(bucket=None, entry_digest=None))
        await connection.execute(content.update().where(content.c.record_id == record_id(2)).values(body="{}"))
    with capture_logs() as told:
        await watch_digests(keeping.database, keeping.clock, keeping.fakes)
    assert [line["record_id"] for line in told if line["event"] == "content_unreadable"] == [record_id(2)]
    rows = [await keeping.placement(number) for number in (1, 2, 3)]
    assert [row.bucket is not None for row in rows] == [True, False, True]


async def test_pushes_and_looks_write_nothing_into_the_log(keeping: SyncHouse) -> None:
    await keeping.hear(*(online(number) for number in range(5)))
    before = await keeping.count(bucket_change)
    await keeping.settle(rounds=5)
    assert before == await keeping.count(bucket_change) == 5


async def test_a_run_by_digests_finds_and_mends_the_same_and_moves_no_mark(keeping: SyncHouse) -> None:
    await keeping.publish(*range(60))
    await keeping.take_down(*range(50, 60))
    china = keeping.china
    china.resurrect(record(50))
    china.lose(record(1))
    china.alter(record(2), "facts", "别的事实")
    china.plant("foreign")
    run = await keeping.reconcile(wish=DIGESTS)
    assert (run.state, run.drifts) == ("mended", 4)
    kinds = {(row.kind, row.record_id) for row in await keeping.drifts()}
    assert kinds == {
        (DriftKind.GHOST, record_id(50)),
        (DriftKind.MISSING, record_id(1)),
        (DriftKind.ALTERED, record_id(2)),
        (DriftKind.FOREIGN, None),
    }
    assert await keeping.verified_through() is None
    assert len(china.looks) < 60 + 60
    await keeping.settle(rounds=4)
    keeping.clock.advance(MINUTE)
    assert all([await keeping.green(number) for number in (50, 1, 2)])
    china.held.pop("foreign")
    assert (await keeping.reconcile(wish=DIGESTS)).drifts == 0


async def test_a_double_entry_of_which_only_digests_tell_is_ordered_when_a_listing_shows_it(keeping: SyncHouse) -> None:
    await keeping.publish(*range(30))
    keeping.china.double(record(3))
    for _ in range(2):
        assert (await keeping.reconcile(wish=DIGESTS)).drifts == 1
    told = [(row.kind, row.confirmed, row.mend_ordered_at) for row in await keeping.drifts()]
    assert told == [(DriftKind.DUPLICATE, False, None)] * 2
    await keeping.reconcile()
    assert (await keeping.drifts())[-1].mend_ordered_at is not None


class _Killed(BaseException):
    """What ends a worker between two lines."""


async def test_a_killed_run_by_digests_that_is_taken_over_finds_nothing_twice(keeping: SyncHouse) -> None:
    await keeping.publish(*range(30))
    keeping.china.alter(record(2), "facts", "别的事实")

    def die() -> None:
        raise _Killed

    keeping.china.on_ask = die
    run_id = await keeping.request(wish=DIGESTS)
    with pytest.raises(_Killed):
        await reconcile_requested(keeping.ground, keeping.china, keeping.limit)
    keeping.china.on_ask = lambda: None
    assert await keeping.count(scan_entry) > 0
    keeping.clock.advance(LEASE + MINUTE)
    await reconcile_requested(keeping.ground, keeping.china, keeping.limit)
    assert ((await keeping.run(run_id)).state, (await keeping.run(run_id)).attempt) == ("mended", 2)
    assert [(row.kind, row.record_id) for row in await keeping.drifts()] == [(DriftKind.ALTERED, record_id(2))]


async def test_a_portal_whose_digests_lie_is_caught_by_a_whole_reading(keeping: SyncHouse) -> None:
    await keeping.publish(*range(30))
    china = keeping.china
    assert isinstance(china, KeepingFake)
    await china.groups()
    china.lies = True
    china.lose(record(1))
    assert (await keeping.reconcile(wish=DIGESTS)).drifts == 0
    lied = REGISTRY.get_sample_value("g07_portal_digests_lied_total", {"portal": CHINA}) or 0
    assert (await keeping.reconcile()).drifts == 1
    assert REGISTRY.get_sample_value("g07_portal_digests_lied_total", {"portal": CHINA}) == lied + 1


async def test_a_portal_without_digests_is_not_asked_for_them(house: SyncHouse) -> None:
    await house.publish(1)
    run = await house.reconcile(wish=DIGESTS)
    assert run.state == "incomplete"
    assert "keeps no digests" in run.explanation


async def test_the_triggers_of_a_migrated_database_are_those_of_the_tables(database_url: str) -> None:
    await asyncio.to_thread(TABLES.upgrade, database_url)
    database = Database(database_url, "sync")
    try:
        row = {
            "record_id": record_id(1), "portal": CHINA, "audience": "credit_sites", "source_generation": 1,
            "generation": 1, "take_down": False, "due_at": START, "wanted_at": START, "acknowledged_generation": 0,
            "observed_generation": 0, "pushes": 0, "next_push_at": START, "looks": 0, "mends": 0,
            "bucket": 7, "entry_digest": 99, "due_provisional": False,
        }  # fmt: skip
        async with database.writing() as connection:
            await connection.execute(placement.insert(), row)
            await connection.execute(placement.update().values(entry_digest=100))
            await connection.execute(placement.update().values(take_down=True))
            rows = (await connection.execute(select(bucket_change).order_by(bucket_change.c.change_id))).all()
        assert [(one.bucket, one.entries, one.total) for one in rows] == [
            (7, 1, 99), (7, -1, -99), (7, 1, 100), (7, -1, -100),
        ]  # fmt: skip
    finally:
        await database.close()


async def test_a_run_by_digests_tells_what_it_did_not_judge(keeping: SyncHouse) -> None:
    await keeping.publish(*range(20))
    keeping.china.plan(record(1), Act.KEEP)
    await keeping.hear(offline(1))
    await keeping.push()
    await keeping.hear(offline(2))
    run = await keeping.reconcile(wish=DIGESTS)
    assert (run.state, run.drifts, run.unsettled, run.unanswered) == ("mended", 0, 2, 1)

"""Revision 0020: what was numbered for the authority that handed a record in goes to the one that issued it (G13)."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from services.sync.app import TABLES
from services.sync.tables import content
from services.sync.webhooks.feed import Sight
from services.sync.webhooks.state.tables import EVERYBODY, feed_digest, feed_entry
from services.sync.webhooks.tables import change
from shared.database.migrate import upgrade
from tests.support.subscriber_fake import SubscriberHouse
from tests.support.sync_house import SyncHouse, offline, online, record, record_id, sync_house

ISSUED_BY, HANDED_IN_BY = record(1).issuing_authority.code, "11320600MB1234567X"
SHOWN, HIDDEN, WITHOUT_CONTENT, NOT_NUMBERED = (record_id(number) for number in range(1, 5))


@pytest.fixture
async def of_before(database_url: str, tmp_path: Path) -> AsyncIterator[SyncHouse]:
    """The tables of revision 0019, filled as they were then."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for file in TABLES.versions.glob("00*_*.py"):
        if file.name < "0020":
            shutil.copy(file, folder)
    await asyncio.to_thread(upgrade, database_url, TABLES.schema, folder, TABLES.metadata)
    async with sync_house(database_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as house:
        await _filled(house)
        yield house


async def _filled(house: SyncHouse) -> None:
    await house.hear(*(online(number) for number in range(1, 4)))
    await house.hear(offline(2))
    await SubscriberHouse(house).number()
    await house.hear(online(4))
    async with house.database.writing() as connection:
        for table in (change, feed_entry, feed_digest):
            told = table.c.authority == ISSUED_BY
            await connection.execute(update(table).where(told).values(authority=HANDED_IN_BY))
        await connection.execute(delete(content).where(content.c.record_id == WITHOUT_CONTENT))


async def test_what_was_numbered_before_is_seen_by_the_authority_that_issued_it(of_before: SyncHouse) -> None:
    before, of_everybody = await _sums(of_before), await _digests(of_before, EVERYBODY)
    await asyncio.to_thread(TABLES.upgrade, of_before.database.url)
    authorities = {row.record_id: row.authority for row in await of_before.rows(select(change))}
    assert authorities == {
        SHOWN: ISSUED_BY, HIDDEN: ISSUED_BY, WITHOUT_CONTENT: HANDED_IN_BY, NOT_NUMBERED: None,
    }  # fmt: skip
    entries = {row.record_id: row.authority for row in await of_before.rows(select(feed_entry))}
    assert entries == {SHOWN: ISSUED_BY, WITHOUT_CONTENT: HANDED_IN_BY}
    after = await _sums(of_before)
    assert set(before) == {HANDED_IN_BY}
    assert set(after) == {ISSUED_BY, HANDED_IN_BY}
    for authority, sums in after.items():
        assert await _digests(of_before, authority) == sums
    assert await _digests(of_before, EVERYBODY) == of_everybody


async def test_the_feed_goes_on_where_it_was(of_before: SyncHouse) -> None:
    await asyncio.to_thread(TABLES.upgrade, of_before.database.url)
    subs = SubscriberHouse(of_before)
    await of_before.hear(offline(1))
    await subs.number()
    seen = {row.record_id for row in (await subs.feed(0, sight=Sight({ISSUED_BY}))).rows}
    assert seen == {SHOWN, HIDDEN, NOT_NUMBERED}
    for authority, sums in (await _sums(of_before)).items():
        assert await _digests(of_before, authority) == sums


async def _sums(house: SyncHouse) -> Mapping[str, Mapping[int, tuple[int, int]]]:
    """By authority and bucket, from the entries themselves: their number and the sum of their digests."""
    numbers: Counter[tuple[str, int]] = Counter()
    totals: Counter[tuple[str, int]] = Counter()
    for row in await house.rows(select(feed_entry)):
        numbers[row.authority, row.bucket] += 1
        totals[row.authority, row.bucket] += row.digest
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for authority, bucket in numbers:
        found.setdefault(authority, {})[bucket] = numbers[authority, bucket], totals[authority, bucket]
    return found


async def _digests(house: SyncHouse, authority: str) -> Mapping[int, tuple[int, int]]:
    kept = select(feed_digest).where(feed_digest.c.authority == authority, feed_digest.c.entries > 0)
    return {row.bucket: (row.entries, row.total) for row in await house.rows(kept)}

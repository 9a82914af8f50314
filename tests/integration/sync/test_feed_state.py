"""A copy that followed the feed proves by digests that it is in step, and finds what it lacks if it is not (G13)."""

from typing import Any

import pytest
from sqlalchemy import func, select

from services.sync.webhooks.domain.changes import item
from services.sync.webhooks.feed import Sight
from services.sync.webhooks.sending import change_of
from services.sync.webhooks.state import read
from services.sync.webhooks.state.read import Authorities, State
from services.sync.webhooks.state.tables import feed_digest, feed_entry
from shared.contracts.records import Authority
from tests.support.feed_copy import FeedCopy
from tests.support.subscriber_fake import SubscriberHouse
from tests.support.sync_house import SyncHouse, offline, online, record, record_id

AUTHORITY = record(1).issuing_authority.code
HANDED_IN_BY = Authority(code="11320600MB1234567X", name="南通市数据局")


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    return SubscriberHouse(house)


async def _follow(subs: SubscriberHouse, copy: FeedCopy) -> None:
    await subs.number()
    stretch = await subs.feed(copy.position, sight=Sight())
    copy.follow([item(change_of(row)) for row in stretch.rows], stretch.position)


async def _state(subs: SubscriberHouse, authorities: Authorities = None) -> State:
    async with subs.house.database.reading() as connection:
        return await read.groups(connection, authorities)


async def _entries(subs: SubscriberHouse, *numbers: int) -> tuple[int, list[tuple[str, str, int]]]:
    async with subs.house.database.reading() as connection:
        position, rows = await read.entries(connection, subs.house.database.dialect, None, numbers)
    return position, [(row.record_id, row.portal, row.generation) for row in rows]


async def test_a_copy_that_followed_the_feed_is_in_step_after_every_kind_of_change(subs: SubscriberHouse) -> None:
    copy = FeedCopy()
    steps: list[list[Any]] = [
        [online(one) for one in range(1, 8)],
        [offline(1), offline(2)],
        [online(1, 3), online(3, 2, facts="另一事实")],
        [online(2, 1), offline(9)],  # older than what is known, and of a record that was never shown
    ]
    for step in steps:
        await subs.house.hear(*step)
        await _follow(subs, copy)
        state = await _state(subs)
        assert (state.position, list(state.groups)) == (copy.position, copy.groups())
        assert state.entries == len(copy.held)
    assert (record_id(2), "credit_china") not in copy.held


async def test_what_is_seen_or_mended_moves_no_copy(subs: SubscriberHouse) -> None:
    await subs.house.publish(1, 2)
    copy = FeedCopy()
    await _follow(subs, copy)
    subs.house.china.lose(record(1))
    await subs.house.reconcile()
    await subs.house.settle()
    before = copy.groups()
    await _follow(subs, copy)
    state = await _state(subs)
    assert state.position == copy.position
    assert list(state.groups) == copy.groups() == before


async def test_a_copy_that_missed_a_change_finds_it_in_three_questions(subs: SubscriberHouse) -> None:
    copy = FeedCopy()
    await subs.house.hear(*(online(one) for one in range(1, 20)))
    await _follow(subs, copy)
    missed = (record_id(7), "credit_china")
    copy.held.pop(missed)
    state = await _state(subs)
    [group] = [
        one for one, (mine, theirs) in enumerate(zip(copy.groups(), state.groups, strict=True)) if mine != theirs
    ]
    async with subs.house.database.reading() as connection:
        position, told = await read.buckets(connection, None, group)
    ours = copy.buckets()
    [bucket] = [group * 256 + one for one, said in enumerate(told) if said != ours.get(group * 256 + one, (0, 0))]
    at, entries = await _entries(subs, bucket)
    assert position == at == state.position == copy.position
    assert {(record, portal): generation for record, portal, generation in entries}[missed] == 1


async def test_whoever_sees_some_authorities_checks_those(subs: SubscriberHouse) -> None:
    await subs.house.hear(online(1), online(2))
    await subs.number()
    everything, own, none = [await _state(subs, one) for one in (None, {AUTHORITY}, {"nobody"})]
    assert own == everything
    assert (none.entries, none.position) == (0, everything.position)
    assert list(none.groups) == FeedCopy().groups()


async def test_a_record_is_seen_by_the_authority_that_issued_it_and_not_by_the_one_that_handed_it_in(
    subs: SubscriberHouse,
) -> None:
    handed_in = record(1).model_copy(update={"source_authority": HANDED_IN_BY})
    await subs.house.hear(online(1).model_copy(update={"record": handed_in}))
    head = await subs.number()
    own, other = [await subs.feed(0, sight=Sight({one})) for one in (AUTHORITY, HANDED_IN_BY.code)]
    assert (len(own.rows), own.skipped) == (head, 0)
    assert (len(other.rows), other.skipped) == (0, head)
    assert (await _state(subs, {AUTHORITY})).entries == head
    assert (await _state(subs, {HANDED_IN_BY.code})).entries == 0


async def test_the_kept_digests_are_those_of_the_kept_entries(subs: SubscriberHouse) -> None:
    await subs.house.hear(*(online(one) for one in range(1, 10)))
    await subs.house.hear(*(offline(one) for one in range(1, 6)))
    await subs.number()
    rows = await subs.house.rows(select(func.count(), func.sum(feed_entry.c.digest)).select_from(feed_entry))
    of_all = select(func.sum(feed_digest.c.entries), func.sum(feed_digest.c.total)).where(feed_digest.c.authority == "")
    assert tuple((await subs.house.rows(of_all))[0]) == tuple(rows[0])

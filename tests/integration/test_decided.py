"""What sync was never told: the broker loses what it had confirmed, and a comparison finds it (G01)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from services.disclosure.decided.api import decided
from services.disclosure.tables import publication
from services.sync.decided import heard
from services.sync.decided.tables import decided_difference
from services.sync.metrics import DECIDED_AGE, DECIDED_DIFFERENCES
from services.sync.tables import content, placement
from shared.contracts.decided import Decided, Stretch
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.errors import Unavailable
from shared.vocabulary import Portal
from tests.support.decided_house import SETTLED, DecidedHouse, Tokens, decided_house
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.register import HEAR, admit, penalty
from tests.support.told import amended, repaired, voided

DECIDED = date(2026, 10, 30)
LAST_DAY, NEW_LAST_DAY = date(2027, 10, 30), date(2027, 4, 30)
AUDIENCES = 2
"""Credit sites and market supervision; no portal shows the own column."""


@pytest.fixture
async def house(urls: tuple[str, str], tmp_path: Path) -> AsyncIterator[DecidedHouse]:
    async with decided_house(*urls, tmp_path) as house:
        yield house


async def shown_at(house: DecidedHouse, portal: Portal = Portal.CREDIT_CHINA) -> int:
    await house.sync.sweep()
    await house.sync.settle(portal, rounds=5)
    return sum("detail" in one.faces for one in house.sync.fakes[portal].held.values())


async def test_orders_that_the_broker_lost_after_confirming_them_are_found_told_again_and_shown(
    house: DecidedHouse,
) -> None:
    await admit(house.disclosure, penalty(1, DECIDED))
    await house.tell()
    await admit(house.disclosure, penalty(2, DECIDED), penalty(3, DECIDED))
    await house.relay()
    assert await house.lose()
    assert await shown_at(house) == 1
    check = await house.compare()
    assert (check.entries, check.never_told, check.behind, check.ahead) == (3 * AUDIENCES, 2 * AUDIENCES, 0, 0)
    assert (check.repeated, check.held) == (2, 0)
    assert await house.open() == {"never_told": 2 * AUDIENCES}
    await house.tell()
    assert await house.open() == {}
    assert await shown_at(house) == 3
    again = await house.compare()
    assert (again.entries, again.never_told, again.repeated) == (3 * AUDIENCES, 0, 0)


async def test_take_downs_that_were_lost_are_carried_out_after_the_comparison(house: DecidedHouse) -> None:
    ids = await admit(house.disclosure, *(penalty(number, DECIDED) for number in (1, 2, 3)))
    await house.tell()
    assert await shown_at(house) == 3
    await house.disclosure.hear(HEAR.repairs, repaired(ids[0]))
    await house.disclosure.hear(HEAR.records, voided(ids[1]))
    await house.relay()
    await house.lose()
    check = await house.compare()
    assert (check.never_told, check.behind, check.repeated) == (0, 2 * AUDIENCES, 2)
    await house.tell()
    assert await shown_at(house) == 1
    assert await house.open() == {}


async def test_a_lost_order_that_moved_only_the_last_day_is_found_and_told_again(house: DecidedHouse) -> None:
    """The digests hold no day: each change of one is an order, and every order raises the generation that they hold."""
    house.disclosure.token = LAW_OFFICER
    law = await LawHouse.opened(house.disclosure)
    await admit(house.disclosure, penalty(1, DECIDED))
    await house.tell()
    assert await last_days(house) == {LAST_DAY}
    await law.adopt(agreeing(ordinary("P6M")))
    await law.judge_anew()
    await house.relay()
    assert await house.lose()
    assert {row.closes_on for row in await house.disclosure.rows(publication)} == {NEW_LAST_DAY}
    assert await last_days(house) == {LAST_DAY}
    check = await house.compare()
    assert (check.never_told, check.behind, check.ahead, check.repeated) == (0, AUDIENCES, 0, 1)
    await house.tell()
    assert await last_days(house) == {NEW_LAST_DAY}
    assert await house.open() == {}


async def last_days(house: DecidedHouse) -> set[date]:
    """What every portal is to show as the last day."""
    return {row.closes_on for row in await house.sync.rows(placement.select())}


async def test_news_that_is_under_way_is_never_accused(house: DecidedHouse) -> None:
    await admit(house.disclosure, penalty(1, DECIDED))
    first = await house.compare()  # it lies in disclosure's outbox
    assert first.finished_at is None
    assert "outbox" in first.explanation
    await house.relay()
    assert await house.step() == 1  # it lies in sync's queue
    waiting = await house.check(first.check_id)
    assert waiting.finished_at is None
    assert "sync.publications" in waiting.explanation
    await house.carry()
    await house.step()
    done = await house.check(first.check_id)
    assert done.finished_at is not None
    assert (done.never_told, done.behind, done.ahead, done.repeated) == (0, 0, 0, 0)
    assert await house.doubts() == 0


async def test_before_the_settle_time_nothing_is_judged(house: DecidedHouse) -> None:
    await admit(house.disclosure, penalty(1, DECIDED))
    await house.relay()
    await house.lose()
    await house.ask()
    assert [await house.step(), await house.step()] == [1, 0]
    assert await house.doubts() == AUDIENCES
    assert await house.open() == {}
    house.sync.clock.advance(SETTLED)
    await house.step()
    assert await house.open() == {"never_told": AUDIENCES}


async def test_a_disclosure_that_went_back_to_an_old_backup_calls_people_and_nothing_is_changed(
    house: DecidedHouse,
) -> None:
    ids = await admit(house.disclosure, *(penalty(number, DECIDED) for number in (1, 2, 3)))
    await house.tell()
    await house.disclosure.hear(HEAR.records, amended(ids[0], penalty(1, DECIDED, facts="另有一项事实。")))
    await house.disclosure.hear(HEAR.repairs, repaired(ids[1]))
    await house.tell()
    before = await house.sync.rows(placement.select().order_by(placement.c.record_id, placement.c.portal))
    async with house.disclosure.database.writing() as connection:
        old = publication.c.record_id.in_(ids[:2])
        await connection.execute(update(publication).where(old).values(generation=1, state="online"))
        await connection.execute(delete(publication).where(publication.c.record_id == ids[2]))
    check = await house.compare()
    assert (check.never_told, check.behind, check.ahead, check.repeated) == (0, 0, 3 * AUDIENCES, 0)
    assert await house.open() == {"ahead": 3 * AUDIENCES}
    assert DECIDED_DIFFERENCES.labels("ahead")._value.get() == 3 * AUDIENCES
    assert await house.disclosure.told() == []
    after = await house.sync.rows(placement.select().order_by(placement.c.record_id, placement.c.portal))
    assert after == before


async def test_the_same_generation_with_another_decision_is_found(house: DecidedHouse) -> None:
    [one] = await admit(house.disclosure, penalty(1, DECIDED))
    await house.disclosure.hear(HEAR.repairs, repaired(one))
    await house.tell()
    async with house.disclosure.database.writing() as connection:
        await connection.execute(update(publication).values(state="online"))
    assert (await house.compare()).ahead == AUDIENCES


async def test_more_lost_than_the_limit_waits_for_a_person(house: DecidedHouse) -> None:
    await admit(house.disclosure, *(penalty(number, DECIDED) for number in (1, 2, 3)))
    await house.relay()
    await house.lose()
    check = await house.compare(limit=2)
    assert (check.repeated, check.held) == (0, 3)
    assert await house.disclosure.told() == []
    check = await house.compare(limit=2, without_limit="消息队列已清空，原因已查明")
    assert (check.repeated, check.held) == (3, 0)
    await house.tell()
    assert await house.open() == {}


async def test_an_order_is_asked_for_once_and_what_still_does_not_arrive_stays_in_sight(house: DecidedHouse) -> None:
    await admit(house.disclosure, penalty(1, DECIDED))
    await house.relay()
    await house.lose()
    assert (await house.compare()).repeated == 1
    await house.relay()
    await house.lose()
    check = await house.compare()
    assert (check.never_told, check.repeated) == (AUDIENCES, 0)
    assert await house.open() == {"never_told": AUDIENCES}


async def test_former_entries_and_what_was_never_told_are_no_differences(house: DecidedHouse) -> None:
    [one] = await admit(house.disclosure, penalty(1, DECIDED))
    await house.tell()
    assert await shown_at(house) == 1
    await house.disclosure.hear(HEAR.records, amended(one, penalty(9, DECIDED)))  # another entry at the portals
    await admit(house.disclosure, penalty(2, date(2001, 1, 5)))  # its window was over before it came
    await house.tell()
    assert await house.sync.rows(placement.select().where(placement.c.former_of == one))
    check = await house.compare()
    assert (check.entries, check.never_told, check.behind, check.ahead) == (AUDIENCES, 0, 0, 0)


async def test_records_are_compared_whole_page_by_page(house: DecidedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided, "A_PAGE", 7)
    monkeypatch.setattr(decided, "A_STRETCH", 3)
    ids = sorted(await admit(house.disclosure, *(penalty(number, DECIDED) for number in range(1, 11))))
    await house.tell()
    lost = [ids[0], ids[4], ids[9]]
    async with house.sync.database.writing() as connection:
        for table in (placement, content):
            await connection.execute(delete(table).where(table.c.record_id.in_(lost)))
    read: list[Decided] = []
    after: str | None = ""
    while after is not None:
        page = await house.source.stated(after)
        for one in page.stated:
            read += await house.source.entries(one.stretch)
        after = page.next
    assert [one.record_id for one in read] == sorted(ids * AUDIENCES)
    assert await house.source.entries(Stretch("", None)) == read
    assert (await house.compare()).never_told == len(lost) * AUDIENCES
    rows = await house.sync.rows(decided_difference.select())
    assert {row.record_id for row in rows} == set(lost)


async def test_a_disclosure_that_lost_everything_is_compared_in_parts(
    house: DecidedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard.read_heard, "__defaults__", (5,))
    await admit(house.disclosure, *(penalty(number, DECIDED) for number in range(1, 11)))
    await house.tell()
    async with house.disclosure.database.writing() as connection:
        await connection.execute(delete(publication))
    check = await house.compare()
    assert (check.entries, check.ahead, check.repeated) == (0, 10 * AUDIENCES, 0)


async def test_a_comparison_beside_normal_traffic_loses_nothing_and_accuses_nobody(house: DecidedHouse) -> None:
    ids = await admit(house.disclosure, *(penalty(number, DECIDED) for number in range(1, 21)))
    await house.tell()

    async def traffic() -> None:
        for number, one in enumerate(ids):
            changed = penalty(number + 1, DECIDED, facts="补充事实。")
            event = repaired(one) if number % 3 == 0 else amended(one, changed)
            await house.disclosure.hear(HEAR.repairs if number % 3 == 0 else HEAR.records, event)
            async with in_hand:
                await house.tell()

    async def comparisons(busy: asyncio.Task[None]) -> list[int]:
        """Nothing is in the hands of a consumer for as long as the settle time."""
        found: list[int] = []
        while not busy.done():
            check_id = await house.ask()
            await house.step()
            while (check := await house.check(check_id)).finished_at is None:
                async with in_hand:
                    house.sync.clock.advance(SETTLED)
                    await house.step()
            found.append(check.never_told + check.behind + check.ahead)
        return found

    in_hand = asyncio.Lock()

    busy = asyncio.create_task(traffic())
    found = await comparisons(busy)
    await busy
    assert found
    assert not any(found)
    check = await house.compare()
    assert (check.entries, check.never_told, check.behind, check.ahead) == (20 * AUDIENCES, 0, 0, 0)
    assert await house.open() == {}


async def test_a_disclosure_that_does_not_answer_leaves_the_comparison_open_and_its_age_grows(
    house: DecidedHouse,
) -> None:
    house.source._tokens = Tokens(house.disclosure, scope="disclosure:read")  # type: ignore[assignment]
    with pytest.raises(Unavailable, match="403"):
        await house.compare()
    assert await house.open() == {}
    house.sync.clock.advance(SETTLED)
    await house.open()
    assert DECIDED_AGE._value.get() == SETTLED.total_seconds()


async def test_repeated_orders_are_those_that_were_given(house: DecidedHouse) -> None:
    disclosure = house.disclosure
    ids = await admit(disclosure, *(penalty(number, DECIDED) for number in (1, 2, 3)))
    await disclosure.hear(HEAR.repairs, repaired(ids[1]))
    await disclosure.hear(HEAR.records, voided(ids[2]))
    orders = [one for one in await disclosure.take_told() if isinstance(one, PublicationOnline | PublicationOffline)]
    newest = {(one.record_id, one.audience): one for one in orders}
    assert await house.source.repeat(ids, "丢失", "key-1") == len(newest)
    again = [one for one in await disclosure.take_told() if isinstance(one, PublicationOnline | PublicationOffline)]
    assert {(one.record_id, one.audience): _without_words(one) for one in again} == {
        key: _without_words(one) for key, one in newest.items()
    }
    assert await house.source.repeat(ids, "丢失", "key-1") == len(newest)
    assert await disclosure.take_told() == []


def _without_words(order: PublicationOnline | PublicationOffline) -> PublicationOnline | PublicationOffline:
    """The reasons of a withdrawal are told with it and kept with its statement."""
    return order.model_copy(update={"public_statement": None}) if isinstance(order, PublicationOffline) else order

"""An amendment that changes the portal's key leaves an entry behind, and that one has to go too (guarantee G05)."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from services.sync.certificates.issue import Press, certificate_for
from services.sync.order import want_online
from services.sync.tables import content, placement
from shared.contracts.events import PublicationOnline
from shared.database.mechanics import audit_entry
from shared.database.types import AnyRow
from shared.errors import Problem
from shared.evidence.keys import new_key_set, read_signing
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import DriftKind, Portal
from shared.workdays import load_calendar
from tests.support.portal_fake import FACES, Act
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

JIANGSU = Portal.CREDIT_JIANGSU


def renamed(number: int, generation: int, name: str = "改") -> PublicationOnline:
    """The same record under another document number, which is part of the portal's key."""
    told = online(number, generation)
    other = told.record.model_copy(update={"document_number": f"（苏通{name}）应急罚〔2026〕{number}号"})
    return told.model_copy(update={"record": other})


async def formers(house: SyncHouse, portal: Portal = CHINA) -> Sequence[AnyRow]:
    mine = placement.c.former_of.is_not(None), placement.c.portal == portal
    return await house.rows(select(placement).where(*mine).order_by(placement.c.record_id))


async def test_an_amended_key_takes_the_old_entry_down_and_sees_it_gone(house: SyncHouse) -> None:
    await house.publish(1)
    told = await house.hear(renamed(1, 2))
    assert len([order for order in told if order.portal is CHINA and order.take_down]) == 1
    await house.settle(rounds=3)
    assert house.china.faces(record(1)) == set()
    assert house.china.faces(renamed(1, 2).record) == set(FACES)
    [former] = await formers(house)
    assert (former.former_of, former.portal_key) == (record_id(1), house.china.portal_key(record(1)))
    assert (former.observed, former.observed_generation) == ("absent", former.generation)
    assert await house.green(1)
    assert house.absences == []
    [retired] = [row for row in await house.rows(audit_entry.select()) if row.action == "entries.retired"]
    assert retired.record_id == record_id(1)


async def test_a_record_is_not_gone_while_its_former_entry_stands(house: SyncHouse) -> None:
    """The worst that may happen: a certificate for a record that the portal still shows under its former name."""
    await house.publish(1)
    await house.settle(JIANGSU, rounds=2)
    house.china.plan(record(1), *[Act.KEEP] * 50)
    await house.hear(renamed(1, 2))
    await house.settle(rounds=3)
    await house.hear(offline(1, 3))
    await house.settle(rounds=3)
    await house.settle(JIANGSU, rounds=6)
    assert await house.green(1)
    assert [one.portal for one in house.absences] == [JIANGSU]
    with pytest.raises(Problem) as refused:
        await certificate(house)
    assert "credit_china (a former entry)" in refused.value.detail
    house.china.lose(record(1))
    await house.settle(rounds=60, step=MINUTE)
    assert [(one.record_id, one.generation, one.portal) for one in house.absences] == [
        (record_id(1), 3, JIANGSU),
        (record_id(1), 3, CHINA),
    ]
    assert '"former_entries"' in await certificate(house)


async def test_a_former_entry_that_rises_again_is_a_ghost_and_is_mended(house: SyncHouse) -> None:
    await house.publish(1, 2, 3)
    await house.hear(renamed(1, 2))
    await house.settle(rounds=3)
    house.clock.advance(MINUTE)
    house.china.resurrect(record(1))
    run = await house.reconcile()
    assert (run.state, run.drifts) == ("mended", 1)
    [former] = await formers(house)
    [found] = await house.drifts()
    assert (found.kind, found.portal_key, found.record_id) == (DriftKind.GHOST, former.portal_key, former.record_id)
    await house.settle(rounds=5)
    assert house.china.faces(record(1)) == set()


async def test_a_name_that_comes_back_takes_its_former_entry_up_again(house: SyncHouse) -> None:
    await house.publish(1)
    await house.hear(renamed(1, 2))
    await house.settle(rounds=3)
    await house.hear(online(1, 3))
    await house.settle(rounds=3)
    assert house.china.faces(record(1)) == set(FACES)
    assert house.china.faces(renamed(1, 2).record) == set()
    [former] = await formers(house)
    assert former.portal_key == house.china.portal_key(renamed(1, 2).record)
    assert await house.green(1)


async def test_the_key_of_another_records_entry_is_not_taken_from_it(house: SyncHouse) -> None:
    """Record 1 first bore the number of record 2; when it is corrected, record 2 must stay."""
    wrong = online(1).model_copy(update={"record": record(2)})
    await house.hear(wrong)
    await house.settle(rounds=2)
    await house.hear(online(2))
    await house.hear(online(1, 2))
    await house.settle(rounds=20)
    assert await formers(house) == []
    assert house.china.faces(record(1)) == house.china.faces(record(2)) == set(FACES)


async def test_a_repeated_or_late_amendment_retires_nothing_twice(house: SyncHouse) -> None:
    await house.publish(1)
    for told in (renamed(1, 2), renamed(1, 2), online(1, 1)):
        await house.hear(told)
    await house.settle(rounds=3)
    assert len(await formers(house)) == 1
    assert house.china.faces(renamed(1, 2).record) == set(FACES)


async def test_an_amendment_that_its_take_down_overtook_does_not_turn_the_take_down_to_another_key(
    house: SyncHouse,
) -> None:
    await house.publish(1)
    await house.hear(offline(1, 3))
    await house.hear(renamed(1, 2))
    await house.settle(rounds=3)
    assert house.china.faces(record(1)) == set()
    assert await house.green(1)
    assert await formers(house) == []


async def test_nothing_is_retired_that_was_sent_nowhere(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.hear(renamed(1, 2))
    assert await formers(house) == []


async def test_two_writers_that_bring_both_names_at_once_leave_no_entry_behind(house: SyncHouse) -> None:
    await house.publish(1)

    async def hear(told: PublicationOnline) -> None:
        async with unit_of_work(house.database, house.clock) as work:
            await want_online(work, [told], house.fakes, load_calendar())

    await asyncio.gather(hear(renamed(1, 2)), hear(renamed(1, 3, "二")))
    await house.heard()
    await house.settle(rounds=5)
    assert house.china.faces(record(1)) == house.china.faces(renamed(1, 2).record) == set()
    assert house.china.faces(renamed(1, 3, "二").record) == set(FACES)


async def test_a_batch_of_amendments_costs_the_same_number_of_statements_whatever_its_size(house: SyncHouse) -> None:
    await house.publish(*range(12))
    small = await house.statements_of(lambda: house.hear(*(renamed(number, 2) for number in range(2))))
    large = await house.statements_of(lambda: house.hear(*(renamed(number, 2) for number in range(2, 12))))
    assert len(large) == len(small)
    assert await house.count(content) == 12 + len(await formers(house)) == 24


async def test_a_former_entry_that_still_stands_is_told_as_a_presence_of_its_record(house: SyncHouse) -> None:
    await house.publish(1)
    house.china.plan(record(1), *[Act.KEEP] * 50)
    await house.hear(renamed(1, 2))
    await house.settle(rounds=20)
    before = len(house.presences)
    await house.hear(offline(1, 3))
    await house.settle(rounds=60, step=MINUTE)
    told = house.presences[before:]
    assert before == 0
    assert {(one.record_id, one.generation) for one in told} == {(record_id(1), 3)}


async def certificate(house: SyncHouse) -> str:
    press = Press(read_signing(new_key_set()), "https://check.example")
    async with unit_of_work(house.database, house.clock) as work:
        return await certificate_for(work, record_id(1), press, "operator")

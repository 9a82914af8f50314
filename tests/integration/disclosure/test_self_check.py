"""Every night a part of the stored windows is computed again and the ledger compared with the column (G03, G16)."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from services.disclosure import tables
from services.disclosure.column.tables import column_entry
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.metrics import LEDGER_DIFFERENCES, RECOMPUTED
from services.disclosure.self_check.check import check, check_once_a_night
from services.disclosure.self_check.tables import self_check
from services.disclosure.self_check.timers import timers
from shared.policy.load import texts_of
from shared.vocabulary import PenaltyType
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, label, ordinary
from tests.support.register import HEAR, admit, move_to, penalty, run_expiry
from tests.support.services import RunningService

DECIDED = date(2026, 10, 30)


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def checked(house: LawHouse, records: int = 1_000) -> dict[str, int]:
    found = await check(house.service.database, house.service.clock, "", records)
    return {result.value: number for result, number in found.items()}


async def test_windows_of_every_adoption_come_out_again_bit_for_bit(house: LawHouse) -> None:
    huge = told.record(DECIDED, PenaltyType.FINE, fine=120_000)
    await house.hear(told.admitted(of=told.record(date(2026, 4, 20))), told.admitted(of=huge))
    await house.hear(told.admitted(of=told.licence_record()), told.admitted(of=told.record(date(2025, 12, 1))))
    await house.adopt(agreeing(ordinary("P6M")))
    await house.judge_anew()
    await house.hear(told.admitted())
    await house.adopt(label(texts_of(), "another"))
    await house.judge_anew()
    before = RECOMPUTED.labels("same")._value.get()
    assert await checked(house) == {"same": 15}
    assert RECOMPUTED.labels("same")._value.get() == before + 15
    [row] = await house.service.rows(self_check)
    assert (row.windows, row.windows_different, row.windows_unknown, row.ledger_differences) == (15, 0, 0, 0)
    [view] = (await house.service.get("/v1/self-checks")).json()
    assert view["windows"] == 15


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ({"closes_on": date(2027, 10, 31)}, "different"),
        ({"provenance": ("2027-10-30", "2027-10-31")}, "different"),
        ({"provenance": ('"fine": "60000"', '"fine": "600000"')}, "different"),
        ({"provenance": ('"pack_version": "2026', '"pack_version": "1999')}, "unknown_packs"),
    ],
)
async def test_a_window_that_was_tampered_with_is_found(house: LawHouse, changed: Any, result: str) -> None:
    event = told.admitted()
    await house.hear(event)
    rows = await house.service.rows(tables.explained_publication.subquery())
    [own] = [row for row in rows if row.audience == "own_column"]
    if isinstance(changed.get("provenance"), tuple):
        old, new = changed["provenance"]
        assert old in own.provenance
        changed = {"provenance": own.provenance.replace(old, new)}
    async with house.service.work() as work:
        table = tables.publication_provenance if "provenance" in changed else tables.publication
        await work.connection.execute(update(table).where(table.c.audience == "own_column").values(**changed))
    assert json.loads(own.provenance)["closes_on"] == "2027-10-30"
    assert await checked(house) == {"same": 2, result: 1}


async def test_the_check_runs_once_a_night_and_goes_on_where_it_ended(house: LawHouse) -> None:
    service = house.service
    await house.hear(*(told.admitted(of=penalty(number, DECIDED)) for number in (1, 2, 3)))
    ids = sorted(row.record_id for row in await service.rows(tables.disclosed_record))
    await check(service.database, service.clock, ids[0], 250)
    [first] = await service.rows(self_check)
    assert (first.windows, first.last_record_id) == (6, ids[2])
    await check_once_a_night(service.database, service.clock)
    assert len(await service.rows(self_check)) == 1
    move_to(service, date(2026, 11, 3), hours=1)
    [timer] = timers(service.database, service.clock)
    assert await timer.job() == 0
    assert len(await service.rows(self_check)) == 1
    service.clock.advance(timedelta(hours=1))
    assert await timer.job() == 0
    rows = await service.rows(self_check)
    assert [(row.checked_on.isoformat(), row.windows, row.last_record_id) for row in rows][1:] == [
        ("2026-11-03", 0, "")
    ]
    move_to(service, date(2026, 11, 4), hours=2)
    await timer.job()
    assert (await service.rows(self_check))[-1].windows == 9


async def test_a_ledger_that_differs_from_the_column_is_found(disclosure: RunningService) -> None:
    ids = await admit(disclosure, *(penalty(number, DECIDED) for number in range(1, 7)))
    await disclosure.hear(HEAR.repairs, told.repaired(ids[0]))
    await check(disclosure.database, disclosure.clock, "", 10)
    assert LEDGER_DIFFERENCES._value.get() == 0
    async with disclosure.work() as work:
        entered = ledger_entry.c
        await work.connection.execute(delete(ledger_entry).where(entered.record_id == ids[1]))
        await work.connection.execute(delete(ledger_entry).where(entered.record_id == ids[0], entered.what == "exited"))
        shown = tables.publication.c
        await work.connection.execute(
            update(tables.publication).where(shown.record_id == ids[2]).values(state="offline")
        )
    await check(disclosure.database, disclosure.clock, "", 10)
    # Never entered; ended and not entered so; ended behind the ledger's back, and still in the search index.
    assert LEDGER_DIFFERENCES._value.get() == 4
    assert len(await disclosure.rows(column_entry)) == 5


async def test_a_months_end_leaves_no_difference(disclosure: RunningService) -> None:
    await admit(disclosure, *(penalty(number, date(2025, 11, number + 10)) for number in range(1, 10)))
    move_to(disclosure, date(2026, 11, 16))
    await run_expiry(disclosure)
    await check(disclosure.database, disclosure.clock, "", 10)
    assert LEDGER_DIFFERENCES._value.get() == 0


async def exits(house: LawHouse) -> list[tuple[str, str]]:
    """Record and bucket of every exit of the ledger, with the ledger compared on the way."""
    await checked(house)
    assert LEDGER_DIFFERENCES._value.get() == 0
    return [(row.record_id, row.bucket) for row in await house.service.rows(ledger_entry) if row.what == "exited"]


async def stated(house: LawHouse, record_id: str, **facts: Any) -> None:
    answer = await house.service.post(f"/v1/confirmations/{record_id}", {"reason": "经核实", **facts})
    assert answer.status_code == 201, answer.text


async def test_a_suspension_is_no_exit_and_the_repair_that_follows_is_counted(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    await house.hear(told.amended(event.record_id, told.record(fine=None)))
    assert {row.state for row in await house.service.rows(tables.publication)} == {"awaiting_confirmation"}
    assert await exits(house) == []
    await stated(house, event.record_id, fine="60000")
    assert {row.state for row in await house.service.rows(tables.publication)} == {"online"}
    assert await exits(house) == []
    await house.hear_repairs(told.repaired(event.record_id))
    assert await exits(house) == [(event.record_id, "repair")]


async def test_a_suspended_record_that_may_not_be_shown_leaves_into_a_bucket(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    await house.hear(told.amended(event.record_id, told.record(fine=None)))
    await stated(house, event.record_id, secret=True)
    assert {row.state for row in await house.service.rows(tables.publication)} == {"offline"}
    assert await exits(house) == [(event.record_id, "rule")]
    again = await house.service.post(f"/v1/confirmations/{event.record_id}", {"reason": "更正", "secret": False})
    assert again.status_code == 409
    await house.hear(told.amended(event.record_id, told.record(fine=70_000), generation=9))
    assert {row.state for row in await house.service.rows(tables.publication)} == {"offline"}
    assert await exits(house) == [(event.record_id, "rule")]


async def test_a_record_that_was_never_shown_may_be_shown_when_its_facts_change(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=None))
    await house.hear(event)
    await stated(house, event.record_id, secret=True)
    assert {row.state for row in await house.service.rows(tables.publication)} == {"exempt"}
    await stated(house, event.record_id, secret=False, fine="60000")
    assert {row.state for row in await house.service.rows(tables.publication)} == {"online"}
    assert await exits(house) == []


@pytest.mark.parametrize("how", ["withdrawal", "repair"])
async def test_what_ends_while_it_is_suspended_leaves_the_ledger_with_its_reason(house: LawHouse, how: str) -> None:
    shown, never = told.admitted(), told.admitted(of=told.record(fine=None))
    await house.hear(shown, never)
    await house.hear(told.amended(shown.record_id, told.record(fine=None)))
    await house.service.take_told()
    for event in (shown, never):
        if how == "repair":
            await house.hear_repairs(told.repaired(event.record_id))
        else:
            await house.hear(told.voided(event.record_id))
    assert await house.service.take_told() == []
    rows = await house.service.rows(tables.publication)
    reason = "repair_approved" if how == "repair" else "decision_withdrawn"
    assert {(row.state, row.reason) for row in rows} == {("offline", reason)}
    assert await exits(house) == [(shown.record_id, "repair" if how == "repair" else "revoked")]

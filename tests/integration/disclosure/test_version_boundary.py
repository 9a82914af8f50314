"""When 36号令 begins, what it ends is gone at 00:00, whoever was asleep; what rests on a confirmation said so (G04)."""

from datetime import date, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.disclosure import tables
from services.disclosure.domain.facts import facts_of
from services.disclosure.forms.store import count_late
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.policy.reevaluate import end_foreseen
from shared.clock import start_of_legal_day
from shared.contracts.events import PublicationOffline, PublicationOnline, RecordAdmitted
from shared.policy import evaluate, load_packs
from shared.vocabulary import Audience, PenaltyType, TakeDownReason
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.services import RunningService

BOUNDARY, ARRIVAL = date(2026, 4, 1), date(2026, 3, 20)
WARNING, REVOCATION = PenaltyType.WARNING, PenaltyType.LICENCE_REVOCATION
OWN, CREDIT, MARKET = Audience.OWN_COLUMN, Audience.CREDIT_SITES, Audience.MARKET_SUPERVISION


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    house = await LawHouse.opened(disclosure)
    house.go_to(ARRIVAL)
    return house


def arriving(decided_on: date, *types: PenaltyType, fine: int | None = 60_000) -> RecordAdmitted:
    return told.admitted(of=told.record(decided_on, *types, fine=fine), on=max(ARRIVAL, decided_on))


async def seen(house: LawHouse) -> set[str]:
    """What the public finds: in the list, in the file, and one by one."""
    client = house.service.client
    listed = {item["record_id"] for item in (await client.get("/v1/column/records?limit=100")).json()["items"]}
    lines = (await client.get("/v1/column/records.csv?limit=100")).text
    known = [row.record_id for row in await house.service.rows(tables.disclosed_record)]
    assert {record_id for record_id in known if record_id in lines} == listed
    singly = {one for one in known if (await client.get(f"/v1/column/records/{one}")).status_code == 200}
    assert singly == listed
    return listed


def states(rows: list[Any], audience: Audience = OWN) -> dict[str, tuple[str, str | None]]:
    return {row.record_id: (row.state, row.reason) for row in rows if row.audience == audience}


async def foresee_all(house: LawHouse) -> tuple[RecordAdmitted, ...]:
    recent = arriving(date(2026, 1, 10))
    warned = arriving(date(2025, 10, 1), WARNING, fine=None)
    unknown = arriving(date(2025, 12, 1), fine=None)
    grave = arriving(date(2024, 5, 1), REVOCATION, fine=None)
    await house.hear(recent, warned, unknown, grave)
    return recent, warned, unknown, grave


async def test_at_midnight_nothing_is_visible_that_the_new_version_ends_though_nobody_judged_anew(
    house: LawHouse,
) -> None:
    recent, warned, unknown, _ = await foresee_all(house)
    house.go_to(BOUNDARY)
    house.service.clock.advance(timedelta(microseconds=-1))
    before = await seen(house)
    assert {recent.record_id, warned.record_id, unknown.record_id} <= before
    house.service.clock.advance(timedelta(microseconds=1))
    assert await seen(house) == before - {warned.record_id, unknown.record_id}
    rows = states(await house.service.rows(tables.publication))
    assert rows[warned.record_id] == rows[unknown.record_id] == ("online", None)


async def test_the_sweep_ends_first_what_was_foreseen_and_tells_each_once(house: LawHouse) -> None:
    _, warned, unknown, _ = await foresee_all(house)
    aged = arriving(date(2024, 12, 1))
    await house.hear(aged)
    await house.service.take_told()
    service = house.service
    assert await end_foreseen(service.database, service.clock, house.book) == 0
    house.go_to(BOUNDARY)
    async with service.database.reading() as connection:
        assert await count_late(connection, BOUNDARY) == 2
    assert await end_foreseen(service.database, service.clock, house.book, limit=2)
    assert REGISTRY.get_sample_value("g04_foreseen_ends_waiting")
    while await end_foreseen(service.database, service.clock, house.book, limit=2):
        pass
    assert REGISTRY.get_sample_value("g04_foreseen_ends_waiting") == 0
    events = await service.take_told()
    gone = {(e.record_id, e.audience): (e.reason, e.offline_on) for e in events if isinstance(e, PublicationOffline)}
    over = (TakeDownReason.WINDOW_EXPIRED, BOUNDARY)
    assert gone == {
        (warned.record_id, OWN): over,
        (aged.record_id, CREDIT): over,
        (aged.record_id, MARKET): over,
        (unknown.record_id, OWN): (TakeDownReason.NO_LONGER_PUBLISHABLE, BOUNDARY),
    }
    rows = states(await service.rows(tables.publication))
    assert rows[warned.record_id] == ("offline", "window_expired")
    assert rows[unknown.record_id] == ("awaiting_confirmation", None)
    async with service.database.reading() as connection:
        assert await count_late(connection, BOUNDARY) == 0
    ledger = {row.record_id: row.on_day for row in await service.rows(ledger_entry) if row.what == "exited"}
    assert ledger == {warned.record_id: BOUNDARY}
    await house.judge_anew()
    assert not any(isinstance(e, PublicationOffline) for e in await service.take_told())


async def test_what_was_foreseen_is_what_the_engine_says_on_the_day(house: LawHouse) -> None:
    days = [date(2023, 5, 1) + timedelta(days=31 * step) for step in range(34)]
    events = [arriving(day, fine=fine) for day in days for fine in (60_000, 130_000)]
    await house.hear(*events)
    foreseen = {(row.record_id, row.audience): row.ends_on for row in await house.service.rows(tables.foreseen_end)}
    online = {(r.record_id, r.audience): r for r in await house.service.rows(tables.publication) if r.state == "online"}
    assert foreseen
    packs = load_packs()
    for event in events:
        for window in evaluate(facts_of(event.record, event.first_submitted_on), packs, BOUNDARY):
            key = (event.record_id, window.audience)
            if key in online:
                assert foreseen.get(key, online[key].offline_on) == window.offline_on


async def test_packs_that_know_a_later_version_are_foreseen_from_their_adoption_on(house: LawHouse) -> None:
    event = arriving(date(2025, 9, 15))
    await house.hear(event)
    assert {row.ends_on for row in await house.service.rows(tables.foreseen_end)} == {date(2026, 9, 16)}
    await house.adopt(agreeing(ordinary("P6M")))
    await house.judge_anew()
    assert {row.ends_on for row in await house.service.rows(tables.foreseen_end)} == {BOUNDARY}
    orders = [e for e in await house.service.take_told() if isinstance(e, PublicationOnline | PublicationOffline)]
    assert {e.generation for e in orders} == {1}
    views = (await house.service.get(f"/v1/records/{event.record_id}/publications")).json()
    assert {view["foreseen_end_on"] for view in views if view["state"] == "online"} == {"2026-04-01"}
    counts = (await house.service.get("/v1/expiring-counts?by=2026-04-01")).json()
    assert counts == {"own_column": 1, "credit_sites": 1, "market_supervision": 1}


async def test_what_ended_before_the_version_began_leaves_nothing_foreseen(house: LawHouse) -> None:
    _, warned, *_ = await foresee_all(house)
    await house.hear_repairs(told.repaired(warned.record_id))
    house.go_to(BOUNDARY)
    service = house.service
    while await end_foreseen(service.database, service.clock, house.book):
        pass
    assert all(row.ends_on > BOUNDARY for row in await service.rows(tables.foreseen_end))
    assert states(await service.rows(tables.publication))[warned.record_id] == ("offline", "repair_approved")


async def test_a_class_that_must_be_confirmed_before_the_boundary_says_by_when(house: LawHouse) -> None:
    event = arriving(date(2024, 12, 1), fine=130_000)
    await house.hear(event)
    answer = (await house.service.get("/v1/confirmations?lang=en")).json()["items"]
    assert [item["record_id"] for item in answer] == [event.record_id]
    by = {one["audience"]: one["confirm_by"] for one in answer[0]["publications"]}
    assert by == {"own_column": None, "credit_sites": "2026-03-31", "market_supervision": "2026-03-31"}
    sentences = [line for one in answer[0]["publications"] for line in one["explanation"]]
    assert any("confirm it by 2026-03-31" in line for line in sentences)
    body = {"reason": "集体讨论决定", "severity": "serious"}
    assert (await house.service.post(f"/v1/confirmations/{event.record_id}", body)).status_code == 201
    assert (await house.service.get("/v1/confirmations")).json()["items"] == []
    house.go_to(BOUNDARY)
    await house.judge_anew()
    rows = states(await house.service.rows(tables.publication), CREDIT)
    assert rows[event.record_id] == ("online", None)


def test_the_boundary_begins_at_midnight_in_shanghai() -> None:
    assert start_of_legal_day(BOUNDARY).isoformat() == "2026-03-31T16:00:00+00:00"

"""What a record leaves open waits for a person; who, why and when are kept, and amendments undo nothing (G03, G04)."""

from datetime import date
from typing import Any

import pytest

from services.disclosure import tables
from services.disclosure.confirmations import tables as people
from shared.contracts.events import PublicationOffline, PublicationOnline, PublicationRetold
from shared.ids import new_id
from shared.vocabulary import Audience, PenaltyType
from shared.web.pagination import encoded
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, label, ordinary
from tests.support.services import RunningService

HUGE = 130_000


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def states(house: LawHouse, record_id: str) -> set[str]:
    return {row.state for row in await house.service.rows(tables.publication) if row.record_id == record_id}


async def waiting(house: LawHouse, what: str = "confirmations") -> list[dict[str, Any]]:
    answer = await house.service.get(f"/v1/{what}?lang=en")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def confirm(house: LawHouse, record_id: str, **facts: Any) -> Any:
    return await house.service.post(f"/v1/confirmations/{record_id}", {"reason": "经核实", **facts})


async def test_a_huge_fine_is_shown_as_ordinary_until_a_person_finds_it_serious(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=HUGE))
    await house.hear(event, told.admitted())
    (item,) = await waiting(house)
    assert (item["record_id"], item["document_number"]) == (event.record_id, event.record.document_number)
    assert all("confirm:fine_from:huge" in one["grounds"] for one in item["publications"])
    await house.service.take_told()
    answer = await confirm(house, event.record_id, severity="serious")
    assert answer.status_code == 201, answer.text
    assert {one["closes_on"] for one in answer.json()["changed"]} == {"2029-10-30"}
    events = await house.service.take_told()
    assert {(e.audience, e.generation, e.closes_on) for e in events if isinstance(e, PublicationOnline)} == {
        (audience, 2, date(2029, 10, 30)) for audience in Audience
    }
    assert await waiting(house) == []
    (row,) = await house.service.rows(people.confirmation)
    assert (row.decided_by, row.reason, row.decided_at) == ("law-officer", "经核实", house.service.clock.now())


async def test_what_is_not_shown_waits_first_and_then_what_ends_first_page_by_page(house: LawHouse) -> None:
    days = {"late": date(2026, 10, 30), "soon": date(2026, 3, 2), "between": date(2026, 7, 1)}
    events = {name: told.admitted(of=told.record(fine=HUGE, decided_on=day)) for name, day in days.items()}
    events["hidden"] = told.admitted(of=told.record(fine=None))
    await house.hear(*events.values())
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await house.service.get(f"/v1/confirmations?limit=1{cursor}")).json()
        seen += [one["record_id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [events[name].record_id for name in ("hidden", "soon", "between", "late")]
    assert [one["record_id"] for one in await waiting(house)] == seen
    counts = (await house.service.get("/v1/confirmation-counts")).json()
    soon = next(one for one in await waiting(house) if one["record_id"] == events["soon"].record_id)
    first = min(one["confirm_by"] for one in soon["publications"])
    assert (counts["records"], counts["hidden"], counts["first_by"]) == (4, 1, first)


@pytest.mark.parametrize("position", [["x"], ["2026-13-01", "a"], ["2026-01-01"], ["2026-01-01", 1]])
async def test_a_position_that_the_list_never_gave_out_is_refused(house: LawHouse, position: list[str | int]) -> None:
    answer = await house.service.get(f"/v1/confirmations?cursor={encoded(position)}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_person_may_find_it_ordinary_and_nothing_is_ordered(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=HUGE))
    await house.hear(event)
    await house.service.take_told()
    assert (await confirm(house, event.record_id, severity="ordinary")).status_code == 201
    assert await waiting(house) == []
    again = [one for one in await house.service.take_told() if isinstance(one, PublicationRetold)]
    assert {(one.audience, one.generation, one.needs_confirmation) for one in again} == {
        (audience, 1, False) for audience in Audience
    }
    assert {one.confirmed_repair_from_on for one in again} == {None}


async def test_until_a_person_decides_the_graver_first_day_of_repair_is_told_too(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=HUGE))
    await house.hear(event, plain := told.admitted())
    said = [one for one in await house.service.take_told() if isinstance(one, PublicationOnline)]
    days = {(one.record_id, one.needs_confirmation, one.confirmed_repair_from_on) for one in said}
    assert days == {(event.record_id, True, date(2027, 10, 31)), (plain.record_id, False, None)}
    assert {one.repair_from_on for one in said} == {date(2027, 1, 31)}
    await confirm(house, event.record_id, severity="serious")
    after = [one for one in await house.service.take_told() if isinstance(one, PublicationOnline)]
    assert {(one.needs_confirmation, one.repair_from_on) for one in after} == {(False, date(2027, 10, 31))}


async def test_whoever_asks_is_told_the_later_first_day_of_repair_until_a_person_decides(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=HUGE))
    await house.hear(event)

    async def days_of_repair() -> tuple[set[str], set[tuple[str, str, bool]]]:
        shown = await house.service.get(f"/v1/records/{event.record_id}/publications")
        dates = await house.service.get(f"/v1/records/{event.record_id}/dates")
        repair = [one for one in dates.json() if one["what"] == "repair_from"]
        return {one["repair_from_on"] for one in shown.json()}, {
            (one["day"], one["rule_id"], one["awaits_confirmation"]) for one in repair
        }

    assert await days_of_repair() == ({"2027-10-31"}, {("2027-10-31", "ndrc-36-2026/serious", True)})
    await confirm(house, event.record_id, severity="ordinary")
    assert await days_of_repair() == ({"2027-01-31"}, {("2027-01-31", "ndrc-36-2026/ordinary", False)})


async def test_a_record_without_the_amount_is_not_shown_until_a_person_gives_it(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=None))
    await house.hear(event)
    assert await house.service.take_told() == []
    assert [one["record_id"] for one in await waiting(house)] == [event.record_id]
    assert (await confirm(house, event.record_id, fine="60000")).status_code == 201
    shown = await house.service.take_told()
    assert {(e.audience, e.record) for e in shown if isinstance(e, PublicationOnline)} == {
        (audience, event.record) for audience in Audience
    }


async def test_stated_facts_outlive_amendments_and_adoptions(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=HUGE))
    await house.hear(event)
    await confirm(house, event.record_id, severity="serious")
    await house.hear(told.amended(event.record_id, told.record(fine=HUGE + 1000)))
    await house.adopt(agreeing(label(ordinary("P1Y"), "again")))
    await house.judge_anew()
    rows = [row for row in await house.service.rows(tables.publication) if row.record_id == event.record_id]
    assert {(row.severity, row.closes_on) for row in rows} == {("serious", date(2029, 10, 30))}


async def test_the_newest_word_counts_and_the_older_ones_are_kept(house: LawHouse) -> None:
    event = told.admitted(of=told.record(fine=HUGE))
    await house.hear(event)
    await confirm(house, event.record_id, severity="serious")
    house.pass_days(1)
    await confirm(house, event.record_id, severity="ordinary")
    rows = [row for row in await house.service.rows(tables.publication) if row.record_id == event.record_id]
    assert {(row.severity, row.needs_confirmation) for row in rows} == {("ordinary", False)}
    assert len(await house.service.rows(people.confirmation)) == 2


async def test_a_secret_record_goes_offline_everywhere_and_stays_away(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    await house.service.take_told()
    await confirm(house, event.record_id, secret=True)
    gone = await house.service.take_told()
    assert {(e.audience, e.generation) for e in gone if isinstance(e, PublicationOffline)} == {
        (audience, 2) for audience in Audience
    }
    assert (await confirm(house, event.record_id, secret=False)).status_code == 409
    assert await house.service.take_told() == []
    assert await states(house, event.record_id) == {"offline"}


async def test_what_ended_at_a_boundary_on_the_milder_reading_is_not_confirmed_without_effect(house: LawHouse) -> None:
    house.go_to(date(2024, 12, 10))
    event = told.admitted(of=told.record(date(2024, 12, 1), fine=HUGE), on=date(2024, 12, 10))
    await house.hear(event)
    house.go_to(date(2026, 3, 31))
    await house.expire()
    await house.judge_anew()
    assert "online" in await states(house, event.record_id)
    house.go_to(date(2026, 4, 1))  # 58号令 gave three years; the milder class of 36号令 ended before it began
    await house.judge_anew()
    assert await states(house, event.record_id) == {"offline"}
    assert await waiting(house) == []
    await house.service.take_told()
    stored = await house.service.counts()
    answer = await confirm(house, event.record_id, severity="serious")
    assert answer.status_code == 409, answer.text
    assert "no longer shown to anyone" in answer.json()["detail"]
    assert answer.json()["reasons"] == ["window_expired"]
    ended = {one["audience"]: one for one in answer.json()["ended"]}
    assert ended["credit_sites"]["offline_on"] == "2026-04-01"
    assert "国家发展改革委令第36号" in ended["credit_sites"]["article"]
    assert ended["own_column"]["offline_on"] == "2025-12-02"
    assert await house.service.counts() == stored
    assert await house.service.take_told() == []


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"severity": "minor"},
        {"list_conditions": ["no such situation"]},
        {"fine": "-1"},
        {"fine": "NaN"},
        {"reason": " ", "secret": True},
        {"reason": "a\x00b", "secret": True},
        {"decided_on": "2026-01-01"},
        {"authority_region": "南通"},
        {"penalty_types": []},
    ],
)
async def test_what_is_no_fact_is_refused_and_nothing_is_stored(house: LawHouse, facts: dict[str, Any]) -> None:
    event = told.admitted(of=told.record(fine=HUGE))
    await house.hear(event)
    stored = await house.service.counts()
    answer = await confirm(house, event.record_id, **facts)
    assert answer.status_code == 422, answer.text
    assert await house.service.counts() == stored


async def test_unknown_withdrawn_and_repaired_records_are_not_confirmed(house: LawHouse) -> None:
    withdrawn, repaired = told.admitted(of=told.record(fine=None)), told.admitted(of=told.record(fine=None))
    await house.hear(withdrawn, repaired)
    await house.hear(told.voided(withdrawn.record_id))
    await house.hear_repairs(told.repaired(repaired.record_id))
    assert await waiting(house) == []
    assert (await confirm(house, new_id(), secret=True)).status_code == 404
    assert (await confirm(house, "nonsense", secret=True)).status_code == 404
    for event in (withdrawn, repaired):
        assert (await confirm(house, event.record_id, fine="60000")).status_code == 409
    path, scope = f"/v1/confirmations/{withdrawn.record_id}", "disclosure:read"
    assert (await house.service.post(path, {"reason": "x", "secret": True}, scope=scope)).status_code == 403


async def test_the_queue_comes_in_pages(house: LawHouse) -> None:
    events = [told.admitted(of=told.record(fine=None)) for _ in range(5)]
    await house.hear(*events)
    seen: list[str] = []
    path = "/v1/confirmations?limit=2&total=true"
    while path:
        page = (await house.service.get(path)).json()
        seen += [one["record_id"] for one in page["items"]]
        assert page["total"] == {"items": 5, "or_more": False}
        path = f"/v1/confirmations?limit=2&total=true&cursor={page['next']}" if page["next"] else ""
    assert seen == sorted(event.record_id for event in events)


async def test_a_warning_for_which_nobody_asked_needs_no_person(house: LawHouse) -> None:
    await house.hear(told.admitted(of=told.record(told.DECIDED, PenaltyType.WARNING, fine=None)))
    assert await waiting(house) == []

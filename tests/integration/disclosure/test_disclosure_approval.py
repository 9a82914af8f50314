"""审慎适度: where approval is asked for, nothing is shown without a word of a person, which keeps its reason."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.disclosure import tables
from services.disclosure.confirmations import tables as people
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.vocabulary import Audience
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.services import running_service

NANTONG = "320600"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[LawHouse]:
    settings = {"approval_required_regions": (NANTONG,)}
    async with running_service("disclosure", database_url, tmp_path, LAW_OFFICER, **settings) as service:
        yield await LawHouse.opened(service, NANTONG)


async def states(house: LawHouse, record_id: str) -> set[str]:
    return {row.state for row in await house.service.rows(tables.publication) if row.record_id == record_id}


async def decide(house: LawHouse, record_id: str, **body: Any) -> Any:
    return await house.service.post(f"/v1/approvals/{record_id}", {"reason": "已审核", **body})


async def test_only_the_named_region_waits_and_an_approved_record_is_shown_at_once(house: LawHouse) -> None:
    district = told.record().model_copy(update={"region": "320685"})
    elsewhere = told.record().model_copy(update={"region": "320700"})
    waits, free = told.admitted(of=district), told.admitted(of=elsewhere)
    await house.hear(waits, free)
    assert {e.record_id for e in await house.service.take_told()} == {free.record_id}  # type: ignore[attr-defined]
    page = (await house.service.get("/v1/approvals?total=true")).json()
    queue = page["items"]
    assert page["total"] == {"items": len(queue), "or_more": False}
    assert [one["record_id"] for one in queue] == [waits.record_id]
    assert (await decide(house, free.record_id, approved=True)).status_code == 409

    answer = await decide(house, waits.record_id, approved=True)
    assert answer.status_code == 201, answer.text
    shown = await house.service.take_told()
    assert {(e.record_id, e.audience) for e in shown if isinstance(e, PublicationOnline)} == {
        (waits.record_id, audience) for audience in Audience
    }
    assert (await house.service.get("/v1/approvals")).json()["items"] == []
    (row,) = await house.service.rows(people.approval)
    assert (row.approved, row.decided_by, row.reason) == (True, "law-officer", "已审核")


async def test_a_refused_record_is_never_shown_whatever_follows(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    assert (await decide(house, event.record_id, approved=False)).status_code == 201
    await house.hear(told.amended(event.record_id, told.record(fine=70_000)))
    await house.adopt(agreeing(ordinary("P6M")))
    await house.judge_anew()
    assert await house.service.told() == []
    assert await states(house, event.record_id) == {"exempt"}
    assert (await decide(house, event.record_id, approved=True)).status_code == 409


async def test_an_amendment_of_an_approved_record_needs_no_second_word(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    await decide(house, event.record_id, approved=True)
    await house.service.take_told()
    await house.hear(told.amended(event.record_id, told.record(fine=70_000)))
    assert {type(e) for e in await house.service.take_told()} == {PublicationOnline}


async def test_a_window_that_passes_while_it_waits_is_never_shown(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    house.pass_days(400)
    assert (await house.service.get("/v1/approvals")).json()["items"] == []
    await decide(house, event.record_id, approved=True)
    assert await house.service.told() == []
    assert await states(house, event.record_id) == {"exempt"}


async def test_a_record_withdrawn_while_it_waits_cannot_be_approved(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event, told.voided(event.record_id))
    assert (await house.service.get("/v1/approvals")).json()["items"] == []
    assert (await decide(house, event.record_id, approved=True)).status_code == 409
    assert [e for e in await house.service.told() if isinstance(e, PublicationOnline | PublicationOffline)] == []


async def test_a_record_that_waits_because_of_a_stated_region_can_be_approved(house: LawHouse) -> None:
    elsewhere = told.record(fine=None).model_copy(update={"region": "320700"})
    event = told.admitted(of=elsewhere)
    await house.hear(event)
    stated = {"reason": "经核实", "fine": "60000", "authority_region": NANTONG}
    answer = await house.service.post(f"/v1/confirmations/{event.record_id}", stated)
    assert answer.status_code == 201, answer.text
    assert await states(house, event.record_id) == {"awaiting_approval"}
    answer = await decide(house, event.record_id, approved=True)
    assert answer.status_code == 201, answer.text
    assert await states(house, event.record_id) == {"online"}

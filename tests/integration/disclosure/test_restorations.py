"""What packs that proved wrong had hidden comes back by a person's act only, and never for longer (G03, G06)."""

from datetime import date
from typing import Any

import pytest

from services.disclosure import tables
from services.disclosure.restorations.tables import restoration, restored_publication
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.policy.load import texts_of
from shared.vocabulary import Audience, PenaltyType
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, changed, label, ordinary
from tests.support.services import RunningService

OWN = Audience.OWN_COLUMN
DECIDED = date(2026, 4, 20)
WRONG = agreeing(ordinary("P6M"))
HIDING = agreeing(
    changed(
        "ndrc-36-2026.toml",
        'publish_to = ["credit_sites", "own_column"]\nmin = "P3M"\nmax = "P1Y"',
        'publish_to = ["credit_sites"]\nmin = "P3M"\nmax = "P1Y"',
    )
)
CORRECTED = label(texts_of(), "2026.11b")


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def hidden(house: LawHouse, *records: Any, wrong: dict[str, str] = WRONG) -> None:
    """These records were shown, the wrong packs (revision 2) hid them, and the corrected ones are in force."""
    await house.hear(*records)
    await house.adopt(wrong)
    await house.judge_anew()
    await house.expire()
    await house.adopt(CORRECTED)
    await house.judge_anew()
    await house.service.take_told()


async def restore(house: LawHouse, *record_ids: str, revision: int = 2, **claims: Any) -> Any:
    body = {"revision": revision, "record_ids": list(record_ids), "reason": "规则包有误，现予更正"}
    return await house.service.post("/v1/restorations", body, **claims)


async def states(house: LawHouse, record_id: str) -> dict[str, str]:
    rows = await house.service.rows(tables.publication)
    return {row.audience: row.state for row in rows if row.record_id == record_id}


async def test_without_an_act_what_wrong_packs_hid_stays_hidden_and_with_it_it_is_shown_again(house: LawHouse) -> None:
    event, other = told.admitted(of=told.record(DECIDED)), told.admitted(of=told.record(DECIDED))
    await hidden(house, event, other)
    assert set((await states(house, event.record_id)).values()) == {"offline"}
    answer = await restore(house, event.record_id)
    assert answer.status_code == 201, answer.text
    assert {one["closes_on"] for one in answer.json()["outcomes"]} == {"2027-04-20"}
    orders = await house.service.take_told()
    assert {(one.record_id, one.audience, one.generation) for one in orders} == {  # type: ignore[attr-defined]
        (event.record_id, audience, 3) for audience in Audience
    }
    assert all(isinstance(one, PublicationOnline) and one.closes_on == date(2027, 4, 20) for one in orders)
    assert set((await states(house, event.record_id)).values()) == {"online"}
    assert set((await states(house, other.record_id)).values()) == {"offline"}
    column = (await house.service.client.get(f"/v1/column/records/{event.record_id}")).json()
    assert column["closes_on"] == "2027-04-20"
    [act] = await house.service.rows(restoration)
    assert (act.restored_by, act.reason, act.revision, act.records) == ("law-officer", "规则包有误，现予更正", 2, 1)
    was = {(row.was_state, row.was_reason, row.generation) for row in await house.service.rows(restored_publication)}
    assert was == {("offline", "no_longer_publishable", 3)}
    [view] = (await house.service.get("/v1/restorations")).json()["items"]
    assert view["restored_by"] == "law-officer"


async def test_what_was_restored_ends_on_its_day_like_any_other(house: LawHouse) -> None:
    event = told.admitted(of=told.record(DECIDED))
    await hidden(house, event)
    await restore(house, event.record_id)
    await house.service.take_told()
    house.go_to(date(2027, 4, 21))
    await house.expire()
    orders = await house.service.take_told()
    assert {(one.generation, one.offline_on) for one in orders if isinstance(one, PublicationOffline)} == {
        (4, date(2027, 4, 21))
    }
    assert (await restore(house, event.record_id)).status_code == 409


async def test_a_record_that_wrong_packs_withheld_when_it_arrived_can_be_shown_too(house: LawHouse) -> None:
    await house.adopt(HIDING)
    event = told.admitted()
    await house.hear(event)
    assert (await states(house, event.record_id))[OWN] == "exempt"
    await house.adopt(CORRECTED)
    await house.judge_anew()
    assert (await states(house, event.record_id))[OWN] == "exempt"
    [one] = (await house.service.get("/v1/restorations/candidates?revision=2")).json()["items"]
    assert (one["record_id"], one["audience"], one["refusal"]) == (event.record_id, OWN, None)
    assert (await restore(house, event.record_id)).status_code == 201
    assert (await states(house, event.record_id))[OWN] == "online"


async def test_repaired_withdrawn_and_cleared_records_are_never_restored(house: LawHouse) -> None:
    repaired, voided, later = (told.admitted(of=told.record(DECIDED)) for _ in range(3))
    await house.hear(repaired, voided, later)
    await house.hear_repairs(told.repaired(repaired.record_id))
    await house.hear(told.voided(voided.record_id))
    await hidden(house, told.admitted(of=told.record(DECIDED)))
    await house.hear_repairs(told.repaired(later.record_id))
    await house.service.take_told()
    answer = await restore(house, repaired.record_id, voided.record_id, later.record_id)
    assert answer.status_code == 409
    reasons = {refusal["reason"] for refusal in answer.json()["refusals"]}
    assert reasons == {"The record was withdrawn or repaired and is never shown again."}
    assert await house.service.take_told() == []
    assert await house.service.rows(restoration) == []


async def test_a_restoration_never_lengthens_what_the_law_before_the_wrong_packs_gave(house: LawHouse) -> None:
    event = told.admitted(of=told.record(DECIDED))
    await house.hear(event)
    await house.adopt(WRONG)
    await house.judge_anew()
    await house.adopt(agreeing(ordinary("P2Y")))  # "corrected" to something longer than ever
    await house.judge_anew()
    answer = await restore(house, event.record_id)
    assert {one["closes_on"] for one in answer.json()["outcomes"]} == {"2027-04-20"}


async def test_a_record_that_expired_by_right_is_no_candidate(house: LawHouse) -> None:
    expired = told.admitted(of=told.record(date(2025, 11, 4)))
    await house.hear(expired)
    house.pass_days(5)
    await house.expire()
    await hidden(house, told.admitted(of=told.record(DECIDED)))
    found = (await house.service.get("/v1/restorations/candidates?revision=2")).json()["items"]
    possible = {one["record_id"] for one in found if one["refusal"] is None}
    assert possible and expired.record_id not in possible
    assert (await restore(house, expired.record_id)).status_code == 409


async def test_changed_facts_are_judged_by_themselves_and_not_restored(house: LawHouse) -> None:
    event = told.admitted(of=told.record(DECIDED))
    await hidden(house, event, wrong=HIDING)
    warning = told.record(DECIDED, PenaltyType.WARNING, fine=None)
    await house.hear(told.amended(event.record_id, warning))
    answer = await restore(house, event.record_id)
    assert answer.status_code == 409


async def test_where_approval_is_asked_for_a_restored_record_waits_for_it(disclosure: RunningService) -> None:
    disclosure.token = LAW_OFFICER
    house = await LawHouse.opened(disclosure)
    event = told.admitted(of=told.record(DECIDED))
    await hidden(house, event)
    app: Any = disclosure.client._transport.app  # type: ignore[attr-defined]
    app.state.desk.law._approval_regions = ("320600",)
    app.state.desk.law._edition = None
    assert (await restore(house, event.record_id)).status_code == 201
    assert set((await states(house, event.record_id)).values()) == {"awaiting_approval"}
    assert await disclosure.take_told() == []


@pytest.mark.parametrize(
    ("revision", "status"),
    [(1, 409), (3, 409), (9, 404)],
    ids=["nothing before it", "still in force", "unknown"],
)
async def test_a_revision_that_cannot_be_wrong_is_refused(house: LawHouse, revision: int, status: int) -> None:
    event = told.admitted(of=told.record(DECIDED))
    await hidden(house, event)
    assert (await restore(house, event.record_id, revision=revision)).status_code == status
    where = f"/v1/restorations/candidates?revision={revision}"
    assert (await house.service.get(where)).status_code == status


async def test_only_a_person_who_may_confirm_restores_and_only_with_a_reason(house: LawHouse) -> None:
    event = told.admitted(of=told.record(DECIDED))
    await hidden(house, event)
    assert (await restore(house, event.record_id, scope="disclosure:read")).status_code == 403
    body = {"revision": 2, "record_ids": [event.record_id], "reason": "  "}
    assert (await house.service.post("/v1/restorations", body)).status_code == 422
    assert (await restore(house, "0" * 32)).status_code == 404
    assert await house.service.take_told() == []


async def test_the_candidates_come_page_by_page(house: LawHouse) -> None:
    events = [told.admitted(of=told.record(DECIDED)) for _ in range(4)]
    await hidden(house, *events)
    seen, cursor = [], ""
    while True:
        where = f"/v1/restorations/candidates?revision=2&limit=5{cursor}"
        page = (await house.service.get(where)).json()
        seen += [(one["record_id"], one["audience"]) for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 12
    assert {record_id for record_id, _ in seen} == {event.record_id for event in events}

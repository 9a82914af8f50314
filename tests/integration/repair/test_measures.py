"""Nothing stands on a record for ever: what is over takes no measure, a withdrawal ends all, a person may end one."""

from typing import Any

from services.repair import handlers
from services.repair.measures.tables import measure
from shared.ids import new_id
from shared.vocabulary import Audience, TakeDownReason
from tests.support import told
from tests.support.paper_desk import applied, known, problem
from tests.support.repair_desk import PEOPLE, decide, reviewed
from tests.support.services import RunningService

CLERK = PEOPLE["clerk"]


async def noted(repair: RunningService, record_id: str) -> Any:
    body = {"record_id": record_id, "kind": "sanction", "party": "样例市住建局", "what": "招标限制"}
    return await repair.post("/v1/measures", body | {"began_on": "2026-05-01"}, **CLERK)


async def gone(repair: RunningService, record_id: str, reason: TakeDownReason) -> None:
    events = (told.offline(record_id, audience).model_copy(update={"reason": reason}) for audience in Audience)
    await repair.hear(handlers.publications, *events)


async def standing(repair: RunningService) -> dict[str, tuple[str | None, str | None]]:
    return {row.record_id: (row.ended_because, row.ended_by) for row in await repair.rows(measure)}


async def test_what_is_shown_no_more_or_repaired_takes_no_measure(repair: RunningService) -> None:
    over, approved = await known(repair, 2)
    await gone(repair, over, TakeDownReason.WINDOW_EXPIRED)
    application_id = await applied(repair, [approved])
    await reviewed(repair, application_id)
    assert (await decide(repair, application_id)).json()["state"] == "approved"
    for record_id in (over, approved):
        assert problem(await noted(repair, record_id)) == (409, "conflict")
    assert problem(await noted(repair, new_id())) == (404, "not-found")
    assert await repair.rows(measure) == []


async def test_a_withdrawal_ends_what_stands_and_the_end_of_a_window_does_not(repair: RunningService) -> None:
    withdrawn, expired = await known(repair, 2)
    for record_id in (withdrawn, expired):
        assert (await noted(repair, record_id)).status_code == 201
    await gone(repair, withdrawn, TakeDownReason.DECISION_WITHDRAWN)
    await gone(repair, expired, TakeDownReason.WINDOW_EXPIRED)
    assert await standing(repair) == {withdrawn: ("withdrawn", withdrawn), expired: (None, None)}


async def test_what_was_noted_while_the_approval_was_on_its_way_ends_with_the_display(repair: RunningService) -> None:
    [record_id] = await known(repair)
    assert (await noted(repair, record_id)).status_code == 201
    await gone(repair, record_id, TakeDownReason.REPAIR_APPROVED)
    assert await standing(repair) == {record_id: ("repaired", record_id)}


async def test_a_person_ends_a_measure_once_with_the_reason_and_its_party_is_told(repair: RunningService) -> None:
    [record_id] = await known(repair)
    where = f"/v1/measures/{(await noted(repair, record_id)).json()['measure_id']}"
    assert (await repair.post(f"{where}/end", {"reason": " "}, **CLERK)).status_code == 422
    foreign = await repair.post(f"{where}/end", {"reason": "x"}, **(CLERK | {"authorities": []}))
    assert foreign.status_code == 403
    ended = await repair.post(f"{where}/end", {"reason": "期限届满，电话13900000000"}, **CLERK)
    assert ended.status_code == 200, ended.text
    assert problem(await repair.post(f"{where}/end", {"reason": "再次"}, **CLERK)) == (409, "conflict")
    [untold] = (await repair.get("/v1/measures/untold", **CLERK)).json()["items"]
    assert (untold["ended_because"], untold["lifted_by"], untold["ended_by"]) == ("lifted", "clerk", None)
    assert "期限届满" in untold["lifted_reason"]
    assert "13900000000" not in untold["lifted_reason"]
    assert (await repair.post(f"{where}/told", {"how": "发函"}, **CLERK)).status_code == 200

"""A lawyer's file moves a real day: the acceptance of an application, over HTTP, with its reason."""

from datetime import UTC, date, datetime

from services.repair import handlers
from shared.clock import legal_date
from shared.ids import new_id
from shared.vocabulary import Audience
from tests.support import rules, told
from tests.support.repair_desk import PATH, PEOPLE, view
from tests.support.services import RunningService


async def acceptance_ends(repair: RunningService) -> tuple[str, date]:
    """Files an application for a record of its own; its identifier and the last legal day for accepting it."""
    record_id = new_id()
    values = {"repair_from_on": date(2026, 1, 1)}
    await repair.hear(handlers.publications, *(told.online(record_id, one, **values) for one in Audience))
    answer = await repair.post(PATH, {"record_ids": [record_id]}, **PEOPLE["clerk"])
    assert answer.status_code == 201, answer.text
    application_id = str(answer.json()["application_id"])
    return application_id, await _last_day(repair, application_id)


async def _last_day(repair: RunningService, application_id: str) -> date:
    [due_at] = [
        datetime.fromisoformat(one["due_at"])
        for one in (await view(repair, application_id))["limits"]
        if one["clock"] == "repair_acceptance"
    ]
    return legal_date(due_at.astimezone(UTC)) - (date(2026, 1, 2) - date(2026, 1, 1))


async def test_acceptance_in_five_days_instead_of_three_counts_for_what_begins_then_and_moves_nothing_that_runs(
    repair: RunningService,
) -> None:
    before, three = await acceptance_ends(repair)
    assert three == date(2026, 11, 5)
    with rules.in_force({"deadlines.toml": rules.deadline("repair_acceptance", 5)}):
        assert (await acceptance_ends(repair))[1] == date(2026, 11, 9)
        assert await _last_day(repair, before) == three


async def test_a_service_says_by_which_rules_it_works_and_who_put_them_in_force(repair: RunningService) -> None:
    packaged = (await repair.get("/v1/rules", scope="audit:read")).json()
    assert {one["origin"] for one in packaged["files"]} == {"packaged"}
    assert [one["name"].partition("/")[0] for one in packaged["files"]] == ["deadlines.toml", *["repair"] * 5]
    with rules.in_force({"deadlines.toml": rules.deadline("repair_acceptance", 5)}):
        changed = (await repair.get("/v1/rules", scope="audit:read")).json()
    assert (changed["adopted_by"], changed["reason"], changed["adopted_on"]) == (
        "法规处", "按省厅口径调整", "2026-11-02",
    )  # fmt: skip
    moved = {one["name"]: one["origin"] for one in changed["files"] if one not in packaged["files"]}
    assert moved == {"deadlines.toml": "a folder"}
    assert changed["digest"] != packaged["digest"]
    assert (await repair.get("/v1/rules", scope="repair:read")).status_code == 403

"""An objection through the whole house: marked at once, corrected by an amendment, seen corrected on every portal."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shared.vocabulary import Portal
from tests.e2e.test_repair_and_a_lying_portal import agreed, pass_time, shown_everywhere
from tests.support.rows import penalty
from tests.support.whole_house import WholeHouse, whole_house

START = date(2026, 11, 2)
PATH = "/v1/objections"
WRONG, RIGHT = "罚款人民币60000元。", "罚款人民币50000元。"
SAID = {"about": "data", "statement": "决定书原件所载金额为五万元。", "contact": "张样例 13900000000"}
UPHELD = {
    "upheld": True,
    "reason": "决定书原件所载金额为五万元。",
    "remedy": "correct",
    "corrected": [{"field": "fine", "value": "50000"}, {"field": "penalty_content", "value": RIGHT}],
}


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real)])
def parts(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of the parts: those of the embedded mode, or PostgreSQL and RabbitMQ."""
    if request.param == "embedded":
        return {}
    database, bus = request.getfixturevalue("postgres_url"), request.getfixturevalue("amqp_url")
    return {"database_url": database, "bus_url": bus, "credit_jiangsu_exchange_url": database}


@pytest.mark.timeout(300)
async def test_an_upheld_objection_corrects_what_every_portal_shows_and_takes_its_mark_off(
    parts: dict[str, Any], tmp_path: Path
) -> None:
    async with whole_house(tmp_path, START, parts) as house:
        record_id = await shown_everywhere(house)
        assert await shows(house, WRONG) == dict.fromkeys(Portal, True)
        objection_id = await filed(house, record_id)
        await marked(house, record_id, START.isoformat())
        answer = await house.call("credit-officer", f"{PATH}/{objection_id}/decision", UPHELD, "repair")
        assert answer["state"] == "proposed"  # another amount may be of another class
        agrees = {"agreed": True, "reason": "已核对决定书原件。"}
        answer = await house.call("repair-approver", f"{PATH}/{objection_id}/confirmation", agrees, "repair")
        assert answer["state"] == "upheld"  # the remedy has not taken effect yet
        await closed(house, objection_id)
        await marked(house, record_id, None)
        await corrected(house, record_id)
        await agreed(house, record_id, "present")
        assert await shows(house, WRONG) == dict.fromkeys(Portal, False)
        await not_brought_back(house, record_id)


async def shows(house: WholeHouse, text: str) -> dict[Portal, bool]:
    """What a citizen reads who searches for the decision on each portal."""
    where = f"/search?q={quote(penalty(1)['CF_WSH'])}"
    return {portal: text in (await house.visitor.look(portal, where)).text for portal in Portal}


async def filed(house: WholeHouse, record_id: str) -> str:
    """By the company itself; the record is marked in the same transaction."""
    answer = await house.call("applicant", PATH, SAID | {"record_id": record_id}, "repair")
    return str(answer["objection_id"])


async def marked(house: WholeHouse, record_id: str, since: str | None) -> None:
    """The bureau's own column says that the record is objected to, and since when; or no longer."""

    async def seen() -> bool:
        answer = await house.look(f"/v1/column/records/{record_id}")
        return bool(answer.json()["objected_on"] == since)

    await house.until(f"the mark to be {since}", seen)
    page = (await house.look(f"/column/records/{record_id}")).text
    assert ("异议处理中" in page) is (since is not None)


async def closed(house: WholeHouse, objection_id: str) -> None:
    async def is_closed() -> bool:
        return bool((await house.read(f"{PATH}/{objection_id}", "repair"))["state"] == "closed")

    await house.until("the objection to be closed", is_closed)
    found = await house.read(f"{PATH}/{objection_id}", "repair")
    assert (found["outcome"], found["in_time"]) == ("applied", True)
    assert found["closed_at"] is not None


async def corrected(house: WholeHouse, record_id: str) -> None:
    """An amendment: the next generation of the same record, which every portal shows."""
    officer = await house.visitor._tokens["credit-officer"].headers()
    answer = await house.visitor._services["ingest"].send("GET", f"/v1/records/{record_id}", headers=officer)
    held = answer.json()
    assert (held["generation"], held["record"]["detail"]["fine"]) == (2, "50000.00")

    async def shown() -> bool:
        await pass_time(house)
        return all((await shows(house, RIGHT)).values())

    await house.until("the correction to be shown", shown)


async def not_brought_back(house: WholeHouse, record_id: str) -> None:
    """The source repeats what was proved wrong."""
    receipt = await house.visitor.send_batch("penalty", [penalty(1, CF_JDRQ="2026-07-01", CF_YXQ="2027-06-30")])
    assert [(one["verdict"], one["record_id"]) for one in receipt["verdicts"]] == [("unchanged", record_id)]

"""A repair from filing to the closed case on PostgreSQL and RabbitMQ, past a portal that says it obeyed and did not."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.local.visitor import _ADMIN
from shared.vocabulary import Portal
from tests.support.rows import penalty
from tests.support.whole_house import Refused, WholeHouse, whole_house

START = date(2026, 11, 2)
LIAR = Portal.CREDIT_JIANGSU
CASES = "/v1/repair-applications"


@pytest.mark.real
@pytest.mark.timeout(300)
async def test_a_case_stays_open_until_reconciliation_has_mended_a_portal_that_lies(
    postgres_url: str, amqp_url: str, tmp_path: Path
) -> None:
    parts = {"database_url": postgres_url, "bus_url": amqp_url, "credit_jiangsu_exchange_url": postgres_url}
    async with whole_house(tmp_path, START, parts) as house:
        record_id = await shown_everywhere(house)
        await lie(house, times=1000)
        application_id = await house.visitor.file_repair(record_id)
        await house.visitor.approve_repair(application_id)
        await named_as_still_showing(house, application_id)
        await lie(house, times=0)
        await house.visitor.reconcile([LIAR])
        await closed(house, application_id)


async def shown_everywhere(house: WholeHouse) -> str:
    receipt = await house.visitor.send_batch("penalty", [penalty(1, CF_JDRQ="2026-07-01", CF_YXQ="2027-06-30")])
    record_id = str(receipt["verdicts"][0]["record_id"])

    await agreed(house, record_id, "present")
    return record_id


async def agreed(house: WholeHouse, record_id: str, sight: str) -> None:
    async def seen() -> bool:
        await pass_time(house)
        try:
            places = await house.read(f"/v1/records/{record_id}/placements", "sync")
        except Refused:
            return False  # the order has not arrived yet
        return len(places) == len(Portal) and all(one["agreed"] and one["observed"] == sight for one in places)

    await house.until(f"the record to be seen {sight}", seen)


async def lie(house: WholeHouse, *, times: int) -> None:
    """The portal acknowledges take-downs and goes on showing."""
    faults = [{"name": "acknowledged_but_shown", "count": times}]
    answer = await house.visitor._portals[LIAR].send("PUT", "/admin/faults", json={"faults": faults}, headers=_ADMIN)
    assert answer.ok, answer.text


async def case(house: WholeHouse, application_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await house.read(f"{CASES}/{application_id}", "repair")
    return found


async def named_as_still_showing(house: WholeHouse, application_id: str) -> None:
    """Every other portal was seen to obey; of the liar the case says since when, and who is asked."""

    async def found_out() -> bool:
        await pass_time(house)
        portals = {one["portal"]: one for one in (await case(house, application_id))["records"][0]["portals"]}
        others = [one["gone"] for name, one in portals.items() if name != LIAR]
        return len(others) == len(Portal) - 1 and all(others) and portals[LIAR]["still_since"] is not None

    await house.until("the liar to be named", found_out)
    found = await case(house, application_id)
    liar = next(one for one in found["records"][0]["portals"] if one["portal"] == LIAR)
    assert (found["state"], found["closed_at"], liar["gone"], liar["asked"]) == ("approved", None, False, "portal")
    assert [one["clock"] for one in found["limits"] if one["ended_at"] is None] == ["repair"]


async def closed(house: WholeHouse, application_id: str) -> None:
    async def is_closed() -> bool:
        await pass_time(house)
        return bool((await case(house, application_id))["state"] == "closed")

    await house.until("the case to be closed", is_closed)
    found = await case(house, application_id)
    assert all(one["gone"] for record in found["records"] for one in record["portals"])
    assert [one["action"] for one in found["steps"]][-2:] == ["serve", "close"]


async def pass_time(house: WholeHouse) -> None:
    """Caches of portals live for minutes; a look counts only after that."""
    house.clock.advance(timedelta(minutes=2))

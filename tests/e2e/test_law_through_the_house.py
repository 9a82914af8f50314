"""The law through the whole house: from rows over REST to forms and audit, with a clock that passes a boundary.

The same story on the embedded parts and on PostgreSQL with RabbitMQ. It begins ten days before 36号令 takes effect.
"""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.packs import agreeing, ordinary
from tests.support.rows import company_code, penalty
from tests.support.whole_house import Refused, WholeHouse, whole_house

START, EXPIRY, BOUNDARY = date(2026, 3, 20), date(2026, 3, 26), date(2026, 4, 1)
PERSON = {"role": "principal", "name": "欧阳样例甲", "id_number": "329999198501010013"}


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real)])
def parts(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of the parts: those of the embedded mode, or PostgreSQL and RabbitMQ."""
    if request.param == "embedded":
        return {}
    database, bus = request.getfixturevalue("postgres_url"), request.getfixturevalue("amqp_url")
    return {"database_url": database, "bus_url": bus, "credit_jiangsu_exchange_url": database}


@pytest.fixture
async def running(parts: dict[str, Any], tmp_path: Path) -> AsyncIterator[WholeHouse]:
    async with whole_house(tmp_path, START, parts) as house:
        yield house


def row(number: int, decided_on: str, **changed: Any) -> dict[str, Any]:
    name = {"CF_XDR_MC": f"样例第{number}公司", "CF_XDR_SHXYM": company_code(number)}
    return penalty(number, CF_JDRQ=decided_on, CF_YXQ="2099-12-31", **name, **changed)


REVOKED = {"CF_CFLB": "吊销许可证件", "CF_NR": "吊销许可证。", "CF_NR_FK": "", "CF_NR_ZKDX": "安全生产许可证1号"}
OLD, RUNNING, LONG, ENDING, WITHDRAWN, REPAIRED, GONE = range(1, 8)
ROWS = {
    OLD: row(OLD, "2023-04-20", **REVOKED),  # 527号: three years, no repair; 33号 on the own column: over
    RUNNING: row(RUNNING, "2026-01-10"),
    LONG: row(LONG, "2024-12-01"),  # 58号令: three years; 36号令: one, which is over
    ENDING: row(ENDING, "2025-03-25"),  # 33号 on the own column: its year ends on 25 March
    WITHDRAWN: row(WITHDRAWN, "2026-02-02"),
    REPAIRED: row(REPAIRED, "2025-10-15"),
    GONE: row(GONE, "2025-12-01"),
}


class Register:
    """What the story remembers of its records."""

    def __init__(self, house: WholeHouse) -> None:
        self.house = house
        self.ids: dict[int, str] = {}

    async def send(self, *rows: dict[str, Any]) -> dict[str, int]:
        receipt = await self.house.visitor.send_batch("penalty", rows)
        self.ids |= {
            int(one["CF_XDR_MC"].removeprefix("样例第").removesuffix("公司")): verdict["record_id"]
            for one, verdict in zip(rows, receipt["verdicts"], strict=True)
            if verdict.get("record_id")
        }
        counts: dict[str, int] = receipt["counts"]
        return counts

    async def judged(self) -> None:
        async def all_of_them() -> bool:
            counts = (await self.house.read("/v1/publication-counts"))["counts"]
            return bool(sum(sum(states.values()) for states in counts.values()) == 3 * len(self.ids))

        await self.house.until("windows", all_of_them)

    async def of(self, number: int) -> dict[str, dict[str, Any]]:
        publications = await self.house.read(f"/v1/records/{self.ids[number]}/publications")
        return {one["audience"]: one for one in publications}

    async def state(self, number: int, audience: str = "own_column") -> str:
        return str((await self.of(number))[audience]["state"])

    async def ends(self) -> dict[tuple[int, str], str]:
        """The last lawful day of whatever is shown."""
        return {
            (number, audience): one["closes_on"]
            for number in self.ids
            for audience, one in (await self.of(number)).items()
            if one["state"] == "online"
        }

    async def until_state(self, number: int, state: str, audience: str = "own_column") -> None:
        async def reached() -> bool:
            return await self.state(number, audience) == state

        await self.house.until(f"record {number} {state}", reached)


@pytest.mark.timeout(300)
async def test_the_law_through_the_whole_house(running: WholeHouse) -> None:
    register = Register(running)
    await arrive_and_be_shown(running, register)
    await end_on_the_day_and_by_withdrawal_and_by_repair(running, register)
    await pass_into_the_new_law(running, register)
    await wait_for_a_person(running, register)
    await compare_and_adopt(running, register)
    await clean_up(running, register)
    await count_the_month(running, register)
    entry_id = await list_a_serious_case(running)
    await let_the_list_end(running, register, entry_id)
    await ask_who_did_what(running)


async def arrive_and_be_shown(house: WholeHouse, register: Register) -> None:
    assert (await register.send(*ROWS.values()))["admitted"] == len(ROWS)
    await register.judged()
    assert await register.state(OLD) == "exempt"  # already overdue when it was first submitted
    assert await register.state(OLD, "credit_sites") == "online"
    assert await register.state(LONG) == "exempt"
    explained = (await register.of(RUNNING))["own_column"]["explanation"]
    assert any("33号" in line for line in explained)
    answer = await house.look(f"/v1/column/records/{register.ids[RUNNING]}")
    shown = answer.json()
    assert (shown["closes_on"], shown["repair_from_on"]) == ("2027-01-10", "2026-04-11")
    assert "33号" in shown["article"] or "§2(2)" in shown["article"]
    assert "样例乙" not in answer.text  # the legal representative stays inside
    found = (await house.look("/v1/column/records?q=样例第")).json()["items"]
    assert {one["subject_name"] for one in found} == {
        f"样例第{number}公司" for number in (RUNNING, ENDING, WITHDRAWN, REPAIRED, GONE)
    }


async def end_on_the_day_and_by_withdrawal_and_by_repair(house: WholeHouse, register: Register) -> None:
    await house.go_to(EXPIRY, hours=0.01)
    assert (await house.look(f"/v1/column/records/{register.ids[ENDING]}")).status == 404
    await register.until_state(ENDING, "offline")
    reasons = {"kind": "revoked", "statement_of_reasons": "行政复议决定撤销。", "withdrawn_on": EXPIRY.isoformat()}
    where = f"/v1/records/{register.ids[WITHDRAWN]}/withdrawal"
    with pytest.raises(Refused):
        await house.call("enforcement-system", where, {**reasons, "statement_of_reasons": " "}, "ingest")
    await house.call("enforcement-system", where, reasons, "ingest")
    await register.until_state(WITHDRAWN, "offline")
    assert (await house.look(f"/v1/column/records/{register.ids[WITHDRAWN]}")).status == 404
    statement = (await house.look(f"/v1/column/statements/{register.ids[WITHDRAWN]}")).json()
    assert (statement["reasons"], statement["withdrawal_kind"]) == ("行政复议决定撤销。", "revoked")
    await house.visitor.approve_repair(await house.visitor.file_repair(register.ids[REPAIRED]))
    await register.until_state(REPAIRED, "offline")
    assert (await register.send({**ROWS[REPAIRED], "BZ": "订正"}))["amended"] == 1
    await register.send(row(8, "2026-03-20"))
    await register.judged()
    assert await register.state(REPAIRED) == "offline"
    assert await register.state(8) == "online"


async def pass_into_the_new_law(house: WholeHouse, register: Register) -> None:
    before = await register.ends()
    assert (LONG, "credit_sites") in before
    await house.go_to(BOUNDARY, hours=0.1)
    await register.until_state(LONG, "offline", "credit_sites")
    await register.until_state(LONG, "offline", "market_supervision")

    async def shortened() -> bool:
        return bool((await register.of(RUNNING))["credit_sites"]["closes_on"] == "2027-01-10")

    await house.until("the sweep of the boundary", shortened)
    after = await register.ends()
    assert set(after) <= set(before)
    assert [key for key, day in after.items() if day > before[key]] == []


async def wait_for_a_person(house: WholeHouse, register: Register) -> None:
    await register.send(row(9, "2026-04-01", CF_NR_FK="12", CF_NR="罚款人民币120000元。"), row(10, "2026-04-01"))
    await register.judged()
    [waiting] = (await house.read("/v1/confirmations"))["items"]
    assert waiting["record_id"] == register.ids[9]
    assert (await register.of(9))["own_column"]["closes_on"] == "2027-04-01"  # the milder class until then
    stated = {"severity": "serious", "reason": "情节严重"}
    await house.call("law-officer", f"/v1/confirmations/{register.ids[9]}", stated)
    assert (await register.of(9))["own_column"]["closes_on"] == "2029-04-01"
    assert (await house.read("/v1/confirmations"))["items"] == []


async def compare_and_adopt(house: WholeHouse, register: Register) -> None:
    files = agreeing(ordinary("P6M"))
    broken = {**files, "ndrc-36-2026.toml": files["ndrc-36-2026.toml"].replace("citation", "citing", 1)}
    in_force = (await house.read("/v1/policy"))["version"]
    with pytest.raises(Refused, match="citation is missing"):
        await house.call("law-officer", "/v1/policy/adoptions", {"files": broken, "reason": "试"})
    assert (await house.read("/v1/policy"))["version"] == in_force
    asked = await house.call("law-officer", "/v1/policy/comparisons", {"files": files})
    result: dict[str, Any] = {}

    async def compared() -> bool:
        result.update(await house.read(f"/v1/policy/comparisons/{asked['comparison_id']}"))
        return bool(result["state"] == "done")

    await house.until("the comparison", compared)
    assert set(result["result"]["by_city"]) == {"320600"}
    before = await register.ends()
    await house.call("law-officer", "/v1/policy/adoptions", {"files": files, "reason": "样例调整"})

    async def applied() -> bool:
        newest = (await house.read("/v1/policy/adoptions"))["items"][0]
        return bool(newest["adopted_by"] == "law-officer" and newest["completed_at"])

    await house.until("the adoption", applied)
    after = await register.ends()
    assert after[(RUNNING, "own_column")] == "2026-07-10"
    assert [key for key, day in after.items() if day > before[key]] == []
    changed = {register.ids[number] for number, _ in before if _changed(number, before, after)}
    changes = (await house.read(f"/v1/policy/comparisons/{asked['comparison_id']}/changes", limit=500))["items"]
    assert {one["record_id"] for one in changes} == changed


def _changed(number: int, before: dict[tuple[int, str], str], after: dict[tuple[int, str], str]) -> bool:
    return any(key[0] == number and after.get(key) != day for key, day in before.items())


async def clean_up(house: WholeHouse, register: Register) -> None:
    body = {
        "rows": [
            {
                "uscc": company_code(GONE),
                "status": "deregistered",
                "as_of": "2026-03-30",
                "proof_reference": "样例公告",
            }
        ]
    }
    await house.call("data-officer", "/v1/subject-statuses", body, "ingest")
    window = {"decided_from": "2023-01-01", "decided_to": "2026-04-01"}
    wanted: dict[str, Any] = {}

    async def told() -> bool:
        formed = await house.call("operator", "/v1/campaigns", {"title": "清理", "reason": "样例", **window})
        where = f"/v1/campaigns/{formed['campaign_id']}"
        wanted.update(where=where, seen=await house.read(f"{where}/preview", what="abnormal"))
        return bool(wanted["seen"]["records"])

    await house.until("the registry status", told)
    where, seen = wanted["where"], wanted["seen"]
    assert seen["first"] == [register.ids[GONE]]
    approval = {"what": "abnormal", "digest": seen["digest"], "explanation": "已注销"}
    await house.call("approver", f"{where}/take-downs", approval)
    assert await register.state(GONE) == "offline"
    exits = {one["subject_key"] for one in (await house.read(f"{where}/exit-list"))["items"]}
    assert company_code(GONE) in exits
    assert company_code(RUNNING) not in exits
    [region] = [one for one in await house.read(f"{where}/progress") if one["total"]]
    assert region["region"].startswith("3206")


async def count_the_month(house: WholeHouse, register: Register) -> None:
    """Form A of Nantong for the month that ends on 20 April, against what the story knows."""
    await house.go_to(date(2026, 4, 21))
    published = {RUNNING, ENDING, WITHDRAWN, REPAIRED, GONE, 8, 9, 10}
    on_20_march = {RUNNING, ENDING, WITHDRAWN, REPAIRED, GONE}
    ended_early = {number for number in published if await register.state(number) != "online"}
    assert ended_early == {ENDING, WITHDRAWN, REPAIRED, GONE}
    expected = {
        "stock_3y": len(published),
        "exit_month": len(ended_early),
        "exit_month_abnormal": 1,
        "exit_month_repair": 1,
        "exit_ytd": len(ended_early),
        "new_month": len(published - on_20_march),
    }
    form_a = await house.read("/v1/forms/A", unit="320600", month="2026-04")
    form_b = await house.read("/v1/forms/B", unit="320000", month="2026-04")
    assert form_a["total"] == form_b["total"] == expected
    assert (form_a["buckets"]["expired"], form_a["buckets"]["revoked"]) == (1, 1)
    opened = await house.read("/v1/forms/A/figures/total/exit_month", unit="320600", month="2026-04")
    assert {one["record_id"] for one in opened["items"]} == {register.ids[number] for number in ended_early}
    filed = await house.call("operator", "/v1/forms/A/reports?unit=320600&month=2026-04", {})
    assert filed["filed_by"] == "operator"


async def list_a_serious_case(house: WholeHouse) -> str:
    authority = {"code": ROWS[OLD]["CF_CFJGDM"], "name": "南通市应急管理局", "region": "320600"}
    opening = {
        "subject": {"kind": "legal_person", "name": "样例第1公司", "uscc": company_code(OLD)},
        "people": [PERSON],
        "authority": authority,
        "situation": "11.7.1",
        "reason": "无证经营",
        "notice": dict.fromkeys(("facts", "basis", "rights", "term", "measures"), "告知内容"),
    }
    entry = await house.call("credit-officer", "/v1/serious-list", opening)
    for action, more in (("hear", {}), ("decide", {"document_number": "（通）应急名单〔2026〕1号"}), ("list", {})):
        body = {"action": action, "version": entry["version"], "reason": "依法办理", **more}
        entry = await house.call("credit-officer", f"/v1/serious-list/{entry['entry_id']}/steps", body)
    answer = await house.look("/v1/serious-list/in-force")
    [shown] = answer.json()["items"]
    assert (shown["listed_from"], shown["last_day"]) == ("2026-04-21", "2029-04-21")
    assert PERSON["id_number"] not in answer.text and PERSON["name"] not in answer.text
    return str(entry["entry_id"])


async def let_the_list_end(house: WholeHouse, register: Register, entry_id: str) -> None:
    await house.go_to(date(2029, 4, 21), hours=23)
    assert len((await house.look("/v1/serious-list/in-force")).json()["items"]) == 1
    await house.go_to(date(2029, 4, 22), hours=0.01)
    assert (await house.look("/v1/serious-list/in-force")).json()["items"] == []

    async def ended() -> bool:
        return bool((await house.read(f"/v1/serious-list/{entry_id}"))["state"] == "expired")

    await house.until("the end of the entry", ended)

    async def nothing_shown() -> bool:
        return not await register.ends()

    await house.until("every window to end", nothing_shown)
    assert (await house.look("/v1/column/records")).json()["items"] == []
    assert (await house.look("/v1/column/statements")).json()["items"] == []


async def ask_who_did_what(house: WholeHouse) -> None:
    adopted, packaged = (await house.read("/v1/policy/adoptions"))["items"]
    assert (adopted["adopted_by"], adopted["reason"], packaged["origin"]) == ("law-officer", "样例调整", "packaged")
    entries = (await house.read("/v1/audit", limit=500))["items"]
    told = {entry["action"] for entry in entries}
    assert {"packs.adopted", "facts.confirmed", "campaign.took_down", "list_step.taken", "windows.expired"} <= told

"""An application is accepted when its papers are there or promised in writing, and not before (A15)."""

from datetime import date
from typing import Any

from services.repair.materials.scanners import ScanState
from services.repair.materials.tables import material_file
from tests.support import papers
from tests.support.paper_desk import OWN, handed_in, problem, waiting
from tests.support.repair_desk import PATH, step, take_up, view
from tests.support.services import RunningService

PROMISE = {
    "kinds": ["performance_proof"],
    "statement": "承诺按期补交并安全履行",
    "signed_by": "样例乙",
    "signed_on": date(2027, 1, 31).isoformat(),
}


async def accepted(repair: RunningService, application_id: str) -> Any:
    return await take_up(repair, application_id, "acceptance")


async def test_without_its_papers_nothing_is_accepted_and_the_refusal_names_them(repair: RunningService) -> None:
    application_id = await waiting(repair)
    before = await repair.counts()
    refused = await accepted(repair, application_id)
    body = refused.json()
    assert problem(refused) == (409, "papers-missing")
    assert [one["names"] for one in body["papers"]] == [["履行义务证明"], ["信用修复承诺书"]]
    assert [one["curable"] for one in body["papers"]] == [True, False]
    assert body["article"].startswith("国家发展改革委令第36号")
    assert "履行义务证明、信用修复承诺书" in body["detail"]
    assert await repair.counts() == before
    assert (await view(repair, application_id))["state"] == "submitted"


async def test_a_paper_and_a_commitment_for_the_other_are_enough(repair: RunningService) -> None:
    application_id = await waiting(repair)
    assert (await repair.post(f"{PATH}/{application_id}/commitments", PROMISE, **OWN)).status_code == 201
    still = await accepted(repair, application_id)
    assert [one["names"] for one in still.json()["papers"]] == [["信用修复承诺书"]]
    await handed_in(repair, application_id, "commitment", papers.png())
    assert (await accepted(repair, application_id)).json()["state"] == "accepted"


async def test_an_infected_paper_is_none(repair: RunningService) -> None:
    application_id = await waiting(repair)
    await handed_in(repair, application_id)
    await handed_in(repair, application_id, "commitment", papers.png())
    async with repair.work() as work:
        await work.connection.execute(material_file.update().values(scan=ScanState.INFECTED))
    assert problem(await accepted(repair, application_id)) == (409, "papers-missing")


async def test_declining_and_asking_for_a_supplement_need_no_papers(repair: RunningService) -> None:
    asked, declined = await waiting(repair), await waiting(repair)
    assert (await step(repair, asked, "supplement-request")).status_code == 200
    answer = await take_up(repair, declined, "acceptance", {"accepted": False, "reason": "不属本机关"})
    assert answer.json()["state"] == "declined"

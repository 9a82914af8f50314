"""What held at the filing is asked again: the class at each review, the possibility and the papers at the approval."""

from datetime import date, timedelta
from typing import Any

from services.repair import handlers
from services.repair.commitments.breach import BreachWatch
from services.repair.commitments.tables import commitment
from services.repair.materials.scanners import ScanState
from services.repair.materials.tables import material_file
from shared.vocabulary import Audience, Severity
from tests.integration.repair.test_accepting_papers import PROMISE
from tests.support import papers, told
from tests.support.paper_desk import OWN, applied, handed_in, known, problem, waiting
from tests.support.repair_desk import PATH, REFUSE, decide, reviewed, step, take_up, view
from tests.support.services import RunningService


async def told_anew(repair: RunningService, record_id: str, **changed: Any) -> None:
    """Disclosure learned something: the next generation."""
    events = (told.online(record_id, audience, 2, **changed) for audience in Audience)
    await repair.hear(handlers.publications, *events)


async def test_a_class_that_rose_since_the_filing_wants_a_second_person(repair: RunningService) -> None:
    [record_id] = await known(repair, severity=Severity.MINOR)
    application_id = await applied(repair, [record_id])
    await step(repair, application_id, "acceptance")
    await step(repair, application_id, "first-review")
    await told_anew(repair, record_id, severity=Severity.SERIOUS)
    assert problem(await decide(repair, application_id)) == (409, "wrong-state")
    assert (await step(repair, application_id, "second-review", sub="reviewer-1")).status_code == 403
    assert (await step(repair, application_id, "second-review")).status_code == 200
    assert (await view(repair, application_id))["two_people"] is True
    assert (await decide(repair, application_id)).json()["state"] == "approved"


async def test_what_may_be_repaired_later_only_by_now_is_not_approved_and_may_be_refused(
    repair: RunningService,
) -> None:
    [record_id] = await known(repair)
    application_id = await applied(repair, [record_id])
    await reviewed(repair, application_id)
    await told_anew(repair, record_id, repair_from_on=date(2027, 10, 31), severity=Severity.SERIOUS)
    before = await repair.counts()
    refused = await decide(repair, application_id)
    assert (problem(refused), refused.json()["ground"]) == ((409, "not-repairable"), "too_early")
    assert refused.json()["possible_from"] == "2027-10-31"
    assert await repair.counts() == before
    assert (await decide(repair, application_id, REFUSE)).json()["state"] == "refused"


async def test_a_paper_on_which_was_accepted_is_not_taken_back(repair: RunningService) -> None:
    application_id = await waiting(repair)
    material_id = await handed_in(repair, application_id)
    assert (await step(repair, application_id, "acceptance")).status_code == 200
    removal = await repair.post(f"/v1/repair-materials/{material_id}/removal", {"reason": "x"}, **OWN)
    assert (problem(removal), removal.json()["state"]) == ((409, "conflict"), "accepted")


async def test_a_commitment_stands_again_when_the_paper_that_kept_it_is_taken_back(repair: RunningService) -> None:
    application_id = await waiting(repair)
    assert (await repair.post(f"{PATH}/{application_id}/commitments", PROMISE, **OWN)).status_code == 201
    [promised] = await repair.rows(commitment)
    material_id = await handed_in(repair, application_id)
    assert [row.state for row in await repair.rows(commitment)] == ["kept"]
    removal = await repair.post(f"/v1/repair-materials/{material_id}/removal", {"reason": "传错了"}, **OWN)
    assert removal.status_code == 200, removal.text
    assert await repair.rows(commitment) == [promised]


async def test_an_infected_paper_stops_the_approval(repair: RunningService) -> None:
    application_id = await waiting(repair)
    await reviewed(repair, application_id)
    async with repair.work() as work:
        await work.connection.execute(material_file.update().values(scan=ScanState.INFECTED))
    refused = await decide(repair, application_id)
    assert problem(refused) == (409, "papers-missing")
    assert "cannot be approved yet" in refused.json()["detail"]


async def test_a_broken_commitment_stops_the_approval_until_the_paper_is_there(repair: RunningService) -> None:
    application_id = await waiting(repair)
    await repair.post(f"{PATH}/{application_id}/commitments", PROMISE, **OWN)
    await handed_in(repair, application_id, "commitment", papers.png())
    for what in ("acceptance", "first-review", "second-review"):
        assert (await take_up(repair, application_id, what)).status_code == 200
    repair.clock.advance(timedelta(days=60))
    assert await BreachWatch(repair.database, repair.clock).run() == 1
    assert problem(await decide(repair, application_id)) == (409, "papers-missing")
    await handed_in(repair, application_id)
    assert (await decide(repair, application_id)).json()["state"] == "approved"

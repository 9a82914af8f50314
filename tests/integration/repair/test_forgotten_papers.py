"""Papers are kept ten years after their case ended, and not a day longer; what was decided stays."""

from datetime import UTC, datetime

import pytest

from services.repair.materials.domain.retention import parse_retention
from services.repair.materials.forget import forget, retention
from services.repair.materials.tables import material
from shared.database.mechanics import audit_entry
from shared.policy.table import PackError
from tests.support import papers
from tests.support.paper_desk import OWN, handed_in, waiting
from tests.support.repair_desk import step, view
from tests.support.services import RunningService

TERM = {"kept": "P10Y", "citation": "c", "confidence": "proposal"}


async def forgotten(repair: RunningService, at_once: int = 500) -> int:
    async with repair.work() as work:
        return await forget(work, at_once)


def go_to(repair: RunningService, moment: datetime) -> None:
    repair.clock.advance(moment - repair.clock.now())


async def test_papers_of_an_ended_case_go_on_the_day_after_their_term(repair: RunningService) -> None:
    ended, running = await waiting(repair), await waiting(repair)  # on 31 January 2027
    for one in (ended, running):
        await handed_in(repair, one)
        await handed_in(repair, one, "commitment", papers.png())
    assert (await step(repair, ended, "withdrawal", **OWN)).status_code == 200
    go_to(repair, datetime(2037, 1, 31, 15, 59, tzinfo=UTC))  # the last minute of the last day in Shanghai
    assert await forgotten(repair) == 0
    go_to(repair, datetime(2037, 1, 31, 16, 0, tzinfo=UTC))
    assert [await forgotten(repair, at_once=1) for _ in range(3)] == [1, 1, 0]
    left = {row.application_id for row in await repair.rows(material) if row.removed_at is None}
    assert left == {running}
    assert (await view(repair, ended))["state"] == "withdrawn"
    acts = [row for row in await repair.rows(audit_entry) if row.action == "materials.forgotten"]
    assert [(row.actor, row.reason) for row in acts] == [("system:repair.materials.forget", "保存期限届满 (P10Y)")] * 2


def test_the_term_stands_in_its_file_with_what_it_rests_on() -> None:
    assert retention().kept.text == "P10Y"
    assert retention().source.confidence == "proposal"


@pytest.mark.parametrize("kept", ["P30D", "ten years", "P6M", "P1Y1D"])
def test_a_term_that_is_none_is_refused(kept: str) -> None:
    assert parse_retention({"papers": TERM}).kept.months == 120
    with pytest.raises(PackError):
        parse_retention({"papers": TERM | {"kept": kept}})

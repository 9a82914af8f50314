"""What disclosure tells once more after an upgrade fills what repair kept with fewer columns, and raises nothing."""

from sqlalchemy import update

from services.repair import handlers
from services.repair.tables import shown_record
from shared.contracts.events import PublicationRetold
from shared.ids import new_id
from shared.vocabulary import Audience, Severity
from tests.support import told
from tests.support.rows import AUTHORITY, COMPANY
from tests.support.services import RunningService


def retold(record_id: str, generation: int = 1) -> PublicationRetold:
    order = told.online(record_id, Audience.CREDIT_SITES, severity=Severity.ORDINARY)
    return told.retold(order.model_copy(update={"generation": generation}))


async def test_a_row_of_before_the_upgrade_becomes_like_one_told_today(repair: RunningService) -> None:
    record_id = new_id()
    order = told.online(record_id, Audience.CREDIT_SITES, severity=Severity.ORDINARY)
    await repair.hear(handlers.publications, order)
    today = await repair.rows(shown_record)
    missing = dict.fromkeys(("region", "uscc", "subject_key", "severity", "repair_rule_id", "authority_code"))
    async with repair.work() as work:
        await work.connection.execute(update(shown_record).values(**missing))
    await repair.hear(handlers.publications, order)
    assert (await repair.rows(shown_record))[0].subject_key is None  # an order of the same generation changes nothing
    await repair.hear(handlers.publications, retold(record_id), retold(record_id))
    assert await repair.rows(shown_record) == today
    assert (today[0].authority_code, today[0].subject_key) == (AUTHORITY, COMPANY)


async def test_a_take_down_that_overtook_it_stands(repair: RunningService) -> None:
    record_id = new_id()
    await repair.hear(handlers.publications, told.offline(record_id, Audience.CREDIT_SITES))
    before = await repair.rows(shown_record)
    await repair.hear(handlers.publications, retold(record_id))
    assert await repair.rows(shown_record) == before
    assert not before[0].online


async def test_a_record_that_was_never_heard_of_is_known_afterwards(repair: RunningService) -> None:
    await repair.hear(handlers.publications, retold(new_id()))
    [row] = await repair.rows(shown_record)
    assert (row.online, row.subject_key, row.severity) == (True, COMPANY, "ordinary")

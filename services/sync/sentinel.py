"""The sentinel of a portal (哨兵): stop the orders before a thousand of them fail on a contract that has changed.

It looks at records that were lately seen there. It never judges a record: what a page shows of one is for the looks.
"""

from collections.abc import Sequence

import structlog

from services.sync import channel, placements
from services.sync.budget import budget
from services.sync.domain.channel import Errand, QuietHours
from services.sync.metrics import CONTRACT, NEWEST_UNREADABLE
from services.sync.portals.base import PortalAdapter
from services.sync.portals.spending import paid_by
from services.sync.readable import readable
from shared.clock import LEGAL_ZONE, Clock
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging.unit_of_work import unit_of_work

log = structlog.get_logger()

EVERY_SECONDS = 15.0
KNOWN_RECORDS = 6
_LONGEST = 300


async def probe(database: Database, clock: Clock, adapter: PortalAdapter, quiet: QuietHours | None = None) -> int:
    """Compare the portal's answers with the contract. A departure must show twice; silence proves nothing.

    A portal in its hours of maintenance is not asked: the page that it shows then is none of its contract.
    """
    if quiet and quiet.left(clock.now().astimezone(LEGAL_ZONE)):
        return 0
    try:
        with paid_by(budget(database, clock, adapter, Errand.ROUND)):
            faults = await _departures(database, adapter)
            if faults:
                faults = await _departures(database, adapter)
    except Unavailable:
        return 0
    if faults:
        log.warning("contract_departed", portal=adapter.portal, faults=len(faults))
    async with unit_of_work(database, clock) as work:
        await channel.probed(work, adapter.portal, "; ".join(faults)[:_LONGEST] or None)
    CONTRACT.labels(adapter.portal).set(bool(faults))
    return 0


async def _departures(database: Database, adapter: PortalAdapter) -> Sequence[str]:
    """Of the records that can be read: the others prove nothing of the portal."""
    async with database.reading() as connection:
        rows = await placements.lately_shown(connection, adapter.portal, KNOWN_RECORDS)
    known = [record for _, record in readable(rows, adapter.portal)]
    NEWEST_UNREADABLE.labels(adapter.portal).set(len(rows) - len(known))
    return await adapter.probe(known)

"""How far reading is behind at each portal (读取受限): for the screens, the terminal and the alarm.

Nothing is written down for it: what waits stands in the placements and what holds it in the channel, so that every
process of a portal tells the same.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, literal, select, union_all

from services.sync.domain.channel import Channel, Pace
from services.sync.domain.reading import Due, Reading, judge
from services.sync.tables import placement
from shared.database.connection import AsyncConnection
from shared.vocabulary import Portal

Paces = Mapping[Portal, Pace]
"""What each portal takes: the settings, or else what its adapter knows."""


async def readings(
    connection: AsyncConnection, channels: Mapping[Portal, Channel], paces: Paces, now: datetime
) -> dict[Portal, Reading]:
    """One of each portal, whatever waits there."""
    due = await _due(connection, now)
    return {portal: judge(due.get(portal, Due()), channels.get(portal), pace, now) for portal, pace in paces.items()}


async def _due(connection: AsyncConnection, now: datetime) -> dict[Portal, Due]:
    found: dict[Portal, Due] = {}
    for row in await connection.execute(_DUE, {"now": now, "portals": list(Portal)}):
        before = found.get(Portal(row.portal), Due())
        oldest = min(filter(None, (before.oldest_due_at, row.oldest)))
        found[Portal(row.portal)] = Due(before.looks + row.looks, before.receipts + row.receipts, oldest)
    return found


# Made once: building it takes longer than carrying it out for a few rows. Each half is a range of a partial index.
_P = placement.c
_OF_PORTALS = _P.portal.in_(bindparam("portals", expanding=True))
_NONE = literal(0)
_DUE = union_all(
    select(_P.portal, func.count().label("looks"), _NONE.label("receipts"), func.min(_P.next_look_at).label("oldest"))
    .where(_OF_PORTALS, _P.next_look_at <= bindparam("now"), _P.next_look_at.is_not(None), _P.portal_key.is_not(None))
    .group_by(_P.portal),
    select(_P.portal, _NONE, func.count(), func.min(_P.next_receipt_at))
    .where(_OF_PORTALS, _P.next_receipt_at <= bindparam("now"), _P.receipt.is_not(None))
    .group_by(_P.portal),
)

"""What each portal shows of an approved record (生效核验): seen gone, still shown since when, or not looked at yet.

Judges what sync told; asks nobody. A later look that shows the record again takes an earlier absence away. Serves G10.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from services.repair.applications.domain.effect import PortalView, Seen, judge_portals
from services.repair.tables import absence, presence, shown_record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.vocabulary import Asked, Audience


@dataclass(frozen=True)
class Effect:
    """One record: whether every audience was ordered offline, and what each portal shows of it."""

    record_id: str
    ordered: bool
    portals: Sequence[PortalView]

    @property
    def is_complete(self) -> bool:
        return self.ordered and all(one.gone for one in self.portals)


async def effects(connection: AsyncConnection, record_ids: Collection[str]) -> Mapping[str, Effect]:
    """The effect of these records, by three queries whatever their number."""
    shown: dict[str, list[AnyRow]] = defaultdict(list)
    statement = select(shown_record).where(shown_record.c.record_id.in_(record_ids))
    for row in await connection.execute(statement.order_by(shown_record.c.record_id, shown_record.c.audience)):
        shown[row.record_id].append(row)
    gone: dict[str, dict[str, Seen]] = defaultdict(dict)
    for row in await connection.execute(select(absence).where(absence.c.record_id.in_(record_ids))):
        gone[row.record_id][row.portal] = Seen(row.generation, row.observed_at)
    still: dict[str, dict[str, Seen]] = defaultdict(dict)
    for row in await connection.execute(select(presence).where(presence.c.record_id.in_(record_ids))):
        still[row.record_id][row.portal] = Seen(row.generation, row.observed_at, row.since, Asked(row.asked))
    return {one: _effect(one, shown[one], gone[one], still[one]) for one in record_ids}


def _effect(record_id: str, rows: Sequence[AnyRow], gone: Mapping[str, Seen], still: Mapping[str, Seen]) -> Effect:
    views = [view for row in rows for view in judge_portals(Audience(row.audience), row.generation, gone, still)]
    return Effect(record_id, bool(rows) and not any(row.online for row in rows), views)

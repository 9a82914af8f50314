"""What disclosure's orders have left here: the newest of each record and audience, whatever portals show of it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, exists, func, literal, select, union_all

from services.sync.tables import content, placement
from shared.contracts.decided import Decided, Stretch
from shared.database.connection import AsyncConnection
from shared.vocabulary import PORTALS_OF

MOST_AT_ONCE = 50_000
"""Entries in memory at a time, when disclosure knows far less than we do."""

_ORDERED = [str(audience) for audience, portals in PORTALS_OF.items() if portals]
"""The own column's content is kept here too, and its end is nobody's order here."""


@dataclass(frozen=True)
class Heard:
    """What was heard within a stretch, which is whole: shorter than the one asked for where that holds too much."""

    within: Stretch
    entries: Sequence[Decided]

    def of(self, part: Stretch) -> list[Decided] | None:
        """What was heard within a part; None where not all of it was read."""
        end = self.within.through
        if end is not None and (part.through is None or part.through > end):
            return None
        first = bisect_right(self.entries, part.after, key=_record)
        behind = len(self.entries) if part.through is None else bisect_right(self.entries, part.through, key=_record)
        return list(self.entries[first:behind])


async def read_heard(connection: AsyncConnection, within: Stretch, at_most: int = MOST_AT_ONCE) -> Heard:
    """In the order of the identifiers, whole records only. Former entries are ours alone and not in it."""
    rows = (await connection.execute(_newest(within).limit(at_most))).all()
    if len(rows) == at_most:
        last = rows[-1].record_id
        rows = [row for row in rows if row.record_id != last]
        within = Stretch(within.after, rows[-1].record_id)
    found = [Decided(row.record_id, row.audience, row.generation, row.online >= row.generation) for row in rows]
    return Heard(within, found)


def _newest(within: Stretch) -> Select[Any]:
    """A content comes with every order to show, also for a kind that no portal takes; a placement with both."""
    its = placement.alias("its")
    is_former = exists().where(its.c.record_id == content.c.record_id, its.c.former_of.is_not(None))
    orders = union_all(
        select(
            content.c.record_id,
            content.c.audience,
            content.c.source_generation.label("generation"),
            content.c.source_generation.label("online"),
        ).where(*_within(content.c.record_id, within), content.c.audience.in_(_ORDERED), ~is_former),
        select(
            placement.c.record_id,
            placement.c.audience,
            placement.c.source_generation,
            literal(0, Integer),
        ).where(*_within(placement.c.record_id, within), placement.c.former_of.is_(None)),
    ).subquery()
    names = orders.c.record_id, orders.c.audience
    newest = func.max(orders.c.generation).label("generation"), func.max(orders.c.online).label("online")
    return select(*names, *newest).group_by(*names).order_by(*names)


def _within(column: Any, within: Stretch) -> list[Any]:
    through = [] if within.through is None else [column <= within.through]
    return [column > within.after, *through]


def _record(one: Decided) -> str:
    return one.record_id

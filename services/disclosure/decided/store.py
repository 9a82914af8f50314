"""What was decided and told of each record, read in the order of the identifiers. Only reads."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from services.disclosure.domain.display import PublicationState
from services.disclosure.tables import disclosed_record, explained_publication, publication
from shared.clock import Clock
from shared.contracts.decided import Decided, Stretch
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.relay_store import backlog
from shared.vocabulary import PORTALS_OF

_P = publication.c
_ORDERED = [str(audience) for audience, portals in PORTALS_OF.items() if portals]
"""The audiences of which portals are given orders."""


def was_told() -> ColumnElement[bool]:
    """An order was told: only orders raise a generation, and what was never shown has the first one without any."""
    return or_(_P.state == PublicationState.ONLINE, _P.generation > 1)


async def read_decided(connection: AsyncConnection, within: Stretch, at_most: int) -> list[Decided]:
    """The first of a stretch, whole records only; `at_most` must exceed what one record has."""
    statement = (
        select(_P.record_id, _P.audience, _P.generation, _P.state)
        .where(_P.audience.in_(_ORDERED), was_told(), _P.record_id > within.after)
        .order_by(_P.record_id, _P.audience)
        .limit(at_most)
    )
    if within.through is not None:
        statement = statement.where(_P.record_id <= within.through)
    rows = (await connection.execute(statement)).all()
    if len(rows) == at_most:
        rows = [row for row in rows if row.record_id != rows[-1].record_id]
    return [_decided(row) for row in rows]


async def told_until(connection: AsyncConnection, clock: Clock) -> datetime:
    """Up to when everything that was told has left for the broker."""
    _, oldest = await backlog(connection)
    return oldest or clock.now()


async def read_orders(connection: AsyncConnection, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """Of these records everything that was told, with window, content and facts, for every audience."""
    statement = (
        explained_publication.add_columns(disclosed_record.c.body, disclosed_record.c.facts)
        .join(disclosed_record, disclosed_record.c.record_id == _P.record_id)
        .where(_P.record_id.in_(record_ids), was_told())
        .order_by(_P.record_id, _P.audience)
    )
    return (await connection.execute(statement)).all()


def _decided(row: AnyRow) -> Decided:
    return Decided(row.record_id, row.audience, row.generation, row.state == PublicationState.ONLINE)

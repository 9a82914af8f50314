"""One application as lines of a terminal."""

from services.repair.applications import clocks, store
from services.repair.applications.domain.effect import PortalView
from services.repair.applications.portals import Effect, effects
from services.repair.applications.step import possible_steps
from services.repair.measures.end import read_of
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem


async def lines_of(connection: AsyncConnection, application_id: str) -> list[str]:
    """Head, limits, records with each portal, measures and steps."""
    row = await store.read(connection, application_id)
    if row is None:
        raise Problem(NOT_FOUND, f"There is no application {application_id}.")
    records = await store.records_of(connection, [application_id])
    shown = await effects(connection, store.approved_records(records))
    measures = await read_of(connection, [one.record_id for one in records])
    possible = ", ".join(possible_steps(store.case_of(row))) or "nothing"
    return [
        f"{row.application_id}  {row.state}  version {row.version}  filed {row.filed_on}  rules {row.generation}",
        f"  tracking number {row.tracking_number}; may follow: {possible}",
        *(_limit(one) for one in await clocks.read(connection, [application_id])),
        *(line for one in records for line in _record(one, shown.get(one.record_id))),
        *(_measure(one) for one in measures),
        *(_step(one) for one in await store.steps_of(connection, application_id)),
    ]


def _limit(row: AnyRow) -> str:
    until = f"{row.due_at:%Y-%m-%d %H:%M}" if row.due_at else "stands still"
    ended = "" if row.ended_at is None else {True: "  kept", False: "  MISSED", None: "  void"}[row.kept]
    return f"  {row.clock:<20} from {row.started_on} until {until}{ended}"


def _record(row: AnyRow, effect: Effect | None) -> list[str]:
    head = f"  {row.record_id}  {row.outcome}"
    return [head, *(f"    {_portal(one)}" for one in effect.portals)] if effect else [head]


def _portal(view: PortalView) -> str:
    if view.gone:
        return f"{view.portal}: seen gone at {view.seen_at:%Y-%m-%d %H:%M}"
    if view.still_since is not None:
        return f"{view.portal}: STILL SHOWN, ordered {view.still_since:%Y-%m-%d %H:%M}, asked: {view.asked}"
    return f"{view.portal}: not seen yet"


def _measure(row: AnyRow) -> str:
    standing = "stands" if row.ended_at is None else "ended, told" if row.told_at else "ended, to be told"
    return f"  {row.kind} {row.party}: {standing}"


def _step(row: AnyRow) -> str:
    return f"  {row.taken_on}  {row.action:<18} → {row.to_state:<16} {row.actor}: {row.reason}"

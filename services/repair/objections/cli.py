"""`creditsync repair objections …`: what is open, what is due, one objection, and taking a letter in."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, one_of, readable, run_command

if TYPE_CHECKING:
    from shared.database.types import AnyRow

app = typer.Typer(help="Objections (异议), from the letter to the closed case.", no_args_is_help=True)

Limit = Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")]


@app.command("list")
def list_objections(
    state: Annotated[str | None, typer.Option(help="Only those in this state; else every open one.")] = None,
    limit: Limit = 100,
) -> None:
    """Show objections in the order in which they were filed."""
    run_command(lambda ground: _list(ground, state, limit))


@app.command()
def due(
    days: Annotated[int, typer.Option(min=0, max=60, help="Limits that end within so many days.")] = 3,
    limit: Limit = 100,
) -> None:
    """Show objections whose limit is over or ends soon, the earliest first."""
    run_command(lambda ground: _due(ground, days, limit))


@app.command()
def show(objection_id: Annotated[str, typer.Argument(help="Identifier of the objection.")]) -> None:
    """Show one: every step with who took it, the decision, what became of the remedy, sanctions to undo."""
    run_command(lambda ground: _show(ground, objection_id))


@app.command("file")
def file_objection(
    record_id: Annotated[str, typer.Argument(help="Identifier of the record.")],
    about: Annotated[str, typer.Option(help="data, classification or matching.")],
    statement: Annotated[str, typer.Option(help="What the objector says; sealed.")],
    contact: Annotated[str, typer.Option(help="How the objector is reached; sealed.")],
    received_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When the letter came.")] = None,
) -> None:
    """Take in an objection that came by letter or at the counter; the record is marked at once (异议标注)."""
    run_command(lambda ground: _file(ground, record_id, about, (statement, contact, received_on)))


async def _list(ground: TerminalGround, state: str | None, limit: int) -> None:
    from services.repair.objections import store
    from services.repair.objections.domain.machine import ObjectionState

    wanted = one_of(ObjectionState, state, "state") if state is not None else None
    async with ground.database.reading() as connection:
        rows = await store.read_list(connection, wanted, None, None, limit)
    for row in rows:
        typer.echo(_line(row, ground.clock.now()))
    typer.echo(f"{len(rows)} objections")


async def _due(ground: TerminalGround, days: int, limit: int) -> None:
    from datetime import timedelta

    from services.repair.objections import store

    now = ground.clock.now()
    async with ground.database.reading() as connection:
        rows = await store.read_due(connection, now + timedelta(days=days), limit)
    for row in rows:
        typer.echo(_line(row, now))
    typer.echo(f"{len(rows)} objections to answer")


async def _show(ground: TerminalGround, objection_id: str) -> None:
    from services.repair.objections import store
    from shared.errors import NOT_FOUND, Problem
    from shared.web.identifier import identifier

    wanted = identifier(objection_id)
    async with ground.database.reading() as connection:
        row = await store.read(connection, wanted)
        if row is None:
            raise Problem(NOT_FOUND, f"There is no objection {objection_id}.")
        steps = await store.read_steps(connection, wanted)
        sanctions = await store.read_sanctions(connection, wanted)
    typer.echo(_line(row, ground.clock.now()))
    for step in steps:
        typer.echo(
            f"  {step.taken_at:%Y-%m-%d %H:%M}  {step.action:<8} → {step.to_state:<14} {step.actor}: {step.reason}"
        )
    if row.outcome:
        typer.echo(f"  remedy {row.attempt}: {row.outcome}  {row.outcome_reasons}")
    for one in sanctions:
        done = f"undone {one.undone_on}, told {one.told_on} ({one.reference})" if one.undone_on else "TO BE UNDONE"
        typer.echo(f"  sanction {one.number}: {one.measure} ({one.holder})  {done}")


async def _file(ground: TerminalGround, record_id: str, about: str, said: tuple[str, str, datetime | None]) -> None:
    from services.repair.objections.domain.machine import About
    from services.repair.objections.file import Statement, file
    from shared.messaging.unit_of_work import unit_of_work
    from shared.sealing import Sealer
    from shared.web.identifier import identifier

    text, contact = readable(said[0], "A statement"), readable(said[1], "A contact", 200)
    day = said[2].date() if said[2] else None
    statement = Statement(one_of(About, about, "matter of an objection"), text, contact, day)
    sealer = Sealer(*ground.settings.person_keys())
    async with unit_of_work(ground.database, ground.clock) as work:
        calendar = await ground.calendars.current(work.connection)
        filed = await file(work, identifier(record_id), statement, ground.caller, calendar, sealer)
    typer.echo(f"{filed.objection_id}  filed, record marked; answer by {filed.answer.at:%Y-%m-%d %H:%M} UTC")


def _line(row: "AnyRow", now: datetime) -> str:
    limit = f"answer by {row.due_at:%Y-%m-%d %H:%M}" if row.due_at else "answered"
    late = "  LATE" if row.due_at and row.due_at <= now else ""
    return f"{row.objection_id}  {row.state:<14} {row.about:<14} {row.record_id}  {limit}{late}"

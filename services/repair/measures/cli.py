"""`creditsync repair measures …`: to whom a record was told, which sanctions stand on it, and how they end."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, one_of, readable, run_change, run_command

if TYPE_CHECKING:
    from shared.database.types import AnyRow
    from shared.messaging.unit_of_work import UnitOfWork

app = typer.Typer(help="Measures (信息共享、联合惩戒): list, untold, note, end, told.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Identifier of the measure.")]


@app.command("list")
def list_measures(record_id: Annotated[str, typer.Argument(help="Identifier of the record.")]) -> None:
    """Show everything that stands or stood on a record."""
    run_command(lambda ground: _list(ground, record_id))


@app.command()
def untold(limit: Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")] = 100) -> None:
    """Show measures that ended and whose party does not know yet."""
    run_command(lambda ground: _untold(ground, limit))


@app.command()
def note(
    record_id: Annotated[str, typer.Argument(help="Identifier of the record.")],
    kind: Annotated[str, typer.Option(help="sharing or sanction.")],
    party: Annotated[str, typer.Option(help="The body that was told, or that sanctions; never a person.")],
    what: Annotated[str, typer.Option(help="What was told, or what the sanction is.")],
    began_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Since when.")],
) -> None:
    """Note to whom a record was told, or which joint sanction stands on it (登记)."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.measures.note import MeasureKind, NewMeasure, note_measure
        from shared.web.identifier import identifier

        wanted, stands = identifier(record_id), one_of(MeasureKind, kind, "kind of measure")
        words = readable(party, "A party", 200), readable(what, "What it is")
        new = NewMeasure(wanted, stands, *words, began_on.date())
        return f"{await note_measure(work, new, ground.caller)}  noted"

    run_change(change)


@app.command()
def end(measure_id: Id, reason: Annotated[str, typer.Option(help="Why; kept with the end.")]) -> None:
    """End one measure by hand (人工解除); its party is to be told."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.measures.end import lift
        from shared.web.identifier import identifier

        await lift(work, identifier(measure_id), readable(reason), ground.caller)
        return f"{measure_id}  ended, its party is to be told"

    run_change(change)


@app.command()
def told(measure_id: Id, how: Annotated[str, typer.Option(help="By which letter or entry.")]) -> None:
    """Keep that the party was told of the end (告知解除)."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.measures.end import tell_end
        from shared.web.identifier import identifier

        await tell_end(work, identifier(measure_id), readable(how, "How it was told"), ground.caller)
        return f"{measure_id}  told"

    run_change(change)


async def _list(ground: TerminalGround, record_id: str) -> None:
    from services.repair.measures.end import read_of
    from shared.web.identifier import identifier

    async with ground.database.reading() as connection:
        rows = await read_of(connection, [identifier(record_id)])
    _say(rows)


async def _untold(ground: TerminalGround, limit: int) -> None:
    from services.repair.measures.end import read_untold

    async with ground.database.reading() as connection:
        rows = await read_untold(connection, None, limit)
    _say(rows)


def _say(rows: "list[AnyRow]") -> None:
    for row in rows:
        state = "stands"
        if row.ended_at is not None:
            state = f"ended {row.ended_at:%Y-%m-%d} ({row.ended_because}), {'told' if row.told_at else 'TO BE TOLD'}"
        typer.echo(f"{row.measure_id}  {row.record_id}  {row.kind:<8} {row.party}: {row.what}  {state}")
    typer.echo(f"{len(rows)} measures")

"""`creditsync decided …`: whether what is wanted is what disclosure decided (告知核对), from a terminal.

A worker of sync carries the comparison out. A command imports what it needs when it runs, for an instant help.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from services.sync.cli import Ground, run_command

if TYPE_CHECKING:
    from shared.database.types import AnyRow

app = typer.Typer(help="Whether what is wanted is what disclosure decided (告知核对): ask, show.", no_args_is_help=True)

_SHOWN = 50


@app.command()
def ask(
    reason: Annotated[
        str | None, typer.Option(help="With it everything that was lost is told again, however much it is: why.")
    ] = None,
) -> None:
    """Have a worker of sync compare now; what differs is judged after ten minutes, and `show` says what came of it."""
    run_command(lambda ground: _ask(ground, reason))


@app.command()
def show() -> None:
    """Show the last comparison and the differences that are open; exit code 1 when there are any."""
    run_command(_show)


async def _ask(ground: Ground, reason: str | None) -> None:
    from services.sync.decided.compare import ask as ask_for
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        check_id = await ask_for(work, ground.person, without_limit=reason)
    typer.echo(f"{check_id} is asked for; `creditsync decided show` says what came of it.")


async def _show(ground: Ground) -> None:
    from services.sync.decided import store

    async with ground.database.reading() as connection:
        last, going_on = await store.newest_finished(connection), await store.open_check(connection)
        counts = await store.counts(connection)
        rows = await store.list_differences(connection, None, _SHOWN)
    typer.echo(_said(last) if last else "Nothing was compared yet.")
    if going_on:
        since = f"compared at {going_on.compared_at}, to be judged" if going_on.compared_at else "not compared yet"
        typer.echo(f"{going_on.check_id} goes on: {since}. {going_on.explanation or ''}".rstrip())
    for row in rows:
        generations = f"decided {row.decided_generation or '–'}, heard {row.heard_generation or '–'}"
        again = f", told again at {row.repeated_at}" if row.repeated_at else ""
        typer.echo(f"  {row.record_id}  {row.audience}  {row.kind}: {generations}{again}")
    if (left := sum(counts.values()) - len(rows)) > 0:
        typer.echo(f"  … and {left} more; all of them at /v1/decided-differences")
    if counts:
        raise typer.Exit(1)


def _said(row: "AnyRow") -> str:
    found = f"{row.never_told} never told, {row.behind} behind, {row.ahead} ahead"
    held = f"; {row.held} wait for a person: creditsync decided ask --reason" if row.held else ""
    return f"Compared at {row.finished_at}: {row.entries} entries, {found}; {row.repeated} records told again{held}."

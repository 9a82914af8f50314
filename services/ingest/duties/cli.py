"""`creditsync duties …`: which department answers for what (职责分工), from a terminal."""

from typing import Annotated

import typer

from services.ingest.cli import Ground, run_command
from services.ingest.duties.domain.duty import Duty

app = typer.Typer(help="Duties of departments (职责分工): show, set.", no_args_is_help=True)


@app.command()
def show() -> None:
    """Show the whole table."""
    run_command(_show)


@app.command("set")
def set_department(
    department: Annotated[str, typer.Argument(help="Name of the department (处室).")],
    reason: Annotated[str, typer.Option(help="Why; it is kept beside who set it.")],
    duty: Annotated[
        list[Duty] | None, typer.Option(help="A duty; repeat it for more. Without any it has none.")
    ] = None,
) -> None:
    """Set all duties of one department."""
    run_command(lambda ground: _set(ground, department, duty or [], reason))


async def _show(ground: Ground) -> None:
    from services.ingest.duties import store

    async with ground.database.reading() as connection:
        duties = await store.read_duties(connection)
        changed = {row.department: row for row in await store.read_set(connection)}
    for name, theirs in sorted(duties.items()):
        row = changed.get(name)
        told = f"  (set by {row.set_by} on {row.set_at:%Y-%m-%d}: {row.reason})" if row else ""
        typer.echo(f"{name}  {', '.join(sorted(theirs))}{told}")


async def _set(ground: Ground, department: str, duties: list[Duty], reason: str) -> None:
    from pydantic import ValidationError

    from services.ingest.duties.set_duties import DutiesBody, set_duties
    from shared.messaging.unit_of_work import unit_of_work

    try:
        body = DutiesBody(department=department, duties=frozenset(duties), reason=reason)
    except ValidationError as error:
        [first, *_] = error.errors()
        raise typer.BadParameter(f"{first['loc'][0]}: {first['msg']}") from None
    async with unit_of_work(ground.database, ground.clock) as work:
        await set_duties(work, body.department, body.duties, ground.person, body.reason)
    typer.echo("Set.")

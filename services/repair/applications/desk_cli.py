"""`creditsync repair queue|assign|regradings|regraded|notice`: the desk of a bureau (待办) from a terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, one_of, readable, run_change, run_command

if TYPE_CHECKING:
    from shared.letters import Letter
    from shared.messaging.unit_of_work import UnitOfWork

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Identifier of the application.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")]


@app.command()
def queue(
    tab: Annotated[
        str, typer.Option(help="open, submitted, reviewing, supplementing, effect, to_serve or finished.")
    ] = "open",
    of: Annotated[str | None, typer.Option("--of", help="Only what this person handles.")] = None,
    limit: Limit = 100,
) -> None:
    """Show applications by what they wait for, the least remaining time first (待办)."""
    run_command(lambda ground: _queue(ground, tab, of, limit))


@app.command()
def assign(
    application_id: Id,
    reason: Annotated[str, typer.Option(help="Why; kept beside who assigned it.")],
    to: Annotated[str | None, typer.Option(help="Who handles it; else you do.")] = None,
) -> None:
    """Give an application to somebody to handle (领办、交办); it says who does the work, never who may."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        import re

        from services.repair.applications.assign import ASSIGNEE
        from services.repair.applications.assign import assign as give
        from shared.errors import MALFORMED, Problem
        from shared.web.identifier import identifier

        caller = ground.caller
        assignee = caller.client_id if to is None else to
        if not re.fullmatch(ASSIGNEE, assignee):
            raise Problem(MALFORMED, "A name of letters, digits and . : @ - is needed, without spaces.")
        await give(work, identifier(application_id), assignee, readable(reason), caller)
        return f"{application_id}  handled by {assignee}"

    run_change(change)


@app.command()
def regradings(limit: Limit = 100) -> None:
    """Show companies whose grade is to be looked at anew after a repair (分级调整)."""
    run_command(lambda ground: _regradings(ground, limit))


@app.command()
def regraded(application_id: Id, reason: Annotated[str, typer.Option(help="What came of it.")]) -> None:
    """Keep that a grade was looked at anew."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.applications.regrade import note_regraded
        from shared.web.identifier import identifier

        await note_regraded(work, identifier(application_id), readable(reason), ground.caller)
        return f"{application_id}  looked at anew"

    run_change(change)


@app.command()
def notice(
    application_id: Id,
    out: Annotated[Path, typer.Argument(help="File to write, .docx or .pdf.", dir_okay=False)],
) -> None:
    """Write the letter of a decision to a file (信用修复告知书)."""
    run_command(lambda ground: _notice(ground, application_id, out))


async def _queue(ground: TerminalGround, tab: str, of: str | None, limit: int) -> None:
    from services.repair.applications import queue as desk

    wanted = desk.Wanted(one_of(desk.Tab, tab, "tab"), of)
    async with ground.database.reading() as connection:
        rows = await desk.page(connection, wanted, None, limit)
    for row in rows:
        limited = row.next_due_at < desk.NEVER
        until = f"until {row.next_due_at:%Y-%m-%d %H:%M} UTC" if limited else "no limit runs"
        typer.echo(f"{row.application_id}  {row.state:<16} {until:<28}  {row.region}  {row.assignee or 'nobody'}")
    typer.echo(f"{len(rows)} applications")


async def _regradings(ground: TerminalGround, limit: int) -> None:
    from services.repair.applications.regrade import read_due
    from shared.clock import legal_date

    async with ground.database.reading() as connection:
        rows = await read_due(connection, legal_date(ground.clock.now()), None, limit)
    for row in rows:
        typer.echo(f"{row.due_on}  {row.application_id}  {row.region}  {row.subject_key}")
    typer.echo(f"{len(rows)} grades")


async def _notice(ground: TerminalGround, application_id: str, out: Path) -> None:
    from services.repair.applications import store
    from services.repair.notices.letter import letter_of
    from shared.errors import NOT_FOUND, Problem
    from shared.web.identifier import identifier

    async with ground.database.reading() as connection:
        row = await store.read(connection, identifier(application_id))
        if row is None:
            raise Problem(NOT_FOUND, f"There is no application {application_id}.")
        letter = await letter_of(connection, row)
    _print(letter, out)
    typer.echo(str(out))


def _print(letter: "Letter", out: Path) -> None:
    from shared.errors import MALFORMED, NO_PDF, Problem
    from shared.letters import NoPdf, as_docx, as_pdf

    make = {".docx": as_docx, ".pdf": as_pdf}.get(out.suffix)
    if make is None:
        raise Problem(MALFORMED, "The file is to end in .docx or .pdf.")
    try:
        out.write_bytes(make(letter))
    except NoPdf as none:
        raise Problem(NO_PDF, str(none)) from None

"""`creditsync repair commit|commitments`: written commitments (容缺受理) from a terminal."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, one_of, readable, run_change, run_command

if TYPE_CHECKING:
    from shared.messaging.unit_of_work import UnitOfWork

app = typer.Typer(no_args_is_help=True)


@app.command()
def commit(
    application_id: Annotated[str, typer.Argument(help="Identifier of the application.")],
    kind: Annotated[list[str], typer.Option(help="A missing paper that will follow, such as performance_proof.")],
    statement: Annotated[str, typer.Option(help="What is promised in writing; sealed.")],
    signed_by: Annotated[str, typer.Option(help="Who signed; sealed.")],
    signed_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The date on the paper.")],
) -> None:
    """Take a written commitment in for an applicant: these papers will follow (承诺补交)."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.commitments.promise import Promise, promise
        from services.repair.materials.domain.papers import PaperKind
        from shared.sealing import Sealer
        from shared.web.identifier import identifier

        kinds = sorted({one_of(PaperKind, one, "paper") for one in kind})
        words = readable(statement, "A statement"), readable(signed_by, "A name", 100)
        given = Promise(kinds, *words, signed_on.date())
        calendar = await ground.calendars.current(work.connection)
        sealer = Sealer(*ground.settings.person_keys())
        until = await promise(work, identifier(application_id), given, ground.caller, calendar, sealer)
        provisional = " (provisional)" if until.provisional else ""
        return f"{application_id}  {', '.join(kinds)} to follow until {until.at:%Y-%m-%d %H:%M} UTC{provisional}"

    run_change(change)


@app.command()
def commitments(
    state: Annotated[str, typer.Option(help="open, kept, breached or lapsed.")] = "breached",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")] = 100,
) -> None:
    """Show commitments, the earliest day first, and what follows a breach (容缺受理)."""
    run_command(lambda ground: _commitments(ground, state, limit))


async def _commitments(ground: TerminalGround, state: str, limit: int) -> None:
    from services.repair.commitments import store
    from services.repair.commitments.domain.standing import CommitmentState
    from services.repair.materials.book import papers

    wanted = one_of(CommitmentState, state, "state")
    async with ground.database.reading() as connection:
        rows = await store.listed(connection, [wanted], limit)
    consequences = {one.generation_id: one.commitment.consequence for one in papers().generations}
    for row in rows:
        typer.echo(f"{row.due_at:%Y-%m-%d %H:%M} UTC  {row.application_id}  {row.kind:<20} {row.application_state}")
        typer.echo(f"  {consequences.get(row.generation, '')}")
    typer.echo(f"{len(rows)} commitments")

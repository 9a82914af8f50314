"""`creditsync disclosure serious-list …`: who is on the list, what is due, one entry, and every act."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.disclosure.serious_list.acts_cli import ACTS
from services.disclosure.terminal import TerminalGround, run_command

if TYPE_CHECKING:
    from services.disclosure.serious_list.domain.entry import EntryState
    from shared.database.types import AnyRow

app = typer.Typer(
    help="Serious list (严重失信主体名单): list, due, show, notify, register, step, supplement, decide, re-enter, "
    "approve-removal.",
    no_args_is_help=True,
)

Limit = Annotated[int, typer.Option(min=1, max=1000, help="Entries at most.")]


@app.command("list")
def list_entries(
    state: Annotated[str | None, typer.Option(help="Only entries in this state, such as listed.")] = None,
    limit: Limit = 100,
) -> None:
    """Show entries in the order in which they began."""
    run_command(lambda ground: _list(ground, state, limit))


@app.command()
def due(limit: Limit = 1000) -> None:
    """Show what a deadline runs for, the earliest first, and which entries end within thirty days."""
    run_command(lambda ground: _due(ground, limit))


@app.command()
def show(entry_id: Annotated[str, typer.Argument(help="Identifier of the entry.")]) -> None:
    """Show one entry: its days and why, every step with who took it, what is due. Persons are masked."""
    run_command(lambda ground: _show(ground, entry_id))


for act in ACTS:
    app.command()(act)


async def _list(ground: TerminalGround, state: str | None, limit: int) -> None:
    from services.disclosure.serious_list import store

    wanted = _state(state) if state else None
    async with ground.database.reading() as connection:
        rows = await store.read_entries(connection, store.Which(wanted), None, limit)
    for row in rows:
        typer.echo(_line(row))
    typer.echo(f"{len(rows)} entries")


def _state(text: str) -> "EntryState":
    from services.disclosure.serious_list.domain.entry import EntryState
    from shared.errors import MALFORMED, Problem

    try:
        return EntryState(text)
    except ValueError:
        raise Problem(MALFORMED, f"There is no state {text[:40]}: {', '.join(EntryState)}.") from None


def _line(row: "AnyRow") -> str:
    days = f"{row.starts_on} – {row.closes_on}" if row.closes_on else "not listed"
    return f"{row.entry_id}  {row.state:<16} {days:<26} {row.subject_name}  {row.situation}"


async def _due(ground: TerminalGround, limit: int) -> None:
    from services.disclosure.serious_list import due as queries
    from services.disclosure.serious_list.domain.duties import duties
    from services.disclosure.serious_list.domain.entry import EntryState
    from shared.clock import legal_date

    today = legal_date(ground.clock.now())
    async with ground.database.reading() as connection:
        calendar = (await ground.book.current(connection)).calendar
        running = await queries.read_with_deadlines(connection, today, limit)
        ending = await queries.read_ending(connection, today, limit)
    found = sorted(
        (duty.last_day, duty.deadline, duty.provisional, row.entry_id, row.subject_name)
        for row in running
        for duty in duties(EntryState(row.state), row.state_since_on, calendar)
    )
    for last_day, deadline, provisional, entry_id, name in found:
        late = "  LATE" if last_day < today else ""
        typer.echo(f"{last_day}{' (provisional)' if provisional else ''}  {deadline:<22} {entry_id}  {name}{late}")
    for row in ending:
        typer.echo(f"{row.closes_on}  last day on the list   {row.entry_id}  {row.subject_name}")
    typer.echo(f"{len(found)} deadlines, {len(ending)} entries end within thirty days")


async def _show(ground: TerminalGround, entry_id: str) -> None:
    from services.disclosure.serious_list import store
    from shared.errors import NOT_FOUND, Problem
    from shared.policy import explain_listing
    from shared.web.identifier import identifier

    async with ground.database.reading() as connection:
        row = await store.read_entry(connection, identifier(entry_id))
        if row is None:
            raise Problem(NOT_FOUND, "The serious list has no such entry.")
        steps = await store.read_steps(connection, entry_id)
        people = (await store.read_people(connection, [entry_id]))[entry_id]
    typer.echo(_line(row))
    typer.echo(f"  version {row.version}  {row.authority_name}  {row.document_number or ''}")
    for person in people:
        typer.echo(f"  {person.role}: {person.public_name} {person.public_number}")
    window = store.window_of(row)
    for sentence in explain_listing(window, "zh") if window else []:
        typer.echo(f"  {sentence}")
    for step in steps:
        typer.echo(f"  {step.taken_on}  {step.action:<16} → {step.to_state:<16} {step.actor}: {step.reason}")

"""`creditsync repair reminders …`: deliveries that wait or failed, the contacts, and another try."""

from typing import Annotated

import typer

from services.repair.terminal import TerminalGround, run_command

app = typer.Typer(help="Reminders (修复提醒): deliveries, contacts, another try.", no_args_is_help=True)

Limit = Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")]


@app.command("list")
def list_deliveries(
    state: Annotated[str, typer.Option(help="waiting, sent, not_needed or failed.")] = "failed", limit: Limit = 100
) -> None:
    """Show deliveries in one state, with the last failure. Addresses are masked."""
    run_command(lambda ground: _list(ground, state, limit))


@app.command()
def contacts(limit: Limit = 1000) -> None:
    """Show who is reminded and how. Addresses are masked."""
    run_command(lambda ground: _contacts(ground, limit))


@app.command()
def retry(
    reason: Annotated[str, typer.Option(help="What was mended; kept beside who ordered it.")],
    record_id: Annotated[list[str] | None, typer.Argument(help="Only reminders of these records; else all.")] = None,
) -> None:
    """Try failed deliveries again, after the cause was mended."""
    run_command(lambda ground: _retry(ground, reason, record_id))


async def _list(ground: TerminalGround, state: str, limit: int) -> None:
    from services.repair.reminders import store
    from services.repair.reminders.domain.notice import DeliveryState
    from shared.errors import MALFORMED, Problem

    if state not in set(DeliveryState):
        raise Problem(MALFORMED, f"There is no state {state[:40]}: {', '.join(DeliveryState)}.")
    async with ground.database.reading() as connection:
        rows = await store.read_deliveries(connection, DeliveryState(state), None, None, limit)
    for row in rows:
        where = row.shown_address or "file outbox"
        typer.echo(f"{row.record_id}  {row.channel:<8} {where}  {row.attempts} attempts  {row.failure or ''}")
    typer.echo(f"{len(rows)} deliveries")


async def _contacts(ground: TerminalGround, limit: int) -> None:
    from services.repair.reminders.contacts import read_own
    from shared.web.caller import EVERY_SUBJECT, Caller

    own = ground.caller
    everyone = Caller(own.client_id, own.scopes, own.authorities, frozenset({EVERY_SUBJECT}))
    async with ground.database.reading() as connection:
        rows = await read_own(connection, everyone, None, limit)
    for row in rows:
        typer.echo(f"{row.contact_id}  {row.party:<8} {row.party_key}  {row.channel:<8} {row.shown_address}")
    typer.echo(f"{len(rows)} contacts")


async def _retry(ground: TerminalGround, reason: str, record_ids: list[str] | None) -> None:
    from services.repair.reminders import store
    from shared.errors import MALFORMED, Problem
    from shared.evidence.actions import Action
    from shared.evidence.entry import Act, Effect
    from shared.identifiers import strip_control
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    said = strip_control(reason).strip()
    if not said:
        raise Problem(MALFORMED, "A reason is needed.")
    wanted = [identifier(one) for one in record_ids] if record_ids else None
    total, more = 0, True
    while more:
        async with unit_of_work(ground.database, ground.clock) as work:
            number = await store.retry(work, wanted, ground.caller)
            work.audit(Act(Action.REMINDERS_RETRIED, ground.caller.client_id, "reminders", None, said, Effect(number)))
        total, more = total + number, number == store.MOST_RETRIED
    typer.echo(f"{total} deliveries wait again")

"""`creditsync repair reminders …`: deliveries that wait or failed, the contacts and their coming and going."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, one_of, readable, run_change, run_command

if TYPE_CHECKING:
    from shared.messaging.unit_of_work import UnitOfWork
    from shared.web.caller import Caller

app = typer.Typer(help="Reminders (修复提醒): list, contacts, enter, remove, retry.", no_args_is_help=True)

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
def enter(
    party: Annotated[str, typer.Option(help="Whose contact it is: subject (a company) or bureau.")],
    key: Annotated[str, typer.Option(help="Unified code of the company or the authority.")],
    channel: Annotated[str, typer.Option(help="webhook or email.")],
    address: Annotated[str, typer.Option(help="Where it is reached; sealed.")],
    authority: Annotated[str | None, typer.Option(help="Of a company: the authority that enters it.")] = None,
) -> None:
    """Enter a contact (联系人名册). The secret that checks a webhook's signature is shown here and never again."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.reminders import contacts as book
        from services.repair.reminders.domain.notice import Channel, Party
        from services.repair.reminders.wiring import ways_of
        from shared.sealing import Sealer

        sealer = Sealer(*ground.settings.person_keys())
        whose, way = one_of(Party, party, "party"), one_of(Channel, channel, "channel")
        new = book.NewContact(whose, key, way, readable(address, "An address", 500), authority)
        entered = await book.enter(work, new, ground.caller, ways_of(ground.settings), sealer)
        shown = f"{entered.contact_id}  {book.masked(way, new.address)}  {entered.reminders} reminders wait for it"
        if way is not Channel.WEBHOOK:
            return shown
        return f"{shown}  secret {book.signing_secret(sealer, entered.contact_id).hex()}"

    run_change(change)


@app.command()
def remove(
    contact_id: Annotated[str, typer.Argument(help="Identifier of the contact.")],
    reason: Annotated[str, typer.Option(help="Why; kept beside who removed it.")],
) -> None:
    """Remove a contact: it is told nothing more, and its address is forgotten."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.reminders import contacts as book
        from shared.web.identifier import identifier

        await book.remove(work, identifier(contact_id), readable(reason), _everyone(ground))
        return f"{contact_id}  removed"

    run_change(change)


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

    wanted = one_of(DeliveryState, state, "state")
    async with ground.database.reading() as connection:
        rows = await store.read_deliveries(connection, wanted, None, None, limit)
    for row in rows:
        where = row.shown_address or "file outbox"
        typer.echo(f"{row.record_id}  {row.channel:<8} {where}  {row.attempts} attempts  {row.failure or ''}")
    typer.echo(f"{len(rows)} deliveries")


async def _contacts(ground: TerminalGround, limit: int) -> None:
    from services.repair.reminders.contacts import read_own

    async with ground.database.reading() as connection:
        rows = await read_own(connection, _everyone(ground), None, limit)
    for row in rows:
        typer.echo(f"{row.contact_id}  {row.party:<8} {row.party_key}  {row.channel:<8} {row.shown_address}")
    typer.echo(f"{len(rows)} contacts")


async def _retry(ground: TerminalGround, reason: str, record_ids: list[str] | None) -> None:
    from services.repair.reminders import store
    from shared.evidence.actions import Action
    from shared.evidence.entry import Act, Effect
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    said = readable(reason)
    wanted = [identifier(one) for one in record_ids] if record_ids else None
    total, more = 0, True
    while more:
        async with unit_of_work(ground.database, ground.clock) as work:
            number = await store.retry(work, wanted, ground.caller)
            work.audit(Act(Action.REMINDERS_RETRIED, ground.caller.client_id, "reminders", None, said, Effect(number)))
        total, more = total + number, number == store.MOST_RETRIED
    typer.echo(f"{total} deliveries wait again")


def _everyone(ground: TerminalGround) -> "Caller":
    """The account of the machine, also for companies that entered their contacts themselves."""
    from shared.web.caller import EVERY_SUBJECT, Caller

    own = ground.caller
    return Caller(own.client_id, own.scopes, own.authorities, frozenset({EVERY_SUBJECT}))

"""`creditsync disclosure notices …`: which repair notices and reminders wait, one letter, and its delivery."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.disclosure.terminal import TerminalGround, run_command

if TYPE_CHECKING:
    from services.disclosure.notices.domain.compose import Composed
    from services.disclosure.notices.store import Disclosed
    from shared.database.connection import AsyncConnection

app = typer.Typer(help="Notices (三同步、两书同达): due, show, deliver.", no_args_is_help=True)

RecordId = Annotated[str, typer.Argument(help="Identifier of the record.")]


@app.command()
def due(limit: Annotated[int, typer.Option(min=1, max=1000, help="Records at most.")] = 100) -> None:
    """Show shown decisions whose notice nobody has delivered, and reminders that wait to be sent."""
    run_command(lambda ground: _due(ground, limit))


@app.command()
def show(record_id: RecordId) -> None:
    """Show the repair notice of a record, its deliveries and the talks that were held."""
    run_command(lambda ground: _show(ground, record_id))


@app.command()
def deliver(
    record_id: RecordId,
    method: Annotated[str, typer.Option(help="with_decision, in_person, post, electronic, left or public_notice.")],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of the delivery.")],
    recipient: Annotated[str, typer.Option(help="Who received it; sealed, shown masked.")],
    receipt: Annotated[str, typer.Option(help="Number of the receipt or of the parcel.")],
) -> None:
    """Record that the notice was delivered (送达), bound to the text of the letter as it reads now."""
    run_command(lambda ground: _deliver(ground, record_id, (method, on, recipient, receipt)))


async def _due(ground: TerminalGround, limit: int) -> None:
    from services.disclosure.notices import store
    from services.disclosure.notices.library import load_letters

    async with ground.database.reading() as connection:
        rows = await store.read_undelivered(connection, load_letters().letters, None, limit)
        waiting = await store.count_waiting(connection)
    for row in rows:
        typer.echo(f"{row.record_id}  {row.decided_on}  {row.subject_name}")
    typer.echo(f"{len(rows)} notices to deliver{' (at least)' if len(rows) == limit else ''}, {waiting} reminders wait")


async def _show(ground: TerminalGround, record_id: str) -> None:
    from services.disclosure.notices import store
    from shared.errors import Problem

    async with ground.database.reading() as connection:
        disclosed = await _disclosed(ground, connection, record_id)
        deliveries = await store.read_deliveries(connection, record_id, None, 100)
        talks = await store.read_talks(connection, record_id, None, 100)
    try:
        letter = _letter(ground, disclosed)
        typer.echo("\n".join((letter.title, *letter.paragraphs, letter.authority)))
    except Problem as none:
        typer.echo(str(none))
    for row in deliveries:
        typer.echo(f"  delivered {row.delivered_on} {row.method} {row.recipient} {row.receipt} ({row.letter_id})")
    for row in talks:
        typer.echo(f"  talk {row.held_on} {row.kind} {row.held_by} {row.attendee}")


async def _deliver(ground: TerminalGround, record_id: str, how: tuple[str, datetime, str, str]) -> None:
    from services.disclosure.notices.note import Delivery, DeliveryMethod, note_delivery
    from shared.errors import MALFORMED, Problem
    from shared.messaging.unit_of_work import unit_of_work
    from shared.sealing import Sealer

    method, on, recipient, receipt = how
    if method not in tuple(DeliveryMethod):
        raise Problem(MALFORMED, f"There is no method {method[:20]}: {', '.join(DeliveryMethod)}.")
    delivery = Delivery(DeliveryMethod(method), on.date(), recipient, receipt)
    sealer = Sealer(*ground.settings.person_keys())
    async with unit_of_work(ground.database, ground.clock) as work:
        disclosed = await _disclosed(ground, work.connection, record_id)
        letter = _letter(ground, disclosed)
        made = await note_delivery(work, record_id, disclosed, letter, delivery, sealer, ground.person)
    typer.echo(f"Noted as {made}.")


async def _disclosed(ground: TerminalGround, connection: "AsyncConnection", record_id: str) -> "Disclosed":
    from services.disclosure.notices import store
    from shared.clock import legal_date
    from shared.errors import NOT_FOUND, Problem
    from shared.web.identifier import identifier

    law, today = await ground.book.current(connection), legal_date(ground.clock.now())
    disclosed = await store.read_disclosed(connection, identifier(record_id), law, today)
    if disclosed is None:
        raise Problem(NOT_FOUND, "Disclosure knows no such record.")
    return disclosed


def _letter(ground: TerminalGround, disclosed: "Disclosed") -> "Composed":
    from services.disclosure.notices.domain.compose import NoLetter, compose
    from services.disclosure.notices.library import load_letters
    from shared.errors import CONFLICT, Problem

    try:
        return compose(disclosed.record, disclosed.sites, load_letters(), ground.settings.notice_consultation)
    except NoLetter as reason:
        raise Problem(CONFLICT, str(reason)) from None

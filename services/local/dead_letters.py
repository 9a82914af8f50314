"""`creditsync dead-letters`: what no worker could handle, and sending it back to its queue. On both buses."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer

from services.house import SERVICES
from services.sync.dead_letters.office import DeadLetterOffice, decision
from shared.database.engine import Database
from shared.errors import NOT_FOUND, Problem
from shared.messaging.bus import Bus, DeadLetter, Which
from shared.messaging.connect import open_bus
from shared.messaging.topology import QUEUES
from shared.messaging.unit_of_work import unit_of_work
from shared.settings import HouseSettings, load

app = typer.Typer(help="Dead letters (死信): list, replay.", no_args_is_help=True)

T = TypeVar("T")
Queue = Annotated[str, typer.Argument(help="A queue such as sync.take_downs, or a service for all of its queues.")]


@app.command("list")
def list_letters(
    queue: Annotated[str | None, typer.Argument(help="A queue or a service; all when not given.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many of a queue.")] = 50,
) -> None:
    """Show the dead letters: identifiers and reasons, never what is in them."""
    for name, letters in asyncio.run(read(queues_of(queue), limit)):
        for one in letters:
            typer.echo(f"{name}  {one.message.message_id}  {one.message.type}  {one.attempts}x  {one.reason[:200]}")


@app.command()
def replay(
    queue: Queue,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log of sync.")],
    kind: Annotated[str | None, typer.Option("--type", help="Only those of this type.")] = None,
    cause: Annotated[str | None, typer.Option(help="Only those of this cause, as `list` tells it.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only say how many it would be.")] = False,
) -> None:
    """Send dead letters back to their queue, after the cause was mended: 500 at most of each queue. What had taken
    effect has no second one."""
    which = Which(kind, cause)
    for name, sent in asyncio.run(send_back(queues_of(queue), which, reason, dry_run=dry_run)):
        typer.echo(
            f"{sent} messages would go back to {name}."
            if dry_run
            else f"{sent} messages are on their way back to {name}."
        )


def queues_of(named: str | None) -> list[str]:
    """The queues that are meant. Raises `Problem` when there is none."""
    found = [name for name in QUEUES if named is None or name == named or name.startswith(f"{named}.")]
    if not found:
        raise Problem(NOT_FOUND, f"No queue is called {str(named)[:64]}. There are: {', '.join(sorted(QUEUES))}.")
    return found


async def read(queues: Sequence[str], limit: int) -> list[tuple[str, Sequence[DeadLetter]]]:
    """The dead letters of each queue."""
    return await _each(queues, lambda bus, queue: bus.dead_letters(queue, limit=limit))


async def send_back(
    queues: Sequence[str], which: Which, reason: str, *, dry_run: bool = False
) -> list[tuple[str, int]]:
    """How many went back to each queue, or would; who says so and why is kept first."""
    service = SERVICES["sync"]
    settings = service.load({})
    office = DeadLetterOffice(lambda: open_bus(settings.bus_address(), "dead-letters"))
    database = Database(settings.database_for("sync"), "sync")
    sent: list[tuple[str, int]] = []
    try:
        for queue in queues:
            letters, _ = await office.meant(queue, which)
            if letters and not dry_run:
                async with unit_of_work(database, settings.clock()) as work:
                    work.audit(decision(f"terminal:{getpass.getuser()}", queue, which, letters, reason))
                letters = await office.replay(queue, which, letters)
            sent.append((queue, letters))
    finally:
        await database.close()
    return sent


async def _each(queues: Sequence[str], act: Callable[[Bus, str], Awaitable[T]]) -> list[tuple[str, T]]:
    bus = open_bus(load(HouseSettings).bus_address(), "dead-letters")
    await bus.open()
    try:
        return [(queue, await act(bus, queue)) for queue in queues]
    finally:
        await bus.close()

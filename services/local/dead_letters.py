"""`creditsync dead-letters`: what no worker could handle, sent back to its queue or discarded. On both buses."""

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
from shared.messaging.settle_parked import Remedy
from shared.messaging.topology import QUEUES
from shared.messaging.unit_of_work import unit_of_work
from shared.settings import HouseSettings, load

app = typer.Typer(help="Dead letters (死信): list, replay, discard.", no_args_is_help=True)

T = TypeVar("T")
Queue = Annotated[str, typer.Argument(help="A queue such as sync.take_downs, or a service for all of its queues.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit log of sync.")]
Kind = Annotated[str | None, typer.Option("--type", help="Only those of this type.")]
Cause = Annotated[str | None, typer.Option(help="Only those of this cause, as `list` tells it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say how many it would be.")]


@app.command("list")
def list_letters(
    queue: Annotated[str | None, typer.Argument(help="A queue or a service; all when not given.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many of a queue.")] = 50,
) -> None:
    """List the dead letters: identifiers and reasons, never what is in them."""
    found = asyncio.run(read(queues_of(queue), limit))
    if not any(letters for _, letters in found):
        typer.echo("No dead letters.")
    for name, letters in found:
        for one in letters:
            typer.echo(f"{name}  {one.message.message_id}  {one.message.type}  {one.attempts}x  {one.reason[:200]}")


@app.command()
def replay(queue: Queue, reason: Reason, kind: Kind = None, cause: Cause = None, dry_run: DryRun = False) -> None:
    """Send dead letters back to their queue, after the cause was mended: 500 at most of each queue. What had taken
    effect has no second one."""
    which = Which(kind, cause)
    for name, sent in asyncio.run(settle(queues_of(queue), which, Remedy.RETRY, reason, dry_run=dry_run)):
        typer.echo(f"{sent} messages {'would go' if dry_run else 'are on their way'} back to {name}.")


@app.command()
def discard(queue: Queue, reason: Reason, kind: Kind = None, cause: Cause = None, dry_run: DryRun = False) -> None:
    """Destroy dead letters for good: 500 at most of each queue. What they tell never takes effect; the audit log keeps
    who, why, and a digest of what they said."""
    which = Which(kind, cause)
    for name, gone in asyncio.run(settle(queues_of(queue), which, Remedy.DISCARD, reason, dry_run=dry_run)):
        typer.echo(f"{gone} messages of {name} {'would be' if dry_run else 'were'} discarded.")


def queues_of(named: str | None) -> list[str]:
    """The queues that are meant. Raises `Problem` when there is none."""
    found = [name for name in QUEUES if named is None or name == named or name.startswith(f"{named}.")]
    if not found:
        raise Problem(NOT_FOUND, f"No queue is called {str(named)[:64]}. There are: {', '.join(sorted(QUEUES))}.")
    return found


async def read(queues: Sequence[str], limit: int) -> list[tuple[str, Sequence[DeadLetter]]]:
    """The dead letters of each queue."""
    return await _each(queues, lambda bus, queue: bus.dead_letters(queue, limit=limit))


async def settle(
    queues: Sequence[str], which: Which, remedy: Remedy, reason: str, *, dry_run: bool = False
) -> list[tuple[str, int]]:
    """How many of each queue went back or were destroyed, or would; who says so and why is kept first."""
    service = SERVICES["sync"]
    settings = service.load({})
    office = DeadLetterOffice(lambda: open_bus(settings.bus_address(), "dead-letters"))
    database = Database(settings.database_for("sync"), "sync")
    settled: list[tuple[str, int]] = []
    try:
        for queue in queues:
            meant = await office.meant(queue, which)
            letters = len(meant.marks)
            if letters and not dry_run:
                async with unit_of_work(database, settings.clock()) as work:
                    work.audit(decision(remedy, f"terminal:{getpass.getuser()}", queue, which, meant, reason))
                letters = await (
                    office.discard(queue, meant.names)
                    if remedy is Remedy.DISCARD
                    else office.replay(queue, which, meant.names)
                )
            settled.append((queue, letters))
    finally:
        await database.close()
    return settled


async def _each(queues: Sequence[str], act: Callable[[Bus, str], Awaitable[T]]) -> list[tuple[str, T]]:
    bus = open_bus(load(HouseSettings).bus_address(), "dead-letters")
    await bus.open()
    try:
        return [(queue, await act(bus, queue)) for queue in queues]
    finally:
        await bus.close()

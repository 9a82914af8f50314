"""`creditsync subscribers …`: who is told of changes (订阅方), from a terminal. Works on sync's own database.

What is decided here is kept with the person's name. A command imports what it needs when it runs, for an instant help.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.sync.cli import Ground, run_command
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.domain.signing import Algorithm
from shared.vocabulary import RecordKind

if TYPE_CHECKING:
    from services.sync.webhooks.subscribers import Reasoned, Wanted
    from shared.messaging.unit_of_work import UnitOfWork

app = typer.Typer(
    help="Webhook subscribers (订阅方): list, add, change, rotate, test, pause, resume, replay, remove.",
    no_args_is_help=True,
)


class Filter(StrEnum):
    """What a subscriber can want only some of."""

    TYPES = "types"
    KINDS = "kinds"
    REGIONS = "regions"


Identifier = Annotated[str, typer.Argument(help="Identifier of the subscriber.")]
Why = Annotated[str, typer.Option(help="Why; it is kept beside who decided.")]
OnlyTypes = Annotated[list[ChangeType] | None, typer.Option("--type", help="Only changes of this type.")]
OnlyKinds = Annotated[list[RecordKind] | None, typer.Option("--kind", help="Only records of this kind.")]
OnlyRegions = Annotated[
    list[str] | None, typer.Option("--region", help="Only regions whose code begins so: 32, 3206, 320600.")
]
Since = Annotated[datetime | None, typer.Option(help="Everything from this instant on, UTC.")]


@app.command("list")
def list_subscribers() -> None:
    """List every subscriber: state, last number, how many deliveries wait, and how its endpoint is doing."""
    run_command(_list)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who it is.")],
    url: Annotated[str, typer.Argument(help="Where it is told.")],
    event: OnlyTypes = None,
    kind: OnlyKinds = None,
    region: OnlyRegions = None,
    signature: Annotated[Algorithm, typer.Option(help="v1: shared secret; v1a: our public key.")] = Algorithm.HMAC,
) -> None:
    """Enter a subscriber and print its secret or public key. The secret is shown here and never again."""
    run_command(lambda ground: _add(ground, name, url, event or [], kind or [], region or [], signature))


@app.command()
def change(
    subscriber_id: Identifier,
    reason: Why,
    url: Annotated[str | None, typer.Option(help="Where it is told; what waits goes there, too.")] = None,
    event: OnlyTypes = None,
    kind: OnlyKinds = None,
    region: OnlyRegions = None,
    every: Annotated[
        list[Filter] | None, typer.Option(help="No longer only some: everything, whatever its type, kind or region.")
    ] = None,
) -> None:
    """Change where it is told, and of what from now on (变更); the rest stays. What was numbered already is sent."""
    named: dict[str, Any] = {"url": url, "types": event, "kinds": kind, "regions": region}
    given = {field: value for field, value in named.items() if value is not None}
    if both := given.keys() & {one.value for one in every or []}:
        one = sorted(both)[0]
        raise typer.BadParameter(f"--every {one} and --{one.removesuffix('s')} exclude each other")
    given |= {one.value: () for one in every or []}
    if not given:
        raise typer.BadParameter("name what is to change: --url, --type, --kind, --region or --every")
    run_command(lambda ground: _change(ground, subscriber_id, reason, given))


@app.command()
def rotate(
    subscriber_id: Identifier,
    reason: Why,
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=168, help="Hours in which the old key still signs beside the new one.")
    ] = 24,
) -> None:
    """Give it a new key (轮换密钥) and print that; both sign until the overlap ends."""
    run_command(lambda ground: _rotate(ground, subscriber_id, reason, timedelta(hours=overlap_hours)))


@app.command()
def test(subscriber_id: Identifier) -> None:
    """Send it an event that is about no record, with the next number of its sequence."""
    run_command(lambda ground: _test(ground, subscriber_id))


@app.command()
def remove(subscriber_id: Identifier, reason: Why) -> None:
    """Tell it nothing any more (注销): its keys and deliveries are deleted, which nobody can undo."""

    async def do(work: "UnitOfWork", act: "Reasoned") -> None:
        from services.sync.webhooks import subscribers

        await subscribers.remove(work, subscriber_id, act)

    _decide(reason, do, "removed")


@app.command()
def pause(subscriber_id: Identifier, reason: Why) -> None:
    """Send it nothing for a while; its events are kept."""

    async def do(work: "UnitOfWork", act: "Reasoned") -> None:
        from services.sync.webhooks import subscribers

        await subscribers.pause(work, subscriber_id, act)

    _decide(reason, do, "paused")


@app.command()
def resume(subscriber_id: Identifier, reason: Why) -> None:
    """Send it everything that waits, from the oldest on."""

    async def do(work: "UnitOfWork", act: "Reasoned") -> None:
        from services.sync.webhooks import subscribers

        await subscribers.resume(work, subscriber_id, act)

    _decide(reason, do, "resumed")


@app.command()
def replay(
    subscriber_id: Identifier,
    reason: Why,
    sequence: Annotated[int | None, typer.Option(min=1, max=2**62, help="One delivery, by its number.")] = None,
    since: Since = None,
) -> None:
    """Send deliveries once more: one, all since an instant, or with neither all that failed."""
    if sequence is not None and since is not None:
        raise typer.BadParameter("give --sequence or --since, not both")

    async def do(work: "UnitOfWork", act: "Reasoned") -> None:
        from datetime import UTC

        from services.sync.webhooks import replay as replays

        what = replays.What.ONE if sequence else replays.What.SINCE if since else replays.What.FAILED
        at = since.replace(tzinfo=UTC) if since and since.tzinfo is None else since
        await replays.ask(work, subscriber_id, what, sequence, at, act)

    _decide(reason, do, "asked for; the background process of sync carries it out")


async def _list(ground: Ground) -> None:
    from services.sync.webhooks import subscribers

    async with ground.database.reading() as connection:
        rows = await subscribers.read(connection)
        backlog = await subscribers.read_backlog(connection)
    for row in rows:
        left = backlog.get(row.subscriber_id, subscribers.Backlog())
        since = f" since {left.oldest_at:%Y-%m-%d %H:%M}" if left.oldest_at else ""
        typer.echo(f"{row.subscriber_id} {row.state} {row.name} {row.url}")
        typer.echo(f"  told of {_filters(subscribers.Wanted.of(row))}")
        typer.echo(f"  last number {row.last}, {left.waiting} waiting{since}, {left.failed} failed for good")
        held = row.held_until and row.held_until > ground.clock.now()
        until = f", left alone until {row.held_until:%Y-%m-%d %H:%M} UTC" if held else ""
        typer.echo(f"  {row.failures} failures in a row{until}")
        if row.state == "paused":
            typer.echo(f"  paused at {row.state_at:%Y-%m-%d %H:%M} UTC by {row.state_by}: {row.state_reason}")
    if not rows:
        typer.echo("There are no subscribers.")


async def _add(
    ground: Ground,
    name: str,
    url: str,
    types: list[ChangeType],
    kinds: list[RecordKind],
    regions: list[str],
    signature: Algorithm,
) -> None:
    from services.sync.webhooks import subscribers
    from services.sync.webhooks.keys import KeyRing
    from shared.messaging.unit_of_work import unit_of_work

    wanted = subscribers.Wanted(name, url, types, kinds, regions)
    rules, most = ground.settings.egress_rules(), ground.settings.max_subscribers
    async with unit_of_work(ground.database, ground.clock) as work:
        ring = KeyRing(lambda: ground.sealer)
        subscriber_id, key = await subscribers.enter(work, wanted, signature, rules, ring, most, ground.person)
    typer.echo(f"{subscriber_id}\n{key.secret or key.public_key}")


async def _change(ground: Ground, subscriber_id: str, reason: str, given: Mapping[str, Any]) -> None:
    from services.sync.webhooks import subscribers
    from shared.messaging.unit_of_work import unit_of_work

    act, rules = subscribers.Reasoned(ground.person, reason), ground.settings.egress_rules()
    async with unit_of_work(ground.database, ground.clock) as work:
        await subscribers.change_some(work, subscriber_id, given, rules, act)
    typer.echo("changed")


async def _rotate(ground: Ground, subscriber_id: str, reason: str, overlap: timedelta) -> None:
    from services.sync.webhooks import subscribers
    from services.sync.webhooks.keys import KeyRing
    from shared.messaging.unit_of_work import unit_of_work

    act, ring = subscribers.Reasoned(ground.person, reason), KeyRing(lambda: ground.sealer)
    async with unit_of_work(ground.database, ground.clock) as work:
        key = await subscribers.rotate(work, subscriber_id, ring, overlap, act)
    typer.echo(key.secret or key.public_key)


async def _test(ground: Ground, subscriber_id: str) -> None:
    from services.sync.webhooks import subscribers
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        sequence = await subscribers.test(work, subscriber_id, ground.person)
    typer.echo(f"event {sequence} is on its way")


def _filters(wanted: "Wanted") -> str:
    named = {one.value: sorted(getattr(wanted, one.value)) for one in Filter}
    return "; ".join(f"{name} {', '.join(values)}" for name, values in named.items() if values) or "everything"


def _decide(reason: str, do: Callable[["UnitOfWork", "Reasoned"], Awaitable[None]], done: str) -> None:
    async def run(ground: Ground) -> None:
        from services.sync.webhooks.subscribers import Reasoned
        from shared.messaging.unit_of_work import unit_of_work

        async with unit_of_work(ground.database, ground.clock) as work:
            await do(work, Reasoned(ground.person, reason))
        typer.echo(done)

    run_command(run)

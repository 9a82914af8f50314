"""`creditsync orders …` and `creditsync channel …`. Imports what a command needs when it runs."""

from typing import Annotated

import typer

from shared.vocabulary import Portal

orders = typer.Typer(
    help="Orders that wait for a person (待处置): problems, show, retry, skip, amend.", no_args_is_help=True
)
channel = typer.Typer(help="Channels to the portals (通道): show, stop, start.", no_args_is_help=True)

At = Annotated[str | None, typer.Option("--at", help="Base address of sync; the one of the settings when not given.")]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="CREDITSYNC_TOKEN",
        help="Bearer token of your identity provider; without it the local issuer's operator calls.",
    ),
]
ToPortal = Annotated[Portal, typer.Argument(help="The portal.")]
Cause = Annotated[str, typer.Argument(help="As `orders problems` names it.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with your name.")]
Records = Annotated[
    list[str] | None,
    typer.Option("--record", help="RECORD@GENERATION as `orders show` prints it: only this order; may be repeated."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say how many orders it would be, and which way.")]


@orders.command()
def problems(at: At = None, token: Token = None) -> None:
    """Show what portals refused or do not obey, and what was set aside, by cause. Needs a running sync."""
    from services.local.orders import show_problems
    from shared.web.server import run

    run(show_problems(at, token))


@orders.command(name="show")
def show_orders(portal: ToPortal, cause: Cause, at: At = None, token: Token = None) -> None:
    """Show the orders of one cause: RECORD@GENERATION, which way, document number, the portal's words."""
    from services.local import orders as calls
    from shared.web.server import run

    run(calls.show_orders(portal, cause, at, token))


@orders.command()
def retry(
    portal: ToPortal,
    cause: Cause,
    reason: Reason,
    record: Records = None,
    dry_run: DryRun = False,
    at: At = None,
    token: Token = None,
) -> None:
    """Give the orders of a cause once more, after what stood in their way was mended."""
    from services.local.orders import Settlement, settle
    from shared.web.server import run

    typer.echo(run(settle(portal, cause, Settlement("retry", reason, _seen(record or []), dry_run), at, token)))


@orders.command()
def skip(
    portal: ToPortal,
    cause: Cause,
    reason: Reason,
    record: Records = None,
    dry_run: DryRun = False,
    at: At = None,
    token: Token = None,
) -> None:
    """Set the orders of a cause aside; they stay red until somebody retries them or a newer order comes. Without
    --record the publications only: a take-down is named."""
    from services.local.orders import Settlement, settle
    from shared.web.server import run

    typer.echo(run(settle(portal, cause, Settlement("skip", reason, _seen(record or []), dry_run), at, token)))


@orders.command()
def amend(
    portal: ToPortal,
    cause: Cause,
    record: Annotated[str, typer.Option("--record", help="RECORD@GENERATION as `orders show` prints it.")],
    field: Annotated[list[str], typer.Option("--field", help="NAME=WORDS, such as remark=...; may be repeated.")],
    reason: Reason,
    at: At = None,
    token: Token = None,
) -> None:
    """Send one portal other words of a record (订正) until the source tells it anew, and order it once more."""
    from services.local.orders import Settlement, settle
    from shared.web.server import run

    pairs = [one.partition("=") for one in field]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise typer.BadParameter(f"{', '.join(wrong)}: write NAME=WORDS", param_hint="--field")
    wanted = Settlement("amend", reason, _seen([record]), False, {name: words for name, _, words in pairs})
    typer.echo(run(settle(portal, cause, wanted, at, token)))


def _seen(named: list[str]) -> dict[str, int]:
    from services.local.orders import seen

    try:
        return seen(named)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--record") from None


@channel.command()
def show(at: At = None, token: Token = None) -> None:
    """Show breaker, backlog, who stopped what, and what waits to be read. Needs a running sync."""
    from services.local.orders import show_channels
    from shared.web.server import run

    run(show_channels(at, token))


@channel.command()
def stop(portal: ToPortal, reason: Reason, at: At = None, token: Token = None) -> None:
    """Send no more orders to a portal until somebody starts it again; looks go on."""
    _switch(portal, "stopped", reason, at, token)


@channel.command()
def start(portal: ToPortal, reason: Reason, at: At = None, token: Token = None) -> None:
    """Send orders to a portal again."""
    _switch(portal, "started", reason, at, token)


def _switch(portal: Portal, to: str, reason: str, at: str | None, token: str | None) -> None:
    from services.local.orders import switch
    from shared.web.server import run

    typer.echo(run(switch(portal, to, reason, at, token)))

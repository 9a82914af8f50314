"""`creditsync calendar …`: the announced years (放假安排). Imports what a command needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Announced years (放假安排): show, load.", no_args_is_help=True)

At = Annotated[
    str | None, typer.Option("--at", help="Base address of disclosure; the one of the settings when not given.")
]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="CREDITSYNC_TOKEN",
        help="Bearer token of your identity provider; without it the local issuer's law officer calls.",
    ),
]


@app.command("load")
def load_year(
    file: Annotated[Path, typer.Argument(help="Year file such as 2027.toml.", dir_okay=False, exists=True)],
    reason: Annotated[str, typer.Option(help="Why it is loaded.")] = "announced by the State Council",
    at: At = None,
    token: Token = None,
) -> None:
    """Load the arrangement of a year; every service counts its deadlines again. Needs a running disclosure."""
    from services.local.calendar import load_file
    from shared.web.server import run

    typer.echo(run(load_file(file, reason, at, token)))


@app.command("show")
def show(
    year: Annotated[int | None, typer.Argument(help="One year with its days; all years when not given.")] = None,
    at: At = None,
    token: Token = None,
) -> None:
    """Show the announced years with their sources, and how far they reach. Needs a running disclosure."""
    from services.local.calendar import show_years
    from shared.web.server import run

    run(show_years(year, at, token))

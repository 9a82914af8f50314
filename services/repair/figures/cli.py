"""`creditsync repair figures`: the figures on the terminal, or into a file."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, run_command

if TYPE_CHECKING:
    from services.repair.figures.domain.figures import Figures, Grouping

app = typer.Typer()
_REGION_DIGITS = 6

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of filing.")]


@app.command()
def figures(
    since: Day = None,
    until: Day = None,
    by: Annotated[str, typer.Option(help="all, region, rule or region-and-rule.")] = "all",
    region: Annotated[str, typer.Option(help="Beginning of a division code, such as 3206.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write all tables to this file (xlsx).", dir_okay=False)] = None,
) -> None:
    """Show first-pass rate, time per step, overdue and coming limits, and subjects with records (facts B17)."""
    days = since.date() if since else None, until.date() if until else None

    async def do(ground: TerminalGround) -> None:
        from services.repair.figures.count import asked_for, count_figures
        from shared.clock import legal_date

        now = ground.clock.now()
        wanted = asked_for(legal_date(now), *days, _grouping(by), _region(region))
        async with ground.database.reading() as connection:
            calendar = await ground.calendars.current(connection)
            found = await count_figures(connection, wanted, now, calendar)
        _say(found, out)

    run_command(do)


def _say(found: "Figures", out: Path | None) -> None:
    from services.repair.figures.sheets import Table, told_of, workbook_of

    wanted = found.wanted
    if out is not None:
        out.write_bytes(workbook_of(found))
        typer.echo(f"{out}  filed {wanted.since} to {wanted.until}, as of {found.as_of}")
        return
    typer.echo(f"filed {wanted.since} to {wanted.until}, as of {found.as_of}; forecast until {found.forecast_until}")
    for table in Table:
        typer.echo(table)
        for line in told_of(found, table) or ["none"]:
            typer.echo(f"  {line}")


def _grouping(text: str) -> "Grouping":
    from services.repair.figures.domain.figures import Grouping
    from shared.errors import MALFORMED, Problem

    try:
        return Grouping(text)
    except ValueError:
        raise Problem(MALFORMED, f"There is no grouping {text[:40]}: {', '.join(Grouping)}.") from None


def _region(text: str) -> str:
    from shared.errors import MALFORMED, Problem

    if len(text) > _REGION_DIGITS or (text and not (text.isascii() and text.isdigit())):
        raise Problem(MALFORMED, "A region is the beginning of a division code, at most six digits.")
    return text

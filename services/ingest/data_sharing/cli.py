"""`creditsync data-sharing …`: the list of a day, unsigned working days and silent sources, from a terminal."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from services.ingest.cli import Ground, run_command

app = typer.Typer(help="Data-sharing list (数据共享清单): day, unsigned, sources, counties.", no_args_is_help=True)

_MOST_LINES = 500
_UNSIGNED_DAYS = 30


@app.command()
def day(
    on: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="The day; today without it.")] = None,
) -> None:
    """Show what each source sent on a day, and what became of it."""
    run_command(lambda ground: _day(ground, on))


@app.command()
def unsigned() -> None:
    """List working days of the last thirty days that nobody has signed off."""
    run_command(_unsigned)


@app.command()
def sources() -> None:
    """List sources with their last delivery; silent ones are marked."""
    run_command(_sources)


@app.command()
def counties() -> None:
    """List counties with the last day that brought rows of theirs, whoever sent them; silent ones are marked."""
    run_command(_counties)


async def _day(ground: Ground, on: datetime | None) -> None:
    from services.ingest.data_sharing import store
    from services.ingest.data_sharing.domain.figures import FIGURES
    from shared.clock import legal_date

    wanted = on.date() if on else legal_date(ground.clock.now())
    async with ground.database.reading() as connection:
        rows = await store.list_day(connection, wanted, None, _MOST_LINES)
        signed = await store.read_sign_offs(connection, wanted, wanted)
    for row in rows:
        figures = ", ".join(f"{name} {row._mapping[name]}" for name in FIGURES)
        typer.echo(f"{row.source}  {row.authority_code or '–'}  {row.kind}: {figures}")
    typer.echo(f"{wanted}: signed by {signed[wanted].signed_by}." if wanted in signed else f"{wanted}: not signed.")


async def _unsigned(ground: Ground) -> None:
    from services.ingest.data_sharing import store
    from services.ingest.data_sharing.domain.signing import unsigned_days
    from services.ingest.tables import calendar_year
    from shared.calendars.book import CalendarBook
    from shared.clock import legal_date

    today = legal_date(ground.clock.now())
    async with ground.database.reading() as connection:
        calendar = await CalendarBook(calendar_year).current(connection)
        began = await store.first_day(connection)
        first = max(began or today, today - timedelta(days=_UNSIGNED_DAYS))
        signed = await store.read_sign_offs(connection, first, today)
    days = unsigned_days(calendar, first, today, signed)
    typer.echo("\n".join(map(str, days)) or "Every working day is signed.")


async def _sources(ground: Ground) -> None:
    from services.ingest.data_sharing.watch import read_watched
    from services.ingest.duties.domain.duty import Duty, departments_with
    from services.ingest.duties.store import read_duties
    from services.ingest.tables import calendar_year
    from shared.calendars.book import CalendarBook
    from shared.clock import legal_date

    usual = ground.settings.source_expected_working_days
    async with ground.database.reading() as connection:
        found = await read_watched(connection, CalendarBook(calendar_year), legal_date(ground.clock.now()), usual)
        duties = await read_duties(connection)
    if not found:
        typer.echo("No source is watched yet: one is from the day after its first delivery.")
    for one in found:
        told = f"{one.silence.working_days} working days without anything, expected within {one.silence.expected}"
        whose = "、".join(departments_with(duties, Duty(one.kind)))
        silent = "SILENT  " if one.silence.is_too_long else ""
        typer.echo(f"{silent}{one.source}  {one.kind} ({whose}): {told}")


async def _counties(ground: Ground) -> None:
    from services.ingest.data_sharing.counties import read_counties
    from services.ingest.duties.domain.duty import Duty, departments_with
    from services.ingest.duties.store import read_duties
    from services.ingest.tables import calendar_year
    from shared.calendars.book import CalendarBook
    from shared.clock import legal_date

    expected = ground.settings.county_expected_working_days
    async with ground.database.reading() as connection:
        found = await read_counties(connection, CalendarBook(calendar_year), legal_date(ground.clock.now()), expected)
        duties = await read_duties(connection)
    for one in found:
        told = f"{one.silence.working_days} working days without anything, expected within {one.silence.expected}"
        whose = "、".join(departments_with(duties, Duty.ANOMALIES, one.county))
        silent = "SILENT  " if one.silence.is_too_long else ""
        typer.echo(f"{silent}{one.name} ({whose}), last from {one.source} on {one.last_received_on}: {told}")
    if not found:
        typer.echo("Nothing of a county has come within a year.")

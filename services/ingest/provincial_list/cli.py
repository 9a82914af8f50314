"""`creditsync provincial-list …`: import the province's list and compare it with our records, from a terminal."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.ingest.cli import Ground, run_command

if TYPE_CHECKING:
    from services.ingest.sheets import Pages

app = typer.Typer(
    help="Provincial list (严重失信主体名单和受行政处罚主体名单): import, lists, compare.", no_args_is_help=True
)

First = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First decision day; 2019-01-01 without it.")
]
Last = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last decision day; 2021-12-31 without it.")
]


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.", dir_okay=False, exists=True)],
    source: Annotated[str, typer.Option(help="Whose list it is; the next version of what came from there before.")],
    first: First = None,
    last: Last = None,
) -> None:
    """Take a list in as the next version of its source."""
    run_command(lambda ground: _import(ground, file, source, (first, last)))


@app.command()
def lists() -> None:
    """Show the imported lists, the newest first."""
    run_command(_lists)


@app.command()
def compare(
    list_id: Annotated[str, typer.Argument(help="Identifier of an imported list.")],
    out: Annotated[Path | None, typer.Option(help="Write the findings to this file (xlsx).", dir_okay=False)] = None,
) -> None:
    """Compare a list with the records of ingest, now, and print what was found by region."""
    run_command(lambda ground: _compare(ground, list_id, out))


async def _import(ground: Ground, file: Path, source: str, period: tuple[datetime | None, datetime | None]) -> None:
    from services.ingest.list_files.received import read_stored
    from services.ingest.provincial_list.columns import COLUMNS
    from services.ingest.provincial_list.import_list import (
        PERIOD_FROM,
        PERIOD_TO,
        Provenance,
        import_list,
        read_rows,
    )
    from shared.messaging.unit_of_work import unit_of_work

    entries, refusals = read_rows(read_stored(file, COLUMNS), ground.sealer.keyed_digest)
    first, last = period
    of = Provenance(
        source,
        first.date() if first else PERIOD_FROM,
        last.date() if last else PERIOD_TO,
        file.name,
        _digest(file),
    )
    async with unit_of_work(ground.database, ground.clock) as work:
        list_id = await import_list(work, of, entries, refusals, ground.person)
    typer.echo(f"{list_id}: {len(entries)} rows, {len(refusals)} refused.")
    for row, reason in refusals[:20]:
        typer.echo(f"  row {row}: {reason}")


async def _lists(ground: Ground) -> None:
    from services.ingest.provincial_list import store

    async with ground.database.reading() as connection:
        rows = await store.list_lists(connection, None, 50)
    if not rows:
        typer.echo("No list was imported yet.")
    for row in rows:
        period = f"{row.period_from} – {row.period_to}"
        typer.echo(f"{row.list_id}  {row.source}  version {row.version}  {period}  {row.rows} rows  {row.file_name}")


async def _compare(ground: Ground, list_id: str, out: Path | None) -> None:
    from services.ingest.provincial_list import store
    from services.ingest.provincial_list.compare import compare_step, start_comparison
    from services.ingest.provincial_list.domain.outcome import ComparisonState
    from services.ingest.provincial_list.take_away import finding_pages
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        comparison_id = await start_comparison(work, list_id, ground.person)
    state = ""
    while state != ComparisonState.DONE:
        async with unit_of_work(ground.database, ground.clock) as work:
            await compare_step(work)
            row = await store.read_comparison(work.connection, comparison_id)
        state = row.state if row else ComparisonState.DONE
    async with ground.database.reading() as connection:
        counted = await store.count_findings(connection, comparison_id)
    typer.echo(f"{comparison_id}")
    for region, outcome, number in counted:
        typer.echo(f"  {region or '–'}  {outcome}: {number}")
    if out:
        await _save(out, finding_pages(ground.database, comparison_id))


async def _save(file: Path, pages: "Pages") -> None:
    """Written while it is read, however long it is."""
    from services.ingest.provincial_list.findings import HEAD
    from services.ingest.sheets import streamed
    from shared.streamed_tables import SheetTable

    with file.open("wb") as target:
        async for piece in streamed(SheetTable(title="名单比对结果"), HEAD, pages):
            target.write(piece)


def _digest(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()

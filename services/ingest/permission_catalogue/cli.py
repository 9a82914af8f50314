"""`creditsync permission-catalogue …`: import the catalogue of powers (行政权限目录清单) and see what is public."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.ingest.cli import Ground, run_command

app = typer.Typer(help="Permission catalogue (行政权限目录清单): import, show.", no_args_is_help=True)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX.", dir_okay=False, exists=True)],
    source: Annotated[str, typer.Option(help="Whose catalogue it is.")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day that it tells of.")],
) -> None:
    """Take a file in as the next version, which is public from then on."""
    run_command(lambda ground: _import(ground, file, source, as_of.date()))


@app.command()
def show() -> None:
    """Show which version is public."""
    run_command(_show)


async def _import(ground: Ground, file: Path, source: str, as_of: date) -> None:
    from services.ingest.list_files.received import read_stored
    from services.ingest.permission_catalogue.items import COLUMNS, read_items
    from services.ingest.permission_catalogue.take_catalogue import Origin, take_catalogue
    from shared.messaging.unit_of_work import unit_of_work

    items = read_items(read_stored(file, COLUMNS))
    of = Origin(source, as_of, file.name, _digest(file))
    async with unit_of_work(ground.database, ground.clock) as work:
        version = await take_catalogue(work, of, items, ground.person)
    typer.echo(f"Version {version} with {len(items)} items is public.")


async def _show(ground: Ground) -> None:
    from services.ingest.permission_catalogue import store

    async with ground.database.reading() as connection:
        row = await store.read_newest(connection)
    if row is None:
        typer.echo("No permission catalogue is published yet.")
        return
    items = row._mapping["items"]
    typer.echo(f"Version {row.version} of {row.source}, as of {row.as_of}: {items} items, taken by {row.taken_by}.")


def _digest(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()

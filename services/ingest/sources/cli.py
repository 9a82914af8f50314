"""`creditsync source-map …`: which system is authoritative for which kind of record (数据来源清单), from a terminal."""

from collections.abc import Mapping
from typing import Annotated

import typer

from services.ingest.cli import Ground, run_command
from shared.vocabulary import RecordKind

app = typer.Typer(help="Source map (数据来源清单): show, set.", no_args_is_help=True)

Kind = Annotated[RecordKind, typer.Argument(help="Kind of record.")]
Clients = Annotated[list[str] | None, typer.Option("--client", help="An authoritative system; repeat it for more.")]
Authority = Annotated[str | None, typer.Option(help="Of this authority only; without it of all that have no entry.")]
Stops = Annotated[bool, typer.Option("--quarantine", help="Rows of other systems wait, instead of a warning.")]
Nobody = Annotated[bool, typer.Option("--any-system", help="Remove the entry: any system may send again.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who set it.")]


@app.command()
def show() -> None:
    """Show the whole map, with who set each entry and why."""
    run_command(_show)


@app.command("set")
def set_entry(
    kind: Kind,
    reason: Reason,
    client: Clients = None,
    authority: Authority = None,
    quarantine: Stops = False,
    any_system: Nobody = False,
) -> None:
    """Set the systems of one kind and authority; they replace those that were set before."""
    if bool(client) == any_system:
        raise typer.BadParameter("Name a system with --client, or remove the entry with --any-system.")
    others = "quarantine" if quarantine else "warning"
    entry = {"kind": kind, "authority_code": authority, "clients": client or [], "others": others, "reason": reason}
    run_command(lambda ground: _set(ground, entry))


async def _show(ground: Ground) -> None:
    from services.ingest.sources import store

    async with ground.database.reading() as connection:
        rows = await store.read_entries(connection)
    for row in rows:
        whose = row.authority_code or "every authority"
        told = f"others: {row.others}; set by {row.set_by} on {row.set_at:%Y-%m-%d}: {row.reason}"
        typer.echo(f"{row.kind}  {whose}  {row.client}  ({told})")
    if not rows:
        typer.echo("The map is empty: any system may send.")


async def _set(ground: Ground, entry: Mapping[str, object]) -> None:
    from pydantic import ValidationError

    from services.ingest.sources.body import SourceEntryBody
    from services.ingest.sources.set_systems import set_systems
    from shared.messaging.unit_of_work import unit_of_work

    try:
        body = SourceEntryBody.model_validate(entry)
    except ValidationError as error:
        [first, *_] = error.errors()
        raise typer.BadParameter(f"{first['loc'][0]}: {first['msg']}") from None
    async with unit_of_work(ground.database, ground.clock) as work:
        await set_systems(work, body.systems(), ground.person, body.reason)
    typer.echo("Set; it counts from the next batch.")

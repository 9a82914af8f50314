"""`creditsync originals …`: the texts of a record as they were sent (原文), from a terminal, on the tables of ingest.

Masked unless a person gives the reason for which the texts are needed as they are; every look is kept with the name.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from services.ingest.cli import Ground, run_command

app = typer.Typer(help="Texts of records as they were sent (原文): show, save.", no_args_is_help=True)

Record = Annotated[str, typer.Argument(help="Identifier of the record.")]
Unmasked = Annotated[bool, typer.Option("--unmasked", help="Names and numbers as they came; needs --reason.")]
Reason = Annotated[str | None, typer.Option(help="Why they are needed unmasked; it is kept beside who looked.")]


@app.command()
def show(record_id: Record, unmasked: Unmasked = False, reason: Reason = None) -> None:
    """Show every writing in which the record came and that is not its own, the newest first."""
    _refuse_without_reason(unmasked, reason)
    run_command(lambda ground: _show(ground, record_id, reason if unmasked else None))


@app.command()
def save(
    record_id: Record,
    file: Annotated[Path, typer.Argument(help="A file that does not exist yet; only its owner may read it.")],
    unmasked: Unmasked = False,
    reason: Reason = None,
) -> None:
    """Write the same as JSON to a file."""
    _refuse_without_reason(unmasked, reason)
    if file.exists():
        raise typer.BadParameter(f"{file} exists already.")
    run_command(lambda ground: _save(ground, record_id, file, reason if unmasked else None))


def _refuse_without_reason(unmasked: bool, reason: str | None) -> None:
    if unmasked and not (reason or "").strip():
        raise typer.BadParameter("--unmasked needs --reason.")


async def _show(ground: Ground, record_id: str, reason: str | None) -> None:
    for one in (found := await _open(ground, record_id, reason)):
        typer.echo(f"{one['received_at']} batch {one['batch_id']} row {one['row']}, from {one['client']}")
        for name, text in one["cells"].items():
            typer.echo(f"  {name} = {json.dumps(text, ensure_ascii=False)}")
    if not found:
        typer.echo("The record came in no other writing than its own.")


async def _save(ground: Ground, record_id: str, file: Path, reason: str | None) -> None:
    from shared.secret_files import write_secret

    found = await _open(ground, record_id, reason)
    body = {"record_id": record_id, "masked": reason is None, "originals": found}
    write_secret(file, json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n")
    typer.echo(f"{len(found)} saved.")


async def _open(ground: Ground, record_id: str, reason: str | None) -> list[dict[str, Any]]:
    """What the record came as, without personal data unless a reason is given. The look is in the audit log."""
    from services.ingest import store
    from services.ingest.originals.look import Looker, look_at_originals
    from shared.errors import NOT_FOUND, Problem
    from shared.messaging.unit_of_work import unit_of_work

    record = await ground.database.find(store.RECORD, record_id=record_id)
    if record is None:
        raise Problem(NOT_FOUND, f"There is no record {record_id}.")
    async with unit_of_work(ground.database, ground.clock) as work:
        found = await look_at_originals(work, record, Looker(ground.person, reason), ground.sealer)
    return [asdict(one) | {"received_at": one.received_at.isoformat()} for one in found]

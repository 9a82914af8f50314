"""Evidence from the terminal: walk the audit logs, make signing keys, check a document that somebody holds (G14)."""

import asyncio
import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.errors import StartRefused
from shared.evidence.anchors import Anchors
from shared.evidence.documents import MOST_BYTES, NotGenuine, verified
from shared.evidence.heads import Head
from shared.evidence.key_file import rotate
from shared.evidence.keys import KeysUnreadable, PublicKeys, read_public
from shared.evidence.verify import Verdict, verify_chain

app = typer.Typer(help="Audit log (留痕): verify, new-key.", no_args_is_help=True)

_PROGRESS_EVERY = 50_000


class LogName(StrEnum):
    """The services that keep an audit log."""

    INGEST = "ingest"
    DISCLOSURE = "disclosure"
    REPAIR = "repair"
    SYNC = "sync"


@app.command()
def verify(
    service: Annotated[LogName | None, typer.Argument(help="Whose log; all four when none is named.")] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Trusted public keys (JWK set); else those of the settings.")
    ] = None,
    anchors: Annotated[Path | None, typer.Option(help="Folder of anchor files; else that of the settings.")] = None,
) -> None:
    """Walk every entry, link and signed head; name the first one that does not hold. Exit code 1 when one does not."""
    names = [service] if service else list(LogName)
    verdicts = {name: asyncio.run(_verify(name.value, keys, anchors)) for name in names}
    for name, verdict in verdicts.items():
        typer.echo(_line(name.value, verdict))
    raise typer.Exit(0 if all(verdict.holds for verdict in verdicts.values()) else 1)


@app.command("new-key")
def new_key(file: Annotated[Path, typer.Argument(help="Key file; made when it is not there.")]) -> None:
    """Put a fresh signing key in front. Of the older keys only the public parts stay: they verify and sign no more."""
    key_id = rotate(file)
    typer.echo(f"{key_id} signs from the next start of each process on. {file} is readable by its owner only.")


def verify_document(document: Path, key: Path) -> None:
    """Print what a genuine certificate says, or why it is none."""
    from services.sync.certificates.domain.statement import KIND

    try:
        said = verified(_read(document), KIND, _keys_in(key))
    except NotGenuine as reason:
        typer.echo(f"NOT GENUINE (无效): {reason}")
        raise typer.Exit(1) from None
    typer.echo("GENUINE (有效)")
    for line in _told(said):
        typer.echo(line)
    typer.echo(f"What happened since then stands at {said['check_url']}")


async def _verify(name: str, keys: Path | None, folder: Path | None) -> Verdict:
    from services.house import SERVICES
    from shared.database.engine import Database
    from shared.database.migrate import require_newest

    settings = SERVICES[name].load({})
    trusted = _keys_in(keys) if keys else settings.signing_keys().public
    anchors: Anchors | None = Anchors(folder) if folder else settings.anchors()
    kept: Iterator[Head] = anchors.heads(name) if anchors else iter(())
    database = Database(settings.database_for(name), name)
    try:
        await require_newest(database, SERVICES[name].tables.versions)
        return await verify_chain(database, trusted, kept, _progress(name))
    finally:
        await database.close()


def _progress(name: str) -> Any:
    """A line to standard error now and then: a long log takes minutes."""
    told = 0

    def tell(entries: int) -> None:
        nonlocal told
        if entries - told >= _PROGRESS_EVERY:
            told = entries
            typer.echo(f"{name}: {entries} entries", err=True)

    return tell


def _line(name: str, verdict: Verdict) -> str:
    if verdict.broken:
        return f"{name}: BROKEN. {verdict.broken}"
    waiting = f", {verdict.unlinked} not linked yet" if verdict.unlinked else ""
    return f"{name}: holds. {verdict.entries} entries, {verdict.heads} signed heads{waiting}. Head {verdict.last_hash}"


def _told(said: dict[str, Any]) -> Iterator[str]:
    yield f"certificate     {said['certificate_id']}, issued at {said['issued_at']}"
    yield f"record          {said['record_id']}, {said['document_number']}"
    yield f"subject         {json.dumps(said['subject'], ensure_ascii=False)}"
    yield f"grounds         {', '.join(said['grounds'])}"
    for line in said["portals"]:
        yield f"{line['portal']:<20}gone from {', '.join(line['absent_in'])} at {line['absence_observed_at']}"


def _keys_in(path: Path) -> PublicKeys:
    try:
        return read_public(_read(path))
    except KeysUnreadable as error:
        raise StartRefused(f"the keys in {path} cannot be used: {error}") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise StartRefused(f"{path} cannot be read: {error.strerror}") from None

"""`creditsync calendar`: show the announced years of a running house, and load one, over HTTP.

A file that cannot be right is refused here with file, entry and reason, before anything is sent.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from services.clients import PREDEFINED
from services.issuer import TOKEN_PATH, ensure_identity
from services.local.addresses import addresses_of
from services.sync.settings import SyncSettings
from shared.errors import CreditsyncError
from shared.ids import new_id
from shared.outbound.client import Answer, OutboundClient
from shared.outbound.tokens import TokenSource
from shared.settings import load
from shared.workdays import AnnouncedYear, CalendarFileError, read_year_text

MOST_BYTES = 20_000
_OFFICER = "law-officer"


class FileRefused(CreditsyncError):
    """A year file that cannot be right, or one that the service did not take. Nothing was stored."""


async def load_file(file: Path, reason: str, at: str | None, token: str | None) -> str:
    """Load a year and say what changed."""
    year, text = read_file(file)
    body = {"year": year.year, "toml": text, "reason": reason}
    async with _disclosure(at, token) as (client, headers):
        answer = await client.post("/v1/calendar/years", json=body, headers={**headers, "Idempotency-Key": new_id()})
        done = _checked(answer, str(file))
    return (
        f"{year.year} is loaded as notice {done['notice']}: {len(year.off)} days off, {len(year.on)} weekend days "
        f"worked ({'; '.join(done['sources'])}).\n"
        f"{done['to_recount']} due dates of disclosure are being counted again by its worker. ingest, repair and sync "
        f"hear of the year by the event calendar.year_loaded and count theirs.\n"
        f"Done where `creditsync doctor` says so; disclosure also in `creditsync calendar show {year.year}`."
    )


def read_file(file: Path) -> tuple[AnnouncedYear, str]:
    """The year in a file and its text. Raises `FileRefused`."""
    content = file.read_bytes() if file.is_file() and file.stat().st_size <= MOST_BYTES else b""
    if not content:
        raise FileRefused(f"{file}: a year file has between 1 and {MOST_BYTES} bytes")
    try:
        text = content.decode("utf-8")
        return read_year_text(file.name, text), text
    except UnicodeDecodeError as error:
        raise FileRefused(f"{file}: not readable as UTF-8 at byte {error.start}") from None
    except CalendarFileError as error:
        raise FileRefused(f"{file}: {str(error).removeprefix(f'{file.name}: ')}; nothing was loaded") from None


async def show_years(year: int | None, at: str | None, token: str | None) -> None:
    """Print all years, or one with its days."""
    async with _disclosure(at, token) as (client, headers):
        view = _checked(await client.send("GET", "/v1/calendar", headers=headers), "calendar")
    if year is None:
        _print_years(view)
        return
    for one in view["years"]:
        if one["year"] == year:
            _print_year(one)
            return
    raise FileRefused(
        f"{year} is not announced: the calendar reaches from {view['announced_from']} to {view['announced_until']}, "
        "and deadlines outside are provisional (暂定期限)"
    )


def _print_years(view: Mapping[str, Any]) -> None:
    table = Table(title=f"announced until {view['announced_until']}")
    for heading in ("year", "days off", "worked", "loaded by", "at", "source"):
        table.add_column(heading, overflow="fold")
    for one in view["years"]:
        table.add_row(
            str(one["year"]),
            str(len(one["days_off"])),
            str(len(one["days_on"])),
            one["loaded_by"] or "with the program",
            (one["loaded_at"] or "")[:16],
            "; ".join(one["sources"]),
        )
    Console().print(table)


def _print_year(one: Mapping[str, Any]) -> None:
    typer.echo(f"{one['year']}: {'; '.join(one['sources'])}")
    if one["loaded_by"]:
        typer.echo(f"  notice {one['notice']}, loaded by {one['loaded_by']} at {one['loaded_at']}: {one['reason']}")
        typer.echo(f"  due dates of disclosure counted by it: {one['recounted_at'] or 'not all yet'}")
    for title, days in (("off", one["days_off"]), ("worked", one["days_on"])):
        typer.echo(f"  {title}: {', '.join(_day(day) for day in days) or 'none'}")


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%m-%d %a}"


@asynccontextmanager
async def _disclosure(at: str | None, token: str | None) -> AsyncIterator[tuple[OutboundClient, Mapping[str, str]]]:
    """A client of disclosure with the headers of a caller: the token given, or the local issuer's law officer."""
    settings: SyncSettings = load(SyncSettings)
    addresses = addresses_of(settings)
    client, issuer = OutboundClient(at or addresses.disclosure), OutboundClient(addresses.issuer)
    try:
        if token:
            yield client, {"Authorization": f"Bearer {token}"}
            return
        scopes = next(one.scopes for one in PREDEFINED if one.client_id == _OFFICER)
        secret = ensure_identity(settings.data_dir)[_OFFICER]
        tokens = TokenSource(
            issuer,
            path=TOKEN_PATH,
            client_id=_OFFICER,
            client_secret=secret,
            scopes=scopes,
            clock=settings.clock(),
        )
        yield client, await tokens.headers()
    finally:
        await client.close()
        await issuer.close()


def _checked(answer: Answer, what: str) -> Any:
    if answer.ok:
        return answer.json()
    try:
        told = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        told = answer.text[:300]
    raise FileRefused(f"{what}: disclosure answered {answer.status}: {told}")

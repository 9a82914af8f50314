"""`creditsync`: everything that a person starts from a terminal. It sees all four services; nothing imports it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services.sections import Sections
from shared.errors import CreditsyncError, Problem, StartRefused
from shared.observability.no_terminal import leave_out_the_terminal

try:
    from shared.vocabulary import Portal, RecordKind
except StartRefused as error:  # reads what the portals state, before there is a command that could tell it
    typer.secho(f"creditsync: {error}", err=True, fg=typer.colors.RED)
    sys.exit(2)

app = typer.Typer(
    cls=Sections,
    help="creditsync: what do the portals show, is it what the law wants, and make it so.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done; 1 done, and what was found is not as it should be; 2 not done; one sentence says why.",
)

Failure = TypeVar("Failure", bound=BaseException)

Why = Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")]


class ServiceName(StrEnum):
    """The services that a process can serve or work for."""

    INGEST = "ingest"
    DISCLOSURE = "disclosure"
    REPAIR = "repair"
    SYNC = "sync"


class ServeName(StrEnum):
    """What `serve` can serve: the services, the dashboard, and the local identity provider."""

    INGEST = "ingest"
    DISCLOSURE = "disclosure"
    REPAIR = "repair"
    SYNC = "sync"
    ISSUER = "issuer"
    DASHBOARD = "dashboard"


def main() -> None:
    """Run a command; an error raised on purpose, or a file that cannot be read or written, is one sentence and exit
    code 2, never a trace."""
    try:
        app()
    except* CreditsyncError as group:  # also from inside a task group
        for error in _flat(group):
            typer.secho(f"creditsync: {error}", err=True, fg=typer.colors.RED)
            for line in _details(error) if isinstance(error, Problem) else ():
                typer.secho(f"  {line}", err=True, fg=typer.colors.RED)
        sys.exit(2)
    except* OSError as group:
        failed = list(_flat(group))
        if any(one.filename is None for one in failed):
            raise
        for one in failed:
            typer.secho(f"creditsync: {one.filename}: {one.strerror}", err=True, fg=typer.colors.RED)
        sys.exit(2)


def _details(problem: Problem) -> Iterator[str]:
    """Which fields are wrong, what is missing, and from which day it is possible."""
    for field in problem.members.get("errors", ()):
        yield f"{field['field']}: {field['reason']}"
    if missing := problem.members.get("missing"):
        yield f"missing: {', '.join(missing)}"
    if day := problem.members.get("possible_from"):
        yield f"possible from {day}"


def _flat(group: BaseExceptionGroup[Failure]) -> Iterator[Failure]:
    for error in group.exceptions:
        yield from _flat(error) if isinstance(error, BaseExceptionGroup) else (error,)


Service = Annotated[ServiceName, typer.Argument(help="The service.")]
ParkedId = Annotated[str, typer.Argument(help="Identifier of the parked event, as `parked` lists it.")]


@app.command()
def up(
    records: Annotated[int, typer.Option(help="Records of the sample feed; 0 loads none.")] = 3000,
) -> None:
    """Start everything in one process, load the sample feed, keep serving until Ctrl-C."""
    from services.local.up import run_up

    run_up(records)


@app.command()
def demo(
    real: Annotated[
        bool, typer.Option("--real", help="On a private PostgreSQL and RabbitMQ, one process a role.")
    ] = False,
    records: Annotated[int, typer.Option(min=200, max=100_000, help="Records of the sample feed.")] = 3000,
    seed: Annotated[int, typer.Option(help="Seed of the sample feed.")] = 1,
) -> None:
    """Feed, publish, see; move the clock, take down, see them gone; find and mend a portal's lies; print a table."""
    from services.local.demo import run_demo

    sys.exit(run_demo(real=real, records=records, seed=seed))


@app.command()
def serve(service: Annotated[ServeName, typer.Argument(help="What this process serves.")]) -> None:
    """Serve the HTTP interface of one service (or the dashboard, or the local issuer) in this process."""
    leave_out_the_terminal()
    from services import house
    from shared.web.server import serve as serve_apps

    if service is ServeName.ISSUER:
        _run("issuer", lambda stop: serve_apps([house.issuer({})], stop))
    elif service is ServeName.DASHBOARD:
        _run("dashboard", lambda stop: serve_apps([house.dashboard({})], stop))
    else:
        _run(service, lambda stop: house.serve_service(service.value, {}, stop))


@app.command()
def work(service: Service) -> None:
    """Run the background side of one service: relay, consumers, timers."""
    leave_out_the_terminal()
    from services import house

    _run(service, lambda stop: house.work_for_service(service.value, {}, stop))


@app.command()
def portal(
    name: Annotated[Portal | None, typer.Argument(help="The portal; without it all of them.")] = None,
    form_days: Annotated[
        tuple[int, int, int] | None,
        typer.Option(min=0, help="Working days in which market supervision accepts, decides and executes a form."),
    ] = None,
) -> None:
    """Run one of the mock portals, or all of them, in this process."""
    leave_out_the_terminal()
    from services import house
    from shared.web.server import serve as serve_apps

    given = {"mock_form_days": form_days} if form_days else {}
    wanted = [name] if name else list(Portal)
    _run(name or "portals", lambda stop: serve_apps([house.mock_portal(one, given) for one in wanted], stop))


@app.command()
def migrate() -> None:
    """Bring the tables of all services to the newest revision."""
    from services import house

    house.migrate({})
    typer.echo("All tables are at their newest revision.")


@app.command()
def token(
    client: Annotated[str, typer.Argument(help="A client of the local issuer, such as operator.")],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long the token lives.")] = 60,
) -> None:
    """Print a bearer token of the local issuer (embedded mode)."""
    from services.issuer import ensure_identity, mint
    from shared.settings import HouseSettings, load

    house, lifetime = load(HouseSettings), timedelta(minutes=minutes)
    ensure_identity(house.data_dir)
    made = mint(
        house.data_dir, client, issuer=house.issuer, audience=house.audience, clock=house.clock(), lifetime=lifetime
    )
    typer.echo(made)


@app.command("import")
def import_files(
    files: Annotated[list[Path] | None, typer.Argument(help="Files: CSV, XLSX, NDJSON or JSON.")] = None,
    kind: Annotated[
        RecordKind | None, typer.Option(help="Kind of the records, where the header does not tell.")
    ] = None,
    watch: Annotated[Path | None, typer.Option(help="Also import what appears in this folder, until Ctrl-C.")] = None,
) -> None:
    """Send files to a running ingest, follow them to the last row, write FILE.verdicts.csv beside each."""
    from services.local.import_files import run_import

    sys.exit(run_import(files or [], kind, watch))


@app.command()
def source(
    rows: Annotated[int, typer.Option(min=0, max=1_000_000, help="Rows that it gives.")] = 1000,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port that it listens on.")] = 8121,
) -> None:
    """Run the mock law-enforcement system, from which ingest can pull (CREDITSYNC_PULL_URL)."""
    from services.local.mock_enforcement import run_source

    run_source(rows, port)


@app.command()
def parked(service: Service) -> None:
    """List events that a handler refused three times. The reason may name persons: do not copy it into a ticket."""
    from services.parked import parked_events

    found = asyncio.run(parked_events(service.value))
    if not found:
        typer.echo("No parked events.")
    for one in found:
        typer.echo(f"{one.parked_id}  {one.queue}  {one.type}  {one.parked_at:%Y-%m-%d %H:%M}  {one.reason[:200]}")


@app.command()
def release(service: Service, parked_id: ParkedId, reason: Why) -> None:
    """Send a parked event back to its queue, after the cause was mended."""
    from services.parked import settle_event
    from shared.messaging.settle_parked import Remedy

    asyncio.run(settle_event(service.value, parked_id, Remedy.RETRY, reason))
    typer.echo(f"{parked_id} is on its way back to its queue.")


@app.command()
def discard(service: Service, parked_id: ParkedId, reason: Why) -> None:
    """Discard a parked event: it never takes effect, and the audit log keeps who said so and why."""
    from services.parked import settle_event
    from shared.messaging.settle_parked import Remedy

    asyncio.run(settle_event(service.value, parked_id, Remedy.DISCARD, reason))
    typer.echo(f"{parked_id} was discarded.")


@app.command()
def verify(
    document: Annotated[Path, typer.Argument(help="A take-down certificate, as it was downloaded.")],
    key: Annotated[Path, typer.Option(help="Public key or keys of the issuer (JWK or JWK set).")],
) -> None:
    """Check a take-down certificate (下线证明) offline. Exit code 1 when it is not genuine."""
    from services.evidence import verify_document

    verify_document(document, key)


@app.command()
def doctor() -> None:
    """Check database, broker, portals, keys and the calendar, and say what to do about each fault."""
    from services.local.doctor import run_doctor

    sys.exit(run_doctor())


@app.command()
def settings(
    write: Annotated[Path | None, typer.Option(help="Write the page to this file instead of printing it.")] = None,
) -> None:
    """Print every setting with its default and meaning."""
    from services.house import all_settings
    from shared.settings import document

    page = document(*all_settings())
    if write:
        write.write_text(page, encoding="utf-8")
    else:
        typer.echo(page)


def _run(role: str, start: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    import structlog

    from shared.observability.logging import configure
    from shared.settings import HouseSettings, load
    from shared.web.server import run, stop_on_signals

    settings = load(HouseSettings)
    configure(settings.log_format, settings.log_level)
    structlog.contextvars.bind_contextvars(role=role)

    async def main() -> None:
        await start(stop_on_signals())

    run(main())


if __name__ == "__main__":
    main()

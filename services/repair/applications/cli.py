"""`creditsync repair list|due|show|accept|…`: applications from a terminal.

Every act asks for a reason and is kept with the account of the machine; the version is that of the moment, because the
person has just looked.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, one_of, readable, run_change, run_command

if TYPE_CHECKING:
    from shared.messaging.unit_of_work import UnitOfWork
    from shared.workdays import WorkCalendar

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Identifier of the application.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept with the step.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")]


@app.command("list")
def list_applications(
    state: Annotated[str | None, typer.Option(help="Only applications in this state, such as accepted.")] = None,
    limit: Limit = 50,
) -> None:
    """Show applications, the newest first."""
    run_command(lambda ground: _list(ground, state, limit))


@app.command()
def due(limit: Limit = 100) -> None:
    """Show the legal limits that run, the earliest first."""
    run_command(lambda ground: _due(ground, limit))


@app.command()
def show(application_id: Id) -> None:
    """Show one application: its limits, its records with each portal, every step with who took it."""
    run_command(lambda ground: _show(ground, application_id))


@app.command("file")
def file_application(
    record_ids: Annotated[list[str], typer.Argument(help="Records of one subject.")], reason: Why
) -> None:
    """File an application on behalf of a subject (申请)."""
    run_command(lambda ground: _file(ground, record_ids, reason))


@app.command()
def accept(application_id: Id, reason: Why) -> None:
    """Take an application up (受理)."""
    _step(application_id, "accept", reason)


@app.command()
def decline(application_id: Id, reason: Why) -> None:
    """Do not take an application up (不予受理)."""
    _step(application_id, "decline", reason)


@app.command("request-supplement")
def request_supplement(application_id: Id, reason: Why) -> None:
    """Ask once for all that is missing (一次性告知补正); the clocks stand still."""
    _step(application_id, "request_supplement", reason)


@app.command()
def supplement(application_id: Id, reason: Why) -> None:
    """Note that what was missing has come (补正); the clocks go on."""
    _step(application_id, "supplement", reason)


@app.command()
def review(
    application_id: Id,
    reason: Why,
    second: Annotated[bool, typer.Option("--second", help="The second review, by another person.")] = False,
) -> None:
    """Make the first review (初审), or the second one (复审)."""
    _step(application_id, "second_review" if second else "first_review", reason)


@app.command()
def decide(
    application_id: Id,
    reason: Why,
    approve: Annotated[bool, typer.Option("--approve/--refuse", help="What is decided of all records.")],
    otherwise: Annotated[
        list[str] | None, typer.Option(help="A record of which the opposite is decided, for the same reason.")
    ] = None,
) -> None:
    """Decide an application (决定); an approval orders the take-down from every portal."""
    _with_version(application_id, _decision(application_id, reason, approve=approve, otherwise=otherwise or []))


@app.command()
def serve(
    application_id: Id, reason: Why, way: Annotated[str, typer.Option(help="online, in_person or by_post.")] = "online"
) -> None:
    """Note that the result was served on the applicant (送达)."""
    _with_version(application_id, _service(application_id, reason, way))


@app.command()
def withdraw(application_id: Id, reason: Why) -> None:
    """Withdraw an application for its applicant (撤回)."""
    _step(application_id, "withdraw", reason)


@app.command()
def revoke(application_id: Id, reason: Why) -> None:
    """Revoke a repair that false papers had obtained (撤销); the records are shown again."""
    _with_version(application_id, _revocation(application_id, reason))


_Act = Callable[["TerminalGround", "UnitOfWork", int, "WorkCalendar"], Awaitable[str]]


def _step(application_id: str, action: str, reason: str) -> None:
    async def act(ground: TerminalGround, work: "UnitOfWork", version: int, calendar: "WorkCalendar") -> str:
        from services.repair.applications.domain.case import Action
        from services.repair.applications.step import Asked, take_step

        asked = Asked(Action(action), version, readable(reason))
        return (await take_step(work, application_id, asked, ground.caller, calendar)).case.state

    _with_version(application_id, act)


def _decision(application_id: str, reason: str, *, approve: bool, otherwise: list[str]) -> _Act:
    async def act(ground: TerminalGround, work: "UnitOfWork", version: int, calendar: "WorkCalendar") -> str:
        from services.repair.applications.decide import Decided, Decision, decide

        said = readable(reason)
        what = Decision.APPROVE if approve else Decision.REFUSE
        decided = Decided(what, version, said, dict.fromkeys(otherwise, said))
        return await decide(work, application_id, decided, ground.caller, calendar)

    return act


def _service(application_id: str, reason: str, way: str) -> _Act:
    async def act(ground: TerminalGround, work: "UnitOfWork", version: int, calendar: "WorkCalendar") -> str:
        from services.repair.applications.serve import Way, serve

        said = readable(reason)
        return await serve(work, application_id, version, said, one_of(Way, way, "way"), ground.caller, calendar)

    return act


def _revocation(application_id: str, reason: str) -> _Act:
    async def act(ground: TerminalGround, work: "UnitOfWork", version: int, calendar: "WorkCalendar") -> str:
        from services.repair.applications.revoke import revoke

        return await revoke(work, application_id, version, readable(reason), ground.caller, calendar)

    return act


def _with_version(application_id: str, act: _Act) -> None:
    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.applications.step import lock_known
        from shared.web.identifier import identifier

        calendar = await ground.calendars.current(work.connection)
        row = await lock_known(work, identifier(application_id), ground.caller)
        return f"{application_id}  {await act(ground, work, row.version, calendar)}"

    run_change(change)


async def _file(ground: TerminalGround, record_ids: list[str], reason: str) -> None:
    from services.repair.applications.file import MOST_RECORDS, file
    from shared.errors import MALFORMED, Problem
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    if len(record_ids) > MOST_RECORDS:
        raise Problem(MALFORMED, f"One application names {MOST_RECORDS} records at most.")
    async with unit_of_work(ground.database, ground.clock) as work:
        calendar = await ground.calendars.current(work.connection)
        wanted = [identifier(one) for one in record_ids]
        new = await file(work, wanted, ground.caller, calendar, readable(reason))
    typer.echo(f"{new.application_id}  submitted  tracking number {new.tracking_number}")


async def _list(ground: TerminalGround, state: str | None, limit: int) -> None:
    from services.repair.applications import store
    from services.repair.applications.domain.case import ApplicationState

    wanted = one_of(ApplicationState, state, "state") if state is not None else None
    async with ground.database.reading() as connection:
        rows = await store.page(connection, store.Wanted(state=wanted), None, limit)
    for row in rows:
        typer.echo(f"{row.application_id}  {row.state:<16} {row.filed_on}  {row.region}  {row.generation}")
    typer.echo(f"{len(rows)} applications")


async def _due(ground: TerminalGround, limit: int) -> None:
    from services.repair.applications import limits

    async with ground.database.reading() as connection:
        rows = await limits.read_due(connection, limit)
    now = ground.clock.now()
    for row in rows:
        mark = "  MISSED" if row.due_at <= now else "  near" if row.warned_at else ""
        provisional = " (provisional)" if row.due_provisional else ""
        typer.echo(f"{row.due_at:%Y-%m-%d %H:%M}{provisional}  {row.clock:<20} {row.application_id}  {row.state}{mark}")
    typer.echo(f"{len(rows)} limits run")


async def _show(ground: TerminalGround, application_id: str) -> None:
    from services.repair.applications.terminal_view import lines_of
    from shared.web.identifier import identifier

    async with ground.database.reading() as connection:
        for line in await lines_of(connection, identifier(application_id)):
            typer.echo(line)

"""`creditsync quarantine …`: rows that wait for a person (待核), from a terminal. Works on the service's own database.

A terminal speaks for every authority, as whoever can reach the database does anyway; what it decides is kept with the
person's name. Imports what a command needs when it runs, so that help stays instant.
"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from services.ingest.cli import Ground, run_command
from services.ingest.domain.corrections import Correction
from shared.vocabulary import RecordKind

if TYPE_CHECKING:
    from services.ingest.domain.checks import Day
    from services.ingest.quarantine.correct import Person
    from services.ingest.quarantine.store import Choice, Reach
    from shared.messaging.unit_of_work import UnitOfWork

app = typer.Typer(help="Quarantine (待核): list, show, resubmit, release, discard.", no_args_is_help=True)

Identifier = Annotated[str, typer.Argument(help="Identifier of the quarantined row.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who decided.")]
Kind = Annotated[RecordKind | None, typer.Option(help="Only rows of this kind.")]
Code = Annotated[str | None, typer.Option(help="Only rows that this code stopped, such as V02.")]
Batch = Annotated[str | None, typer.Option(help="Only rows of this batch.")]
Most = Annotated[int, typer.Option(min=1, max=1000, help="Rows at most.")]


def _reach(ground: Ground) -> "Reach":
    from services.ingest.quarantine.store import Reach

    return Reach(ground.person, None)


def _person(ground: Ground, reason: str) -> "Person":
    from services.ingest.quarantine.correct import Person

    return Person(_reach(ground), reason)


async def _day(work: "UnitOfWork") -> "Day":
    from services.ingest.day import DayBook
    from shared.clock import legal_date

    return await DayBook().on(work.connection, legal_date(work.now))


@app.command("list")
def list_rows(kind: Kind = None, code: Code = None, batch: Batch = None, most: Most = 50) -> None:
    """List rows that wait, the oldest first, and how many wait by code."""
    run_command(lambda ground: _list(ground, _choice(kind, code, batch), most))


@app.command()
def show(quarantine_id: Identifier) -> None:
    """Show one row with its cells and what stopped it. The look is kept in the audit log."""
    run_command(lambda ground: _show(ground, quarantine_id))


@app.command()
def resubmit(
    quarantine_id: Identifier,
    cell: Annotated[list[str], typer.Option("--set", help="A corrected cell, COLUMN=TEXT; repeat it for more.")],
    reason: Reason,
) -> None:
    """Correct cells and hand the row in again."""
    run_command(lambda ground: _resubmit(ground, quarantine_id, _cells(cell), reason))


@app.command()
def release(
    correction: Annotated[Correction, typer.Argument(help="What is done to the cells before they are judged again.")],
    reason: Reason,
    kind: Kind = None,
    code: Code = None,
    batch: Batch = None,
    do: Annotated[bool, typer.Option("--do", help="Do it; without this it only counts.")] = False,
) -> None:
    """Judge all these rows again, a thousand at a time: those that pass are taken in, the others go on waiting."""
    run_command(lambda ground: _release(ground, _choice(kind, code, batch), correction, reason, do))


@app.command()
def discard(quarantine_id: Identifier, reason: Reason) -> None:
    """Say that a row will not be handed in again (作废)."""
    run_command(lambda ground: _discard(ground, quarantine_id, reason))


async def _list(ground: Ground, choice: "Choice", most: int) -> None:
    from services.ingest.quarantine import store

    async with ground.database.reading() as connection:
        rows = await store.read_page(connection, _reach(ground), choice, None, most)
        counts = await store.count_by_code(connection, _reach(ground), choice)
    for row in rows:
        codes = ",".join(sorted({one["code"] for one in json.loads(row.findings) if one["weight"] == "quarantine"}))
        typer.echo(f"{row.quarantine_id} {row.quarantined_at:%Y-%m-%d %H:%M} {row.kind} {row.client} {codes}")
    typer.echo("waiting: " + (", ".join(f"{code} {number}" for code, number in counts.items()) or "nothing"))


async def _show(ground: Ground, quarantine_id: str) -> None:
    from services.ingest.quarantine import store
    from shared.errors import NOT_FOUND, Problem
    from shared.evidence.actions import Action
    from shared.evidence.entry import Act
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        row = await store.read_one(work.connection, _reach(ground), quarantine_id)
        if row is None:
            raise Problem(NOT_FOUND, f"There is no quarantined row {quarantine_id}.")
        work.audit(Act(Action.QUARANTINE_OPENED, ground.person, row.quarantine_id))
        cells = store.open_cells(row, ground.sealer)
    typer.echo(f"{row.state}, {row.kind}, batch {row.batch_id} row {row.row}, from {row.client}")
    for one in json.loads(row.findings):
        _echo_finding(one["code"], one["weight"], one["column"], one["message"])
    for name, cell in cells.items():
        typer.echo(f"  {name} = {cell}")


def _echo_finding(code: str, weight: str, column: str, message: str) -> None:
    """Chinese first, and the English as it is stored below."""
    from services.ingest.domain.check_words import title_of
    from services.ingest.in_words import finding_in

    told = finding_in("zh", message)
    typer.echo(f"  {code} {weight} {title_of(column)} {column}: {told}" if column else f"  {code} {weight}: {told}")
    if told != message:
        typer.echo(f"    {message}")


async def _resubmit(ground: Ground, quarantine_id: str, cells: dict[str, str], reason: str) -> None:
    from services.ingest.quarantine import correct
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        day = await _day(work)
        done = await correct.resubmit(work, quarantine_id, cells, _person(ground, reason), day, ground.sealer)
    typer.echo(f"{done.verdict.verdict}" + (f", {done.successor_id} waits now" if done.successor_id else ""))
    for one in done.verdict.reasons:
        _echo_finding(one.code, one.weight, one.column, one.message)


async def _release(ground: Ground, choice: "Choice", correction: Correction, reason: str, do: bool) -> None:
    from services.ingest.quarantine import correct
    from shared.messaging.unit_of_work import unit_of_work

    after, examined, passed = None, 0, 0
    while True:
        bulk = correct.Bulk(choice, correction, after, correct.MOST_AT_ONCE, dry_run=not do)
        async with unit_of_work(ground.database, ground.clock) as work:
            done = await correct.release(work, bulk, _person(ground, reason), await _day(work), ground.sealer)
        examined, passed, after = examined + done.examined, passed + done.passed, done.next_after
        if after is None:
            break
    tense = "passed" if do else "would pass (nothing is changed without --do)"
    typer.echo(f"{passed} of {examined} rows {tense}; {examined - passed} go on waiting")


async def _discard(ground: Ground, quarantine_id: str, reason: str) -> None:
    from services.ingest.quarantine import correct
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        await correct.discard(work, quarantine_id, _person(ground, reason))
    typer.echo("discarded")


def _choice(kind: RecordKind | None, code: str | None, batch: str | None) -> "Choice":
    from services.ingest.quarantine.store import Choice

    return Choice(kind=kind, code=code, batch_id=batch)


def _cells(given: list[str]) -> dict[str, str]:
    from shared.errors import MALFORMED, Problem

    pairs = [text.partition("=") for text in given]
    if wrong := [name for name, sign, _ in pairs if not sign or not name]:
        raise Problem(MALFORMED, f"Write COLUMN=TEXT, not {wrong[0][:100]!r}.")
    return {name: text for name, _, text in pairs}

"""`creditsync disclosure enforcement …`: which penalties nobody performed, one with its steps, what a person states."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from services.disclosure.terminal import TerminalGround, run_command

if TYPE_CHECKING:
    from shared.database.types import AnyRow

app = typer.Typer(help="Enforcement (履行情况、执行督办): list, show, state, close.", no_args_is_help=True)

RecordId = Annotated[str, typer.Argument(help="Identifier of the record.")]
On = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day on which it holds.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who did it.")]
_Word = TypeVar("_Word", bound=StrEnum)


@app.command("list")
def list_tasks(
    standing: Annotated[str, typer.Option(help="open, closed, unperformed or performed.")] = "open",
    region: Annotated[str | None, typer.Option(help="Division code, such as 320600 for all of Nantong.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Records at most.")] = 100,
) -> None:
    """Show penalties that stand so, in the order in which they came to it."""
    run_command(lambda ground: _list(ground, standing, region, limit))


@app.command()
def show(record_id: RecordId) -> None:
    """Show how one penalty stands, with every step and who took it."""
    run_command(lambda ground: _show(ground, record_id))


@app.command("state")
def state_one(
    record_id: RecordId,
    statement: Annotated[str, typer.Option(help="performed or unperformed.")],
    on: On,
    reason: Reason,
) -> None:
    """State whether a penalty was performed (标注履行情况); its window stays as it is."""
    run_command(lambda ground: _state(ground, record_id, statement, (on, reason)))


@app.command()
def close(
    record_id: RecordId,
    outcome: Annotated[str, typer.Option(help="performed, enforced or terminated.")],
    on: On,
    reason: Reason,
) -> None:
    """Close the task for enforcement of a penalty (督办办结)."""
    run_command(lambda ground: _close(ground, record_id, outcome, (on, reason)))


async def _list(ground: TerminalGround, standing: str, region: str | None, limit: int) -> None:
    from services.disclosure.performances import store
    from services.disclosure.performances.domain.standing import Standing

    wanted = _word(Standing, standing)
    async with ground.database.reading() as connection:
        rows = await store.read_page(connection, wanted, region, None, limit)
        tasks = await store.count_open(connection)
    for row in rows:
        typer.echo(_line(row))
    typer.echo(f"{len(rows)} shown, {tasks} tasks are open")


async def _show(ground: TerminalGround, record_id: str) -> None:
    from services.disclosure.performances import store
    from shared.errors import NOT_FOUND, Problem
    from shared.web.identifier import identifier

    async with ground.database.reading() as connection:
        row = await store.read_one(connection, identifier(record_id))
        steps = await store.read_steps(connection, record_id)
    if row is None:
        raise Problem(NOT_FOUND, "Nobody has stated whether this record was performed.")
    typer.echo(_line(row))
    for step in steps:
        outcome = f" ({step.outcome})" if step.outcome else ""
        typer.echo(f"  {step.on_day}  {step.step}{outcome}  {step.actor}: {step.reason}")


async def _state(ground: TerminalGround, record_id: str, statement: str, said: tuple[datetime, str]) -> None:
    from services.disclosure.performances.domain.standing import Statement
    from services.disclosure.performances.state import Stated, state_performance
    from shared.errors import CONFLICT, Problem
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    given = Stated(identifier(record_id), _word(Statement, statement), said[0].date())
    async with unit_of_work(ground.database, ground.clock) as work:
        law = await ground.book.current(work.connection)
        [result] = await state_performance(work, [given], said[1], ground.caller, law)
        if result.refusal:
            raise Problem(CONFLICT, result.refusal)
    typer.echo(f"{record_id} stands as {result.standing}.")


async def _close(ground: TerminalGround, record_id: str, outcome: str, said: tuple[datetime, str]) -> None:
    from services.disclosure.performances.domain.standing import Outcome
    from services.disclosure.performances.tasks import close_task
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    how = _word(Outcome, outcome)
    async with unit_of_work(ground.database, ground.clock) as work:
        await close_task(work, identifier(record_id), how, said[0].date(), said[1], ground.caller)
    typer.echo(f"The task of {record_id} is closed: {how}.")


def _line(row: "AnyRow") -> str:
    stands = f"{row.standing} ({row.outcome})" if row.outcome else row.standing
    return f"{row.record_id}  {stands:<20} {row.on_day}  {row.subject_name}  gone from {row.offline_on}"


def _word(words: type[_Word], text: str) -> _Word:
    from shared.errors import MALFORMED, Problem

    known: Mapping[str, _Word] = {one.value: one for one in words}
    if text not in known:
        raise Problem(MALFORMED, f"{text[:20]} is none of {', '.join(known)}.")
    return known[text]

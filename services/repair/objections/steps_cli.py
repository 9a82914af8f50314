"""`creditsync repair objections check|answer|decide|…`: the steps of an objection from a terminal.

Each is kept with the account of the machine; where the rules ask for two people, the second is another account.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.repair.terminal import TerminalGround, readable, run_change

if TYPE_CHECKING:
    from services.repair.objections.domain.decision import Decision
    from shared.messaging.unit_of_work import UnitOfWork

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Identifier of the objection.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept with the step.")]
Day = datetime
_DAYS = ["%Y-%m-%d"]


@app.command()
def check(
    objection_id: Id,
    unit: Annotated[str, typer.Option(help="The other unit.")],
    question: Annotated[str, typer.Option(help="What it has to check.")],
) -> None:
    """Ask another unit to check (协查); the longer limit counts, from the same day of receipt."""

    async def step(ground: TerminalGround, work: "UnitOfWork", wanted: str) -> str:
        from services.repair.objections.verify import ask

        calendar = await ground.calendars.current(work.connection)
        words = readable(unit, "A unit", 200), readable(question, "A question", 1500)
        state, limit = await ask(work, wanted, *words, ground.caller, calendar)
        return f"{state}  answer by {limit.at:%Y-%m-%d %H:%M} UTC"

    _step(objection_id, step)


@app.command()
def answer(objection_id: Id, reason: Annotated[str, typer.Option(help="What the other unit found.")]) -> None:
    """Note what the other unit answered (协查反馈); the longer limit stays."""

    async def step(ground: TerminalGround, work: "UnitOfWork", wanted: str) -> str:
        from services.repair.objections import verify

        return await verify.answer(work, wanted, readable(reason, "An answer"), ground.caller)

    _step(objection_id, step)


@app.command()
def reject(objection_id: Id, reason: Why) -> None:
    """Reject an objection (异议不成立); the answer names the way to reconsideration."""
    _decide(objection_id, {"upheld": False, "reason": reason})


@app.command()
def correct(
    objection_id: Id,
    reason: Why,
    field: Annotated[list[str], typer.Option(help="What was wrong and what it should say, such as fine=50000.")],
    sanction: Annotated[list[str] | None, typer.Option(help="A wrong sanction: measure=holder.")] = None,
) -> None:
    """Uphold an objection: fields of the record are corrected (更正), in yuan where they are amounts."""
    corrected = [{"field": name, "value": value} for name, value in _pairs(field)]
    _uphold(objection_id, reason, sanction, {"remedy": "correct", "corrected": corrected})


@app.command()
def reclassify(
    objection_id: Id,
    reason: Why,
    severity: Annotated[str | None, typer.Option(help="minor, ordinary or serious.")] = None,
    accident: Annotated[
        bool | None, typer.Option("--accident/--no-accident", help="Whether it is of an accident.")
    ] = None,
    sanction: Annotated[list[str] | None, typer.Option(help="A wrong sanction: measure=holder.")] = None,
) -> None:
    """Uphold an objection: the record is judged anew by what is stated (重新认定)."""
    stated = {"severity": severity, "accident_related": accident}
    _uphold(objection_id, reason, sanction, {"remedy": "reclassify", "reclassification": stated})


@app.command()
def withdraw(
    objection_id: Id,
    reason: Why,
    kind: Annotated[str, typer.Option(help="amended, revoked, unlawful or void.")],
    withdrawn_on: Annotated[Day, typer.Option(formats=_DAYS, help="From which day the deadline counts.")],
    statement: Annotated[str, typer.Option(help="The public reasons (公开说明理由).")],
    sanction: Annotated[list[str] | None, typer.Option(help="A wrong sanction: measure=holder.")] = None,
) -> None:
    """Uphold an objection: the record is withdrawn (撤回), as when it is of somebody else."""
    how = {"kind": kind, "statement_of_reasons": statement, "withdrawn_on": withdrawn_on.date().isoformat()}
    _uphold(objection_id, reason, sanction, {"remedy": "withdraw", "withdrawal": how})


@app.command()
def confirm(
    objection_id: Id,
    reason: Why,
    agree: Annotated[bool, typer.Option("--agree/--send-back", help="What the second person says.")],
) -> None:
    """Agree to a proposed decision as the second person, or send it back (双人复核)."""

    async def step(ground: TerminalGround, work: "UnitOfWork", wanted: str) -> str:
        from services.repair.objections import decide

        return await decide.confirm(work, wanted, agree, readable(reason), ground.caller)

    _step(objection_id, step)


@app.command()
def undo(
    objection_id: Id,
    number: Annotated[int, typer.Argument(help="Number of the sanction, as shown.")],
    undone_on: Annotated[Day, typer.Option(formats=_DAYS, help="When it was undone.")],
    told_on: Annotated[Day, typer.Option(formats=_DAYS, help="When its holder was told.")],
    reference: Annotated[str, typer.Option(help="By which letter or entry.")],
) -> None:
    """Note that a wrong sanction was undone (解除错误惩戒); the last one closes the case."""

    async def step(ground: TerminalGround, work: "UnitOfWork", wanted: str) -> str:
        from services.repair.objections.settle import Undone
        from services.repair.objections.settle import undo as note

        undone = Undone(undone_on.date(), told_on.date(), readable(reference, "A reference", 200))
        return await note(work, wanted, number, undone, ground.caller)

    _step(objection_id, step)


@app.command()
def retract(objection_id: Id, reason: Why) -> None:
    """Take an objection back for its objector (撤销异议); the mark goes."""

    async def step(ground: TerminalGround, work: "UnitOfWork", wanted: str) -> str:
        from services.repair.objections import verify

        return await verify.retract(work, wanted, readable(reason), ground.caller)

    _step(objection_id, step)


@app.command()
def close(objection_id: Id, reason: Why) -> None:
    """Close a case in which nothing is left to change, as the second person (已无可更正)."""

    async def step(ground: TerminalGround, work: "UnitOfWork", wanted: str) -> str:
        from services.repair.objections.settle import give_up

        return await give_up(work, wanted, readable(reason), ground.caller)

    _step(objection_id, step)


_Do = Callable[[TerminalGround, "UnitOfWork", str], Awaitable[str]]


def _step(objection_id: str, do: _Do) -> None:
    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from shared.web.identifier import identifier

        return f"{objection_id}  {await do(ground, work, identifier(objection_id))}"

    run_change(change)


def _uphold(objection_id: str, reason: str, sanctions: Sequence[str] | None, remedy: dict[str, Any]) -> None:
    wrong = [{"measure": measure, "holder": holder} for measure, holder in _pairs(sanctions or ())]
    _decide(objection_id, {"upheld": True, "reason": reason, "sanctions": wrong, **remedy})


def _decide(objection_id: str, said: dict[str, Any]) -> None:
    async def step(ground: TerminalGround, work: "UnitOfWork", wanted: str) -> str:
        from services.repair.objections import decide

        return await decide.decide(work, wanted, _decision(said), ground.caller)

    _step(objection_id, step)


def _decision(said: dict[str, Any]) -> "Decision":
    """Read like the body of a call, so that the same is refused."""
    import json

    from pydantic import TypeAdapter

    from services.repair.objections.domain.decision import Decision
    from shared.web.body import validated

    return validated(TypeAdapter(Decision), json.dumps(said | {"reason": readable(said["reason"])}).encode())


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    """What stands on both sides of the first `=`."""
    from shared.errors import MALFORMED, Problem

    split = [text.partition("=") for text in texts]
    if any(not name.strip() or not sign for name, sign, _ in split):
        raise Problem(MALFORMED, "Write it as name=value.")
    return [(name.strip(), value.strip()) for name, _, value in split]

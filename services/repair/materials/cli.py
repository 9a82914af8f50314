"""`creditsync repair eligibility|materials|upload|…`: papers and what they are for, from a terminal."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, run_command

if TYPE_CHECKING:
    from services.repair.commitments.domain.standing import CommitmentState
    from services.repair.eligibility.domain.verdict import Eligibility
    from services.repair.materials.domain.papers import PaperKind

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="Identifier of the application.")]
_PIECE_BYTES = 256 * 1024


@app.command()
def eligibility(record_ids: Annotated[list[str], typer.Argument(help="Records, a hundred at most.")]) -> None:
    """Say whether, why and from when repair is possible (可否修复)."""
    run_command(lambda ground: _eligibility(ground, record_ids))


@app.command()
def materials(application_id: Id) -> None:
    """Show the papers of an application: there, missing, promised (申请材料)."""
    run_command(lambda ground: _materials(ground, application_id))


@app.command()
def upload(
    application_id: Id,
    file: Annotated[Path, typer.Argument(help="PDF, JPEG, PNG or OFD.", exists=True, dir_okay=False)],
    kind: Annotated[str, typer.Option(help="Which paper it is, such as performance_proof.")],
    record: Annotated[str | None, typer.Option(help="The one record that it is for.")] = None,
) -> None:
    """Hand a paper in on behalf of the applicant (代为提交)."""
    run_command(lambda ground: _upload(ground, application_id, file, kind, record))


@app.command()
def rescan() -> None:
    """Let the scanner look at once at everything that waits for it, after it was down."""
    run_command(_rescan)


@app.command()
def commitments(
    state: Annotated[str, typer.Option(help="open, kept, breached or lapsed.")] = "breached",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")] = 100,
) -> None:
    """Show commitments, the earliest day first, and what follows a breach (容缺受理)."""
    run_command(lambda ground: _commitments(ground, state, limit))


async def _eligibility(ground: TerminalGround, record_ids: list[str]) -> None:
    from services.repair.eligibility.look import Asker, look
    from shared.clock import legal_date
    from shared.web.identifier import identifier

    wanted = [identifier(one) for one in record_ids[:100]]
    today = legal_date(ground.clock.now())
    async with ground.database.reading() as connection:
        answers = await look(connection, wanted, Asker(ground.caller), today)
    for answer in answers:
        typer.echo(_verdict(answer))
        for reason in answer.reasons:
            where = f" [{reason.audience}]" if reason.audience else ""
            typer.echo(f"  {reason.ground}{where}: {reason.sentence} {reason.article or ''}".rstrip())


def _verdict(answer: "Eligibility") -> str:
    if answer.eligible:
        return f"{answer.record_id}  yes, since {answer.possible_from}"
    return f"{answer.record_id}  no, {f'from {answer.possible_from}' if answer.possible_from else 'and from no day'}"


async def _materials(ground: TerminalGround, application_id: str) -> None:
    from services.repair.commitments import store as promised
    from services.repair.materials import store
    from services.repair.materials.case import find_case
    from services.repair.materials.checklist import lacking
    from services.repair.materials.domain.papers import PAPER_NAMES, PaperKind
    from shared.web.identifier import identifier

    async with ground.database.reading() as connection:
        case = await find_case(connection, identifier(application_id))
        present = await store.materials_of(connection, application_id)
        missing = await lacking(connection, case)
        kept = await promised.commitments_of(connection, application_id)
    typer.echo(f"{application_id}  {case.state}  {case.generation.document}")
    for row in present:
        about = f"  {row.record_id}" if row.record_id else ""
        name = PAPER_NAMES[PaperKind(row.kind)]
        typer.echo(f"  {row.material_id}  {row.format:<4} {row.size_bytes:>9}  {row.scan:<9} {name}{about}")
    for need in missing:
        names = " / ".join(PAPER_NAMES[slot.kind] for slot in need.any_of)
        typer.echo(
            f"  missing: {names}{' (curable)' if need.curable else ''}  {need.any_of[0].record_id or ''}".rstrip()
        )
    for row in kept:
        typer.echo(
            f"  promised: {PAPER_NAMES[PaperKind(row.kind)]}  {row.state}  until {row.due_at:%Y-%m-%d %H:%M} UTC"
        )


async def _upload(ground: TerminalGround, application_id: str, file: Path, kind: str, record: str | None) -> None:
    from services.repair.materials.hand_in import Paper, check_welcome, hand_in
    from services.repair.materials.receive import Reception
    from services.repair.materials.wiring import cabinet_of
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    settings, caller = ground.settings, ground.caller
    paper = Paper(identifier(application_id), _kind(kind), identifier(record) if record else None)
    async with unit_of_work(ground.database, ground.clock) as work:
        await check_welcome(work, paper, caller, settings.material_max_files)
    reception = Reception(cabinet_of(settings), settings.material_max_bytes, 1)
    received = await reception.receive(_pieces(file), None)
    async with unit_of_work(ground.database, ground.clock) as work:
        material_id = await hand_in(work, paper, received, caller, settings.material_max_files)
    typer.echo(f"{material_id}  {received.format}  {received.size} bytes  {received.sha256}")


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    import asyncio

    with file.open("rb") as opened:
        while piece := await asyncio.to_thread(opened.read, _PIECE_BYTES):
            yield piece


def _kind(text: str) -> "PaperKind":
    from services.repair.materials.domain.papers import PaperKind
    from shared.errors import MALFORMED, Problem

    try:
        return PaperKind(text)
    except ValueError:
        raise Problem(MALFORMED, f"There is no paper {text[:40]}: {', '.join(PaperKind)}.") from None


async def _rescan(ground: TerminalGround) -> None:
    from services.repair.materials.store import scan_again
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        number = await scan_again(work)
    typer.echo(f"{number} files are looked at with the next round of the scanner.")


async def _commitments(ground: TerminalGround, state: str, limit: int) -> None:
    from services.repair.commitments import store
    from services.repair.materials.book import papers

    wanted = _commitment_state(state)
    async with ground.database.reading() as connection:
        rows = await store.listed(connection, [wanted], limit)
    consequences = {one.generation_id: one.commitment.consequence for one in papers().generations}
    for row in rows:
        typer.echo(f"{row.due_at:%Y-%m-%d %H:%M} UTC  {row.application_id}  {row.kind:<20} {row.application_state}")
        typer.echo(f"  {consequences.get(row.generation, '')}")
    typer.echo(f"{len(rows)} commitments")


def _commitment_state(text: str) -> "CommitmentState":
    from services.repair.commitments.domain.standing import CommitmentState
    from shared.errors import MALFORMED, Problem

    try:
        return CommitmentState(text)
    except ValueError:
        raise Problem(MALFORMED, f"There is no state {text[:40]}: {', '.join(CommitmentState)}.") from None

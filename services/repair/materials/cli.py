"""`creditsync repair eligibility|materials|upload|…`: papers and what they are for, from a terminal."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.repair.terminal import TerminalGround, one_of, readable, run_change, run_command

if TYPE_CHECKING:
    from services.repair.eligibility.domain.verdict import Eligibility
    from services.repair.materials.cabinet import Cabinet
    from shared.messaging.unit_of_work import UnitOfWork

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
def fetch(
    material_id: Annotated[str, typer.Argument(help="Identifier of the paper.")],
    out: Annotated[Path, typer.Argument(help="File to write; an existing one is left alone.", dir_okay=False)],
) -> None:
    """Save a paper to a file (调阅); who saw it is kept in the audit log."""
    run_command(lambda ground: _fetch(ground, material_id, out))


@app.command("take-back")
def take_back(
    material_id: Annotated[str, typer.Argument(help="Identifier of the paper.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
) -> None:
    """Take a paper back for the applicant, before the application is accepted."""

    async def change(ground: TerminalGround, work: "UnitOfWork") -> str:
        from services.repair.materials import hand_in
        from shared.web.identifier import identifier

        await hand_in.take_back(work, identifier(material_id), ground.caller, readable(reason, most=500))
        return f"{material_id}  taken back"

    run_change(change)


@app.command()
def checklist() -> None:
    """Show which papers an application needs, by the rule of the day on which it is filed."""
    from services.repair.materials.book import papers
    from services.repair.materials.domain.papers import PAPER_NAMES

    for one in papers().generations:
        typer.echo(f"{one.effective_from}  {one.document} {one.article}")
        for paper in one.papers:
            traits = [*sorted(paper.severities), paper.one_for, *(["curable"] if paper.curable else [])]
            typer.echo(f"  {paper.kind:<20} {PAPER_NAMES[paper.kind]}  ({', '.join(traits)})")


@app.command()
def rescan() -> None:
    """Let the scanner look at once at everything that waits for it, after it was down."""
    run_command(_rescan)


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
    from services.repair.materials.domain.papers import PaperKind
    from services.repair.materials.hand_in import Paper, check_welcome, hand_in
    from services.repair.materials.receive import Reception
    from services.repair.materials.wiring import cabinet_of
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    settings, caller = ground.settings, ground.caller
    paper = Paper(identifier(application_id), one_of(PaperKind, kind, "paper"), identifier(record) if record else None)
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


async def _fetch(ground: TerminalGround, material_id: str, out: Path) -> None:
    import asyncio

    from services.repair.materials.hand_out import hand_out
    from services.repair.materials.wiring import cabinet_of
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.identifier import identifier

    is_scanned = bool(ground.settings.material_scanner)
    async with unit_of_work(ground.database, ground.clock) as work:
        row = await hand_out(work, identifier(material_id), ground.caller, is_scanned=is_scanned)
    await asyncio.to_thread(_write, cabinet_of(ground.settings), row.sha256, out)
    typer.echo(f"{out}  {row.format}  {row.size_bytes} bytes")


def _write(cabinet: "Cabinet", sha256: str, out: Path) -> None:
    import shutil

    from services.repair.materials.hand_out import check_whole
    from shared.errors import CONFLICT, Problem

    check_whole(cabinet, sha256)
    try:
        with cabinet.open(sha256) as paper, out.open("xb") as file:
            shutil.copyfileobj(paper, file)
    except FileExistsError:
        raise Problem(CONFLICT, f"{out} exists already; name another file.") from None


async def _rescan(ground: TerminalGround) -> None:
    from services.repair.materials.store import scan_again
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        number = await scan_again(work)
    typer.echo(f"{number} files are looked at with the next round of the scanner.")

"""`creditsync disclosure …`: what a person decides about the law from a terminal. Works on the service's own database.

Imports what a command needs when it runs, so that help stays instant.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.disclosure.notices.cli import app as notices
from services.disclosure.performances.cli import app as enforcement
from services.disclosure.serious_list.cli import app as serious_list
from services.disclosure.terminal import TerminalGround, run_command

if TYPE_CHECKING:
    from shared.policy.list_rules import ListRule, ListTransition
    from shared.policy.pack import Document, Packs

app = typer.Typer(
    help="Disclosure (公示): policy, serious-list, notices, enforcement, form, retell.", no_args_is_help=True
)
policy = typer.Typer(help="Packs of the law (规则包): show, compare, adopt, follow.", no_args_is_help=True)
app.add_typer(policy, name="policy")
app.add_typer(serious_list, name="serious-list")
app.add_typer(notices, name="notices")
app.add_typer(enforcement, name="enforcement")

Folder = Annotated[Path, typer.Argument(help="Folder with the TOML files of a whole set of packs.", file_okay=False)]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who did it.")]


@policy.command()
def show(
    write: Annotated[Path | None, typer.Option(help="Write their files to this folder.")] = None,
    revision: Annotated[int | None, typer.Option(min=1, help="Packs of an earlier adoption, to go back.")] = None,
) -> None:
    """Show the packs in force or of an earlier adoption, or write their files for a lawyer to edit."""
    run_command(lambda ground: _show(ground, write, revision))


@policy.command()
def compare(
    folder: Folder,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A later day than today.")] = None,
    write: Annotated[Path | None, typer.Option("--csv", "--write", help="Write all changes to this file.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Name every record that changes, not only the first.")] = False,
) -> None:
    """Tell what other packs would change, today or on a later day, without changing anything (试算)."""
    run_command(lambda ground: _compare(ground, folder, on.date() if on else None, write, full=full))


async def _compare(ground: TerminalGround, folder: Path, on: date | None, write: Path | None, *, full: bool) -> None:
    from services.disclosure.policy.compare_cli import compare as compare_packs

    await compare_packs(ground, _texts(folder), on, write, full=full)


@policy.command()
def adopt(
    folder: Folder,
    reason: Reason,
    follow: Annotated[bool, typer.Option("--follow", help="Stay until every record is judged anew.")] = False,
) -> None:
    """Put other packs in force; a running worker judges every record anew (启用)."""
    run_command(lambda ground: _adopt(ground, folder, reason))
    if follow:
        run_command(_follow)


@policy.command("follow")
def follow_adoption() -> None:
    """Follow how records are judged anew after an adoption (重新计算), until all are; Ctrl-C stops only the looking."""
    run_command(_follow)


async def _follow(ground: TerminalGround) -> None:
    from services.disclosure.policy.follow import follow
    from shared.terminal_bars import Bars

    with Bars() as bars:
        bar = bars.add("records")
        done = await follow(ground.database, ground.clock, lambda far: bars.show(bar, *far))
    typer.echo(
        f"{done.version} (revision {done.revision}): {done.judged} records judged anew, "
        f"{done.changed} windows changed, {done.taken_down} taken down, {done.shown} shown."
    )


@app.command()
def retell(
    reason: Reason,
    after: Annotated[str, typer.Option(help="Go on after this record, as the last run said.")] = "",
) -> None:
    """Tell the other services once more what is shown and who is on the serious list, after an upgrade (补告)."""
    run_command(lambda ground: _retell(ground, reason, after))


async def _retell(ground: TerminalGround, reason: str, after: str) -> None:
    from services.disclosure.retell import retell_entries, retell_shown
    from shared.messaging.unit_of_work import unit_of_work

    async with ground.database.reading() as connection:
        law = await ground.book.current(connection)
    for told, what in ((partial(retell_shown, law=law), "records"), (retell_entries, "entries")):
        number, place = 0, after if what == "records" else ""
        while True:
            async with unit_of_work(ground.database, ground.clock) as work:
                done = await told(work, place, by=ground.person, reason=reason)
            if done.last is None:
                break
            number, place = number + done.number, done.last
            typer.echo(f"  {what} up to {place}")
        typer.echo(f"{number} {what} told once more.")


async def _show(ground: TerminalGround, write: Path | None, revision: int | None) -> None:
    from services.disclosure.policy import store
    from shared.policy.load import for_editing, parse_texts

    async with ground.database.reading() as connection:
        law = await ground.book.current(connection)
        if revision is None:
            texts = for_editing(await store.read_texts(connection, law.revision) if law.revision else {})
        else:
            texts = for_editing(await store.read_former(connection, revision))
    packs = law.evaluator.packs if revision is None else parse_texts(texts)[0]
    _tell(packs, law.revision if revision is None else revision)
    if write is not None:
        _write(texts, write)
        typer.echo(f"{len(texts)} files are written to {write}; edit them, then compare (试算) before adopting (启用).")


def _tell(packs: "Packs", revision: int) -> None:
    from shared.policy.answer_words import in_words

    typer.echo(f"{packs.version} (revision {revision})")
    lines = [
        *(_line(one.document_id, one) for one in packs.documents),
        *(_line(one.rule_id, one) for one in packs.lists.rules),
        *(_line(one.transition_id, one) for one in packs.lists.transitions),
    ]
    for begins, line in sorted(lines):
        typer.echo(f"  {begins} – {line}")
    typer.echo("Where the law leaves room (answers.toml, selection.toml):")
    for stated in in_words(packs.settings):
        typer.echo(f"  {stated.answer_id} = {', '.join(stated.values)}")
        for lang in ("zh", "en"):
            typer.echo(f"      {stated.question[lang]} {stated.meaning[lang]}")


def _line(identifier: str, text: "Document | ListRule | ListTransition") -> tuple[date, str]:
    until = getattr(text, "effective_to", None)
    source = text.source
    about = f"{identifier}  {text.name}\n      {source.citation} ({source.confidence})"
    if source.citation_en != source.citation:
        about += f"\n      {source.citation_en}"
    return text.effective_from, f"{until or '…'!s:<10}  {about}"


def _write(texts: Mapping[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


async def _adopt(ground: TerminalGround, folder: Path, reason: str) -> None:
    from services.disclosure.policy.adopt import adopt_pack, checked
    from shared.messaging.unit_of_work import unit_of_work

    texts = _texts(folder)
    packs = checked(texts)
    async with unit_of_work(ground.database, ground.clock) as work:
        done = await adopt_pack(work, texts, packs, ground.book, by=ground.person, reason=reason)
    typer.echo(f"{done.version} is in force (revision {done.revision}); a running worker judges the records anew.")


def _texts(folder: Path) -> dict[str, str]:
    from shared.errors import PACK_REFUSED, Problem
    from shared.policy import PackError
    from shared.policy.load import texts_of

    try:
        return texts_of(folder)
    except PackError as error:
        raise Problem(PACK_REFUSED, str(error), file=error.file, entry=error.entry, reason=error.reason) from None


def _save(file: Path, content: bytes) -> None:
    file.write_bytes(content)


@app.command("form")
def write_form(
    form: Annotated[str, typer.Argument(help="A (a city by its counties) or B (the province by its cities).")],
    month: Annotated[str, typer.Option(help="The statistical month, such as 2026-11.")],
    out: Annotated[Path, typer.Option(help="File to write (xlsx).", dir_okay=False)],
    unit: Annotated[str, typer.Option(help="Code of the city for form A.")] = "320000",
    cutoff_day: Annotated[int | None, typer.Option(min=1, max=31, help="Last day of a month.")] = None,
    filler: Annotated[str, typer.Option(help="Who fills it in; printed only.")] = "",
    mobile: Annotated[str, typer.Option(help="The filler's number; printed only.")] = "",
) -> None:
    """Count a monthly form from the ledger and write the official sheet (月报表)."""
    run_command(lambda ground: _write_form(ground, (form, unit, month, cutoff_day), out, (filler, mobile)))


async def _write_form(
    ground: TerminalGround, which: tuple[str, str, str, int | None], out: Path, filler: tuple[str, str]
) -> None:
    from services.disclosure.forms.count import Wanted, count_form
    from services.disclosure.forms.domain.form import FormKind
    from services.disclosure.forms.sheet import Filler, sheet_of
    from shared.clock import legal_date
    from shared.errors import MALFORMED, Problem

    form, unit, month, cutoff_day = which
    if form not in tuple(FormKind):
        raise Problem(MALFORMED, f"There is no form {form[:20]}: A or B.")
    today = legal_date(ground.clock.now())
    async with ground.database.reading() as connection:
        counted = await count_form(connection, Wanted(FormKind(form), unit, month, cutoff_day), today)
    _save(out, sheet_of(counted, Filler(counted.form.unit_name, *filler, today)))
    total = counted.form.total
    typer.echo(f"{out}: form {form} of {counted.form.unit_name}, {counted.period.starts_on} – {counted.period.ends_on}")
    typer.echo(f"  {total.new_month} newly shown, {total.exit_month} left, {total.exit_ytd} left since the year began")

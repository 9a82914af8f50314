"""What `creditsync disclosure policy compare` prints: totals by city, then a row a record, and every change as CSV.

However many records change, none is kept in memory: they pass through a file that nobody else sees.
"""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from itertools import groupby, islice
from pathlib import Path
from typing import TextIO, cast
from unicodedata import east_asian_width

import typer

from services.disclosure.policy.adopt import checked
from services.disclosure.policy.compare_packs import compare_pack, not_before
from services.disclosure.terminal import TerminalGround
from shared.clock import legal_date
from shared.identifiers import current_division_of
from shared.policy.compare import Change, ChangeKind, Comparison, kind_words, summary
from shared.terminal_bars import Bars
from shared.vocabulary import Audience

FIRST = 20
"""Records that are named when nobody asks for all."""

_NAMES = ("record_id", "city", "audience", "kinds", "closes_on", "new_closes_on", "rule_id", "new_rule_id")
_DAYS = 23
"""Signs of a day, an arrow and a day."""

Row = Mapping[str, str]


async def compare(
    ground: TerminalGround, texts: Mapping[str, str], on: date | None, write: Path | None, *, full: bool
) -> None:
    """Run other packs over the register and print the difference; `write` gets every change, as a table."""
    as_of = not_before(legal_date(ground.clock.now()), on)
    packs = checked(texts)
    with ExitStack() as opened:
        kept = opened.enter_context(_file(write))
        with Bars() as bars:
            bar = bars.add("records")

            async def note(compared: int, expected: int) -> None:
                bars.measure(bar, compared, expected)

            found = await compare_pack(ground.database, ground.book, packs, as_of, each=_writer(kept), note=note)
        _print(found)
        kept.seek(0)
        _print_records(found, csv.DictReader(kept), None if full else FIRST)


def _file(write: Path | None) -> TextIO:
    if write is not None:
        return write.open("w+", encoding="utf-8-sig", newline="")
    return cast(TextIO, tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))


def _writer(file: TextIO) -> Callable[[Change], object]:
    """Writes a change as a line of a table that spreadsheet programs read; it holds codes and days only."""
    lines = csv.writer(file)
    lines.writerow(_NAMES)
    return lambda change: lines.writerow([*_cells(change)])


def _cells(change: Change) -> Iterator[str]:
    for name in _NAMES:
        value = getattr(change, name)
        yield "、".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def _print(found: Comparison) -> None:
    for sentence in (*summary(found, "zh"), *summary(found, "en")):
        typer.echo(sentence)
    if found.by_city:
        typer.echo("\nBy city, records that change:")
    for city, counts in found.by_city.items():
        what = "; ".join(f"{number} {kind_words(kind, 'en')}" for kind, number in counts.items())
        typer.echo(f"  {city} {_city(city)}: {what}")


def _print_records(found: Comparison, rows: Iterable[Row], most: int | None) -> None:
    if not found.changed_records:
        return
    typer.echo("\nRecord by record, the last day of display as it is and as it would be:")
    typer.echo(_line("record", "city", [str(audience) for audience in Audience], ""))
    for record_id, changes in islice(groupby(rows, key=lambda row: row["record_id"]), most):
        typer.echo(_of_record(record_id, list(changes)))
    if most is not None and found.changed_records > most:
        left = found.changed_records - most
        typer.echo(f"  … and {left} more; all of them with --full, or as a table with --csv FILE")


def _of_record(record_id: str, changes: Sequence[Row]) -> str:
    """One record: the days of each audience that sees another end, and once what would change."""
    days = {row["audience"]: f"{row['closes_on'] or '–'} → {row['new_closes_on'] or '–'}" for row in changes}
    kinds = dict.fromkeys(kind for row in changes for kind in row["kinds"].split("、"))
    what = ", ".join(kind_words(ChangeKind(kind), "en") for kind in kinds)
    return _line(record_id, _city(changes[0]["city"]), [days.get(audience, "") for audience in Audience], what)


def _line(record: str, city: str, days: Sequence[str], what: str) -> str:
    cells = [_padded(record, 32), _padded(city, 8), *(_padded(one, _DAYS) for one in days), what]
    return f"  {'  '.join(cells)}".rstrip()


def _padded(text: str, width: int) -> str:
    """Filled up to a width in which a Chinese character counts as two."""
    taken = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
    return text + " " * (width - taken)


def _city(code: str) -> str:
    division = current_division_of(code)
    return division.name if division else code

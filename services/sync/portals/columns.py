"""A portal's template as a table: for each column its wire name, its label on the page, and how to write and read it.

From such a table follow the row to send, the fields that the page must show, and the fields of a page that was read,
so that the three cannot drift apart. Nothing here knows a particular portal's words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from services.sync.domain.shown import digest, digest_of_sorted
from services.sync.portals.texts import clean, is_plain, read_text
from shared.contracts.records import Record


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the house's name of the value, `label` the portal's caption; no label means that no page shows it."""

    wire: str
    label: str | None
    name: str
    write: Callable[[Record, date | None], str]
    read: Callable[[str], str] = read_text


def wire_row(columns: Iterable[Column], record: Record, closes_on: date | None) -> dict[str, str]:
    """The row to send, by wire name."""
    return {column.wire: clean(column.write(record, closes_on)) for column in columns}


def expected_fields(columns: Iterable[Column], record: Record, closes_on: date | None) -> dict[str, str]:
    """What the page must show, in comparable form."""
    return {column.name: column.read(column.write(record, closes_on)) for column in columns if column.label}


def fields_by_label(columns: Iterable[Column], shown: Mapping[str, str]) -> dict[str, str]:
    """What a page shows. A caption that is missing leaves its field out, so that it differs from any value."""
    return {c.name: c.read(shown[c.label]) for c in columns if c.label and c.label in shown}


def fields_by_wire(columns: Iterable[Column], row: Mapping[str, str]) -> dict[str, str]:
    """The same from an export that names its columns by wire name."""
    return {c.name: c.read(row[c.wire]) for c in columns if c.label and c.wire in row}


class WireRows:
    """The rows of one file, whose header says once where each column stands."""

    def __init__(self, columns: Iterable[Column], header: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._header = tuple(header)
        places = {wire: place for place, wire in enumerate(header)}
        here = sorted(
            ((c.name, places[c.wire], c.read) for c in self._columns if c.label and c.wire in places), key=itemgetter(0)
        )
        self._names = tuple(name for name, _, _ in here)
        self._values = itemgetter(*(place for _, place, _ in here)) if len(here) > 1 else None
        self._read = tuple((at, read) for at, (_, _, read) in enumerate(here) if read is not read_text)

    def fields(self, row: Sequence[str]) -> dict[str, str]:
        """What `fields_by_wire` gives, in a third of the time for a row of which no text needs cleaning."""
        values = self._plain_values(row)
        if values is None:
            return fields_by_wire(self._columns, dict(zip(self._header, row, strict=False)))
        return dict(zip(self._names, values, strict=True))

    def digest(self, row: Sequence[str]) -> str:
        """`domain.shown.digest` of the same fields, which are in the order of their names."""
        values = self._plain_values(row)
        if values is None:
            return digest(self.fields(row))
        return digest_of_sorted(zip(self._names, values, strict=True))

    def _plain_values(self, row: Sequence[str]) -> list[str] | None:
        if self._values is None or len(row) != len(self._header) or not is_plain("".join(row)):
            return None
        values = list(self._values(row))
        for at, read in self._read:
            values[at] = read(values[at])
        return values

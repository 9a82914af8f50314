"""Reads what a source hands in: rows as JSON or as newline-delimited JSON, or the problem with its fields.

It decides the form on the wire and nothing about a row's content. Reading ends at the first row of a wrong form: the
list of all mistakes in a hostile batch would be many times larger than the batch.
"""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import (
    AllowInfNan,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)

from shared.contracts.base import trusted
from shared.errors import MALFORMED, NOT_JSON, TOO_LARGE, Problem
from shared.slices import Slices
from shared.vocabulary import RecordKind
from shared.web.problems import malformed

_COLUMNS, _NAME = 300, 100
_SMALL_BYTES = 2 * 1024 * 1024  # 50 MB for a moment at the worst: `[[],[],…`
_LINES_A_SLICE = 250
_ROWS_AT_ALL = 100_000  # whatever the settings allow: an empty row takes 3 bytes to send and 64 to hold
_FORMS = "a text, a number, true, false or null"

ColumnName = Annotated[str, Field(max_length=_NAME)]
# The first form that fits exactly: weighing all of them for each cell, as pydantic does by itself, takes twice as long.
Cell = Annotated[
    StrictStr | StrictInt | Annotated[StrictFloat, AllowInfNan(False)] | StrictBool | None,
    Field(union_mode="left_to_right"),
]
Row = Annotated[dict[ColumnName, Cell], Field(max_length=_COLUMNS)]

T = TypeVar("T")


class BatchBody(BaseModel):
    """Rows of one kind, by the column names of the dual-disclosure template (`CF_…` or `XK_…`)."""

    model_config = ConfigDict(extra="forbid")
    kind: RecordKind
    rows: Annotated[list[Row], Field(max_length=_ROWS_AT_ALL), FailFast()]


class RecordBody(BaseModel):
    """One row."""

    model_config = ConfigDict(extra="forbid")
    kind: RecordKind
    row: Row


BATCH = TypeAdapter(BatchBody)
RECORD = TypeAdapter(RecordBody)
_LINE: TypeAdapter[dict[str, Cell]] = TypeAdapter(Row)
_KINDS = {str(kind): kind for kind in RecordKind}
_PLAIN_CELLS = frozenset({str, int, bool, type(None)})


def read_batch(body: bytes, most_rows: int) -> BatchBody:
    """A batch of one to `most_rows` rows."""
    plain = plain_batch(body, most_rows)
    if plain is not None:
        return plain
    try:
        batch = BATCH.validate_json(body)
    except ValidationError as error:
        if any(entry["type"] == "too_long" and entry["loc"] == ("rows",) for entry in _entries(error)):
            raise _too_many(_ROWS_AT_ALL, most_rows) from None
        raise _malformed(error) from None
    _refuse_unsuitable(batch.rows, most_rows)
    return batch


def plain_batch(body: bytes, most_rows: int) -> BatchBody | None:
    """A batch as nearly all are, in less than half of the time that pydantic takes; None for it to read or refuse.

    A large body with more brackets than rows is not read here, as it could become many times larger in memory.
    Fractions are not plain, since orjson makes one of a whole number that is too long for it. A property test holds
    both to the same.
    """
    if len(body) > _SMALL_BYTES and (body.count(b"{") > most_rows + 1 or body.count(b"[") > most_rows):
        return None
    try:
        batch = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if type(batch) is not dict or batch.keys() != {"kind", "rows"} or type(batch["kind"]) is not str:
        return None
    kind, rows = _KINDS.get(batch["kind"]), batch["rows"]
    if not kind or not rows or not _are_plain(rows) or len(rows) > most_rows:
        return None
    return trusted(BatchBody, {"kind": kind, "rows": rows})


def _are_plain(rows: object) -> bool:
    names: tuple[str, ...] = ()
    for row in rows if type(rows) is list else [rows]:
        if type(row) is not dict or not _PLAIN_CELLS.issuperset(map(type, row.values())):
            return False
        if (own := tuple(row)) != names:  # all rows of a source have the same columns
            if len(own) > _COLUMNS or max(map(len, own), default=0) > _NAME:
                return False
            names = own
    return type(rows) is list


def read_record(body: bytes) -> RecordBody:
    """One row with its kind."""
    try:
        return RECORD.validate_json(body)
    except ValidationError as error:
        raise _malformed(error) from None


def read_lines(body: bytes, most_rows: int) -> Slices[list[dict[str, Cell]]]:
    """One row a line, in slices; empty lines are no rows. Problems name the line as an editor counts it."""
    lines = [(number, line) for number, line in enumerate(body.splitlines(), start=1) if line.strip()]
    _refuse_unsuitable(lines, most_rows)
    rows: list[dict[str, Cell]] = []
    for at in range(0, len(lines), _LINES_A_SLICE):
        if at:
            yield
        rows += [_line(number, line) for number, line in lines[at : at + _LINES_A_SLICE]]
    return rows


def _line(number: int, line: bytes) -> dict[str, Cell]:
    try:
        return _LINE.validate_json(line)
    except ValidationError as error:
        raise _malformed(error, f"line {number}") from None


def _refuse_unsuitable(rows: Sequence[object], most_rows: int) -> None:
    if not rows:
        raise Problem(MALFORMED, "The batch is empty.", errors=[{"field": "rows", "reason": "at least one row"}])
    if len(rows) > most_rows:
        raise _too_many(len(rows) - 1, most_rows)


def _too_many(more_than: int, most_rows: int) -> Problem:
    return Problem(TOO_LARGE, f"The batch has more than {more_than} rows.", limit=most_rows)


def _malformed(error: ValidationError, where: str = "") -> Problem:
    """The problem with one entry a field: a cell is tried in each of its forms and would be listed for each."""
    entries = _entries(error)
    if entries[0]["type"] == "json_invalid":
        reason = str(entries[0].get("ctx", {}).get("error", ""))
        return Problem(NOT_JSON, f"The {where or 'body'} is not valid JSON.", reason=reason)
    fields: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in entries:
        loc, message = tuple(entry["loc"]), entry["msg"]
        if loc and loc[-1] in ("str", "int", "float", "bool"):
            loc, message = loc[:-1], f"Input should be {_FORMS}"
        fields.setdefault(loc, {"type": entry["type"], "loc": (where, *loc) if where else loc, "msg": message})
    return malformed(list(fields.values()))


def _entries(error: ValidationError) -> list[Any]:
    return list(error.errors(include_input=False, include_url=False))

"""One page of another system: rows, the mark behind them, and whether there is more; or the reason why it is none.

The form is ours: nothing is published about the interface of the provincial law-enforcement system (江苏省安全生产
行政执法系统). It is asked with `kind`, `after` and `limit`, and a bearer token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.ingest.domain.findings import Finding
from services.ingest.files import Fault, FileLimits
from services.ingest.files.json_rows.apart import read_apart
from services.ingest.files.json_rows.objects import DECODER, ObjectReader, Pairs
from services.ingest.mapping.draft import Row
from shared.errors import CreditsyncError
from shared.vocabulary import RecordKind

MOST_ROWS = 5_000
_LIMITS = FileLimits(columns=300)


class PullFailure(StrEnum):
    """Why a page did not come."""

    AWAY = "away"  # no answer, or one that says: later
    TOKEN = "token"  # noqa: S105 - a word, not a secret; the system does not accept ours
    MALFORMED = "malformed"  # an answer that is no page
    STUCK = "stuck"  # more is promised behind the same mark


class PageRefused(CreditsyncError):
    """The page cannot be used."""

    def __init__(self, reason: PullFailure) -> None:
        super().__init__(reason)
        self.reason = reason


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")
    rows: Annotated[list[Any], Field(max_length=MOST_ROWS)]
    next: Annotated[str, Field(min_length=1, max_length=500)]
    has_more: bool


_BODY: TypeAdapter[_Body] = TypeAdapter(_Body)


@dataclass(frozen=True)
class Page:
    """Rows as a submission takes them; what is no row keeps its place and is stopped by its fault."""

    rows: list[Row]
    faults: Mapping[int, tuple[Finding, ...]]
    next: str
    has_more: bool


def read_page(body: bytes, after: str, kind: RecordKind) -> Page:
    """The page in an answer to a question `after` a mark. A row that cannot be stored or told stops no other."""
    said = _said(body)
    if said.has_more and said.next == after:
        raise PageRefused(PullFailure.STUCK)
    reader = ObjectReader(kind, _LIMITS)
    read = [reader.read(row) for row in said.rows]
    faults = {place: _findings(found) for place, (_, found) in enumerate(read, start=1) if found}
    return Page([cells for cells, _ in read], faults, said.next, said.has_more)


def _said(body: bytes) -> _Body:
    """What cannot be decoded becomes the sign for a lost character, which is a fault of the row that holds it."""
    try:
        pairs = _decoded(body.decode("utf-8", "replace"))
        given = dict(pairs) if isinstance(pairs, Pairs) else {}
        if isinstance(given.get("rows"), Pairs):
            raise PageRefused(PullFailure.MALFORMED)
        return _BODY.validate_python(given)
    except (ValueError, RecursionError):
        raise PageRefused(PullFailure.MALFORMED) from None


def _decoded(text: str) -> Any:
    try:
        return DECODER.decode(text)
    except RecursionError:  # one row is nested too deep: it alone is stopped
        return read_apart(text)


def _findings(faults: Sequence[Fault]) -> tuple[Finding, ...]:
    return tuple(Finding(fault.code, fault.column, fault.sentence) for fault in faults)

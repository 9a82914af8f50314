"""One page of another system: rows, the mark behind them, and whether there is more; or the reason why it is none.

The form is ours: nothing is published about the interface of the provincial law-enforcement system (江苏省安全生产
行政执法系统). It is asked with `kind`, `after` and `limit`, and a bearer token.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.ingest.domain.findings import Finding
from services.ingest.mapping.draft import Row
from shared.errors import CreditsyncError

MOST_ROWS = 5_000
_MOST_COLUMNS = 300
_NOT_A_ROW = Finding("not_a_row", "", "This is no object with one text or number a column.")


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


def read_page(body: bytes, after: str) -> Page:
    """The page in an answer to a question `after` a mark."""
    try:
        said = _BODY.validate_json(body)
    except ValidationError:
        raise PageRefused(PullFailure.MALFORMED) from None
    if said.has_more and said.next == after:
        raise PageRefused(PullFailure.STUCK)
    fitting = [_is_row(row) for row in said.rows]
    rows = [row if fits else {} for row, fits in zip(said.rows, fitting, strict=True)]
    faults = {place: (_NOT_A_ROW,) for place, fits in enumerate(fitting, start=1) if not fits}
    return Page(rows, faults, said.next, said.has_more)


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and len(row) <= _MOST_COLUMNS and all(map(_is_cell, row.values()))


def _is_cell(cell: Any) -> bool:
    return cell is None or isinstance(cell, str | int) or (isinstance(cell, float) and math.isfinite(cell))

"""What the endpoints of the quarantine take and answer."""

import json
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.ingest.api.reading import Cell, ColumnName
from services.ingest.domain.corrections import Correction
from services.ingest.in_words import finding_in
from services.ingest.quarantine.correct import MOST_AT_ONCE
from services.ingest.quarantine.states import QuarantineState
from services.ingest.receipt import Reason, RowVerdict
from shared.database.types import AnyRow
from shared.sentences import Lang
from shared.vocabulary import RecordKind, Verdict

ReasonText = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class QuarantinedView(BaseModel):
    """One quarantined row without its cells: where it came from, what stopped it, what became of it."""

    quarantine_id: str
    kind: RecordKind
    batch_id: str
    row: int
    client: str
    authority_code: str | None
    quarantined_at: datetime
    reasons: list[Reason]
    state: QuarantineState
    corrects: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    record_id: str | None
    successor_id: str | None


class QuarantinedDetail(QuarantinedView):
    """The same with the cells as they came."""

    cells: dict[str, Cell]


class QuarantineCounts(BaseModel):
    """Rows by the code that stopped them; a row that several codes stopped counts for each, and once in `rows`. Of
    those that wait, `late` cannot be reported in time any more; `first_by` is the earliest last day of the others."""

    counts: dict[str, int]
    rows: int
    late: int
    first_by: date | None


class ResubmissionBody(BaseModel):
    """Cells in place of those that came, by the column's name; null empties one. Others stay as they are."""

    model_config = ConfigDict(extra="forbid")
    cells: Annotated[dict[ColumnName, Cell], Field(max_length=300)]
    reason: ReasonText | None = None


class ResubmissionReceipt(BaseModel):
    """The new verdict; `successor_id` names the row that waits now when it was put aside again."""

    quarantine_id: str
    batch_id: str
    verdict: RowVerdict
    successor_id: str | None


class ReleaseBody(BaseModel):
    """Which waiting rows are judged again, after which correction. Begin with a dry run."""

    model_config = ConfigDict(extra="forbid")
    correction: Correction
    reason: ReasonText
    dry_run: bool = True
    kind: RecordKind | None = None
    code: Annotated[str, Field(max_length=40)] | None = None
    authority: Annotated[str, Field(max_length=18)] | None = None
    batch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    after: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE


class ReleaseReceipt(BaseModel):
    """Of the examined rows some passed and the others go on waiting. `next_after` goes on behind them; null at the end.
    `verdicts` are those of the passed rows; a dry run gives none."""

    dry_run: bool
    examined: int
    passed: int
    stayed: int
    verdicts: dict[Verdict, int]
    next_after: str | None


class DiscardBody(BaseModel):
    """Why the row will not be handed in again."""

    model_config = ConfigDict(extra="forbid")
    reason: ReasonText


RESUBMISSION, RELEASE, DISCARD = TypeAdapter(ResubmissionBody), TypeAdapter(ReleaseBody), TypeAdapter(DiscardBody)


def view_of(row: AnyRow, lang: Lang = "en") -> QuarantinedView:
    return QuarantinedView(**fields_of(row, lang))


def fields_of(row: AnyRow, lang: Lang = "en") -> dict[str, object]:
    """The fields of a view from a row of the table, what stopped it in the reader's language."""
    values = {name: getattr(row, name) for name in QuarantinedView.model_fields if name != "reasons"}
    found = json.loads(row.findings)
    return {**values, "reasons": [Reason(**one | {"message": finding_in(lang, one["message"])}) for one in found]}

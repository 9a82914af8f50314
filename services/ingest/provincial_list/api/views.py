"""How lists, comparisons and their findings look to a program and on a sheet."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel, Field

from services.ingest.identity.api.identity import ReasonView
from services.ingest.provincial_list.domain.outcome import ComparisonState, FindingOutcome
from shared.database.types import AnyRow
from shared.identifiers import current_division_of
from shared.vocabulary import RegistryStatus


class Refusal(BaseModel):
    """A row of the file that could not be used."""

    row: int
    reason: str


class ListView(BaseModel):
    """One imported version of a list. The first refused rows are named."""

    list_id: str
    source: str
    version: int
    period_from: date
    period_to: date
    file_name: str
    file_digest: str
    rows: int
    refused: int
    refusals: list[Refusal]
    imported_by: str
    imported_at: datetime


class RegionCounts(BaseModel):
    """What was found in one region; an empty code stands for rows that name none."""

    region: str
    region_name: str
    counts: dict[FindingOutcome, int]


class ComparisonView(BaseModel):
    """Where a comparison stands. Counts grow until it is done. It compares with records, not with portals."""

    comparison_id: str
    list_id: str
    state: ComparisonState
    compared_by: str
    started_at: datetime
    finished_at: datetime | None
    counts: dict[FindingOutcome, int]
    regions: list[RegionCounts]


class DifferenceView(BaseModel):
    """One field on both sides."""

    field: str
    theirs: str
    ours: str


class FindingView(BaseModel):
    """One row of the list (`row`), or one record of ours that no row is about."""

    outcome: FindingOutcome
    row: int | None
    record_id: str | None
    subject_key: str
    name: str
    document_number: str
    region: str
    because: list[ReasonView]
    differences: list[DifferenceView]


class SubjectLine(BaseModel):
    """One discredited subject, as ingest knows it."""

    uscc: str
    name: str
    region: str
    region_name: str
    records: int
    first_decided_on: date
    last_decided_on: date
    registry_status: RegistryStatus | None


class SubjectsPage(BaseModel):
    """One page. `not_known_here` names where class and platforms of a record are to be asked."""

    items: list[SubjectLine]
    next: str | None = Field(description="Cursor of the following page.")
    not_known_here: dict[str, str]


def list_view(row: AnyRow) -> ListView:
    refusals = [Refusal(row=number, reason=reason) for number, reason in json.loads(row.refusals)]
    return ListView(**{**row._mapping, "refusals": refusals})


def comparison_view(row: AnyRow, counted: Iterable[tuple[str, str, int]]) -> ComparisonView:
    total = dict.fromkeys(FindingOutcome, 0)
    by_region: dict[str, dict[FindingOutcome, int]] = defaultdict(lambda: dict.fromkeys(FindingOutcome, 0))
    for region, outcome, number in counted:
        total[FindingOutcome(outcome)] += number
        by_region[region][FindingOutcome(outcome)] += number
    return ComparisonView(
        **{name: row._mapping[name] for name in ("comparison_id", "list_id", "state", "compared_by", "started_at")},
        finished_at=row.finished_at,
        counts=total,
        regions=[
            RegionCounts(region=code, region_name=_name(code), counts=counts) for code, counts in by_region.items()
        ],
    )


def finding_view(row: AnyRow) -> FindingView:
    read = {"because": json.loads(row.because), "differences": json.loads(row.differences)}
    return FindingView(**{**row._mapping, **read})


def _name(code: str) -> str:
    division = current_division_of(code)
    return division.name if division else ""

"""What callers see of the papers of an application: what is asked for, what is there, what is promised."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field

from services.repair.commitments.domain.standing import CommitmentState
from services.repair.materials.domain.checklist import Need
from services.repair.materials.domain.content import FileFormat
from services.repair.materials.domain.papers import PAPER_NAMES, Generation, PaperFor, PaperKind
from services.repair.materials.scanners import ScanState
from shared.database.types import AnyRow
from shared.vocabulary import Severity


class PaperView(BaseModel):
    """One line of a checklist (申请材料清单)."""

    kind: PaperKind
    name: str
    severities: list[Severity]
    one_for: PaperFor
    either: str | None = Field(description="Of the papers that share this word one is enough.")
    curable: bool = Field(description="A written commitment may stand for it for a while (容缺受理).")


class ChecklistView(BaseModel):
    """The papers of one rule."""

    rule: str
    document: str
    article: str
    effective_from: date
    papers: list[PaperView]
    consequence: str = Field(description="What follows when a commitment is not kept.")


class MaterialView(BaseModel):
    """One paper that was handed in."""

    material_id: str
    kind: PaperKind
    name: str
    record_id: str | None
    format: FileFormat
    size_bytes: int
    sha256: str
    scan: ScanState
    uploaded_by: str
    uploaded_at: datetime


class MissingView(BaseModel):
    """A need without a paper: one of these kinds is enough."""

    any_of: list[PaperKind]
    names: list[str]
    record_id: str | None
    curable: bool
    promised: bool


class CommitmentView(BaseModel):
    """A written commitment and what became of it."""

    application_id: str
    kind: PaperKind
    name: str
    signed_on: date
    state: CommitmentState
    taken_by: str
    taken_at: datetime
    due_at: datetime
    due_provisional: bool = Field(description="A day of the term lies in a year that is not announced yet (暂定期限).")
    ended_at: datetime | None


class MaterialsView(BaseModel):
    """Everything about the papers of one application."""

    application_id: str
    rule: str
    document: str
    complete: bool = Field(description="Nothing is missing that is not promised in writing.")
    missing: list[MissingView]
    materials: list[MaterialView]
    commitments: list[CommitmentView]


def checklist_view(generation: Generation) -> ChecklistView:
    return ChecklistView(
        rule=generation.generation_id,
        document=generation.document,
        article=f"{generation.document} {generation.article}",
        effective_from=generation.effective_from,
        papers=[
            PaperView(
                kind=one.kind,
                name=PAPER_NAMES[one.kind],
                severities=sorted(one.severities),
                one_for=one.one_for,
                either=one.either,
                curable=one.curable,
            )
            for one in generation.papers
        ],
        consequence=generation.commitment.consequence,
    )


def material_view(row: AnyRow) -> MaterialView:
    kept = {name: getattr(row, name) for name in MaterialView.model_fields if name != "name"}
    return MaterialView(**kept, name=PAPER_NAMES[PaperKind(row.kind)])


def commitment_view(row: AnyRow) -> CommitmentView:
    kept = {name: getattr(row, name) for name in CommitmentView.model_fields if name != "name"}
    return CommitmentView(**kept, name=PAPER_NAMES[PaperKind(row.kind)])


def missing_views(needs: Sequence[Need], open_needs: Sequence[Need]) -> list[MissingView]:
    """`open_needs` are those of the needs that no commitment stands for."""
    return [
        MissingView(
            any_of=[slot.kind for slot in need.any_of],
            names=[PAPER_NAMES[slot.kind] for slot in need.any_of],
            record_id=need.any_of[0].record_id,
            curable=need.curable,
            promised=need not in open_needs,
        )
        for need in needs
    ]

"""What reconciliation shows to callers."""

import json
from datetime import datetime

from pydantic import BaseModel, Field

from services.sync.reconciliation.domain.obstacle import Obstacle
from services.sync.reconciliation.explanations import Lang, in_language
from shared.database.types import AnyRow
from shared.vocabulary import DriftKind, Portal


class RunView(BaseModel):
    """One reconciliation of one portal; of a part of it when `district` or `kind` is not empty."""

    run_id: str
    portal: Portal
    district: str
    kind: str
    mode: str
    method: str
    state: str
    requested_at: datetime
    requested_by: str | None
    started_at: datetime | None
    finished_at: datetime | None
    listed: int
    drifts: int
    held: int = Field(description="Differences that the run left to people.")
    unsettled: int = Field(
        description="Entries that are not as wanted and were not judged (暂不判定): their order was answered less than "
        "5 s before the run, or not yet. Ask again."
    )
    unanswered: int = Field(description="Of these: the portal has not taken the order yet.")
    waits_for: Obstacle | None = Field(description="While the run waits: what holds the reading of its portal.")
    waits_until: datetime | None = Field(description="While the run waits: when it is tried next.")
    patience_ends_at: datetime | None = Field(description="How long the run waits at most; then it is incomplete.")
    explanation: str | None


class DriftView(BaseModel):
    """One difference that a reconciliation found, with the evidence: what was seen, where, and both digests."""

    drift_id: str
    run_id: str
    portal: Portal
    portal_key: str
    record_id: str | None
    kind: DriftKind
    differences: dict[str, tuple[str, str]] = Field(description="Field to (wanted, shown).")
    generation: int | None
    seen: str | None
    found_on: str | None
    wanted_digest: str | None
    seen_digest: str | None
    confirmed: bool = Field(description="Whether a look of its own, or a second listing, confirmed it.")
    held: bool
    flapping: bool
    found_at: datetime
    mend_ordered_at: datetime | None
    mended_at: datetime | None


class ApprovalView(BaseModel):
    """Mending that one person proposed and another decided about (审批)."""

    approval_id: str
    run_id: str
    portal: Portal
    state: str
    drifts: int
    proposed_by: str
    proposed_at: datetime
    reason: str
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    expires_at: datetime
    ordered: int
    vanished: int
    unknown: int
    finished_at: datetime | None


def run_view(row: AnyRow, lang: Lang = "en") -> RunView:
    return RunView.model_validate(dict(row._mapping) | {"explanation": in_language(row.explanation, lang)})


def drift_view(row: AnyRow) -> DriftView:
    values = dict(row._mapping)
    return DriftView.model_validate(values | {"differences": json.loads(row.differences) if row.differences else {}})


def approval_view(row: AnyRow) -> ApprovalView:
    return ApprovalView.model_validate(dict(row._mapping))

"""What sync shows to callers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel

from services.sync.domain.stages import Stage
from services.sync.reading import Paces
from services.sync.reconciliation.domain.obstacle import QuietAt
from services.sync.watch.counts import CountsMemory
from shared.clock import Clock
from shared.database.engine import Database
from shared.vocabulary import Portal
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.scopes import Scope


@dataclass(frozen=True)
class SyncDesk:
    """The parts of one running sync, put on `app.state`."""

    database: Database
    clock: Clock
    portals: Sequence[Portal]
    state_counts: CountsMemory
    paces: Paces
    quiet_at: QuietAt = lambda _: None


def _desk(request: Request) -> SyncDesk:
    desk: SyncDesk = request.app.state.desk
    return desk


Desk = Annotated[SyncDesk, Depends(_desk)]
Reader = Annotated[Caller, requires(Scope.SYNC_READ)]
Operator = Annotated[Caller, requires(Scope.SYNC_OPERATE)]
Supervisor = Annotated[Caller, requires(Scope.SYNC_APPROVE)]


class FilingView(BaseModel):
    """申请表办理: how far a form at the portal has come, and the last day of the next stage."""

    stage: Stage
    since: date
    expected_on: date
    expected_provisional: bool


class PlacementView(BaseModel):
    """One record on one portal: wanted, acknowledged, observed. `agreed` when the looks saw what is wanted.

    `former_of` names the record of a former entry (旧条目), whose `record_id` is its own. Between `first_agreed_at` and
    `agreed` lies the portal's cache life. `amended`: a person put other words into what is sent.
    """

    record_id: str
    former_of: str | None
    portal: Portal
    portal_key: str | None
    wanted: str
    reason: str | None
    closes_on: date | None
    due_at: datetime
    due_provisional: bool
    wanted_at: datetime
    generation: int
    acknowledged_generation: int
    acknowledged_at: datetime | None
    observed: str | None
    observed_at: datetime | None
    agreed: bool
    first_agreed_at: datetime | None
    amended: bool
    mends: int
    refusal: str | None
    filing: FilingView | None


class PortalCounts(BaseModel):
    """How many placements of a portal are where."""

    wanted_online: int = 0
    wanted_offline: int = 0
    seen_present: int = 0  # wanted online, and seen so
    seen_absent: int = 0  # wanted offline, and seen so
    open: int = 0  # not yet seen as wanted
    refused: int = 0

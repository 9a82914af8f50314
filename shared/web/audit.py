"""`/v1/audit` of every service: who did what to what, why and when, with the place of each entry in the chain (G14)."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, or_, select

from shared.database.engine import Database
from shared.database.mechanics import audit_entry
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.evidence import store
from shared.evidence.actions import Action
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.instant import NamedInstant
from shared.web.pagination import Paged, PageRequest, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

Auditor = Annotated[Caller, requires(Scope.AUDIT_READ)]
_Text = Annotated[str | None, Query(max_length=120, pattern=r"^[^\x00]*$")]


class AuditEntry(BaseModel):
    """One entry. `seq` and `hash` are null for the second or so in which it has no place in the chain yet."""

    entry_id: str
    action: Action
    actor: str
    subject: str
    record_id: str | None
    reason: str | None
    at: datetime
    effect_rows: int
    effect_digest: str | None
    payload: dict[str, Any]
    digest: str
    seq: int | None
    previous: str | None
    hash: str | None
    linked_at: datetime | None


class AuditHead(BaseModel):
    """The newest signed head. Keep it: it shows any later change of what lies before it."""

    service: str
    seq: int
    hash: str
    signed_at: str
    key_id: str
    signature: str


def audit_router(database: Database) -> APIRouter:
    """The two routes over the log of this service."""
    router = APIRouter(prefix="/v1/audit", tags=["audit"])

    @router.get("", summary="The audit log, newest first")
    async def get_entries(
        _caller: Auditor,
        page: Paged,
        subject: Annotated[_Text, Query(description="Identifier of what was acted on, or of a record.")] = None,
        actor: Annotated[_Text, Query(description="Client id, or `system:` with the name of a timer or queue.")] = None,
        action: Annotated[Action | None, Query(description="What was decided or changed.")] = None,
        since: Annotated[NamedInstant | None, Query(description="At this instant or later.")] = None,
        until: Annotated[NamedInstant | None, Query(description="Before this instant.")] = None,
        counted: Counted = False,
    ) -> CountedPage[AuditEntry]:
        """An act on many records has one entry, under the identifier of the act; its instant is theirs."""
        conditions = _conditions(subject, actor, action, since, until)
        async with database.reading() as connection:
            rows = (await connection.execute(_newest(conditions, page))).all()
            chosen = select(audit_entry.c.entry_id).where(*conditions)
            total = await total_of(connection, chosen) if counted else None
        return with_total(page_of(rows, page, position=lambda row: [row.entry_id], shown=_shown), total)

    @router.get("/head", summary="The newest signed head of the audit log")
    async def get_head(_caller: Auditor) -> AuditHead:
        async with database.reading() as connection:
            head = await store.last_head(connection, database.schema)
        if head is None:
            raise Problem(NOT_FOUND, "No head of this log has been signed yet.")
        return AuditHead(**head.members())

    return router


def _conditions(
    subject: str | None, actor: str | None, action: Action | None, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    columns = audit_entry.c
    given: list[tuple[object, ColumnElement[bool]]] = [
        (subject, or_(columns.subject == subject, columns.record_id == subject)),
        (actor, columns.actor == actor),
        (action, columns.action == action),
    ]
    found = [condition for value, condition in given if value is not None]
    if since is not None:
        found.append(columns.at >= since)
    if until is not None:
        found.append(columns.at < until)
    return found


def _newest(conditions: list[ColumnElement[bool]], page: PageRequest) -> Select[Any]:
    if page.after:
        conditions = [*conditions, audit_entry.c.entry_id < str(page.after[0])]
    return select(audit_entry).where(*conditions).order_by(audit_entry.c.entry_id.desc()).limit(page.fetch)


def _shown(row: AnyRow) -> AuditEntry:
    return AuditEntry.model_validate(dict(row._mapping) | {"payload": json.loads(row.payload)})

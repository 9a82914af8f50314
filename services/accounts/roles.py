"""What a person may do by role. A production provider gives the same scopes to the same roles (`deploy/README.md`)."""

from enum import StrEnum

from shared.web.scopes import READS, Scope


class Role(StrEnum):
    """Four roles of the dashboard: see, act, approve as the second person, and audit."""

    VIEWER = "viewer"  # 查看
    OPERATOR = "operator"  # 经办
    SUPERVISOR = "supervisor"  # 审批
    AUDITOR = "auditor"  # 审计


_SEES = tuple(scope for scope in READS if scope not in (Scope.AUDIT_READ, Scope.METRICS_READ))
_ACTS = (
    Scope.INGEST_WRITE,
    Scope.INGEST_CORRECT,
    Scope.INGEST_REGISTRY,
    Scope.INGEST_SOURCES,
    Scope.DATA_SHARING_CHECK,
    Scope.DISCLOSURE_OPERATE,
    Scope.DISCLOSURE_CONFIRM,
    Scope.SYNC_OPERATE,
    Scope.SUBSCRIBERS_MANAGE,
    Scope.EVENTS_SETTLE,
    Scope.REPAIR_WRITE,
    Scope.REPAIR_HANDLE,
    Scope.REPAIR_REVIEW,
)
_APPROVES = (
    Scope.INGEST_ORIGINALS,
    Scope.DISCLOSURE_APPROVE,
    Scope.DISCLOSURE_ADOPT,
    Scope.LIST_DECIDE,
    Scope.REPAIR_DECIDE,
    Scope.SYNC_APPROVE,
    Scope.EVENTS_APPROVE,
    Scope.AUDIT_READ,
)

SCOPES: dict[Role, tuple[Scope, ...]] = {
    Role.VIEWER: _SEES,
    Role.OPERATOR: (*_SEES, *_ACTS),
    Role.SUPERVISOR: (*_SEES, *_ACTS, *_APPROVES),
    Role.AUDITOR: READS,
}
"""Whether an act needs two people is decided by the services, which compare the actors: no role is enough alone."""

"""The programs that the local issuer knows, and what each may do at most. Production has a register of its own."""

from dataclasses import dataclass

from shared.web.caller import EVERY_AUTHORITY, EVERY_SUBJECT
from shared.web.scopes import READS, Scope


@dataclass(frozen=True)
class Client:
    """A program that may fetch tokens: what it may do at most, for which authorities it may write, and for which
    companies it speaks."""

    client_id: str
    scopes: tuple[Scope, ...]
    authorities: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


PREDEFINED: tuple[Client, ...] = (
    Client("enforcement-system", (Scope.INGEST_WRITE, Scope.INGEST_READ), (EVERY_AUTHORITY,)),
    Client(
        "credit-officer",
        (
            Scope.INGEST_READ,
            Scope.INGEST_CORRECT,
            Scope.INGEST_ORIGINALS,
            Scope.INGEST_REGISTRY,
            Scope.REPAIR_WRITE,
            Scope.REPAIR_HANDLE,
            Scope.REPAIR_REVIEW,
            Scope.REPAIR_READ,
            Scope.DISCLOSURE_READ,
            Scope.DISCLOSURE_OPERATE,
            Scope.LIST_DECIDE,
        ),
        (EVERY_AUTHORITY,),
    ),
    Client(
        "operator",
        (
            *READS,
            Scope.INGEST_SOURCES,
            Scope.SYNC_OPERATE,
            Scope.SUBSCRIBERS_MANAGE,
            Scope.DISCLOSURE_OPERATE,
            Scope.EVENTS_SETTLE,
        ),
    ),
    Client(
        "approver",
        (
            Scope.DISCLOSURE_READ,
            Scope.DISCLOSURE_APPROVE,
            Scope.SYNC_READ,
            Scope.SYNC_OPERATE,
            Scope.SYNC_APPROVE,
            Scope.EVENTS_SETTLE,
            Scope.EVENTS_APPROVE,
        ),
    ),
    Client("applicant", (Scope.REPAIR_WRITE, Scope.REPAIR_READ), subjects=(EVERY_SUBJECT,)),
    Client("repair-reviewer", (Scope.REPAIR_REVIEW, Scope.REPAIR_READ), (EVERY_AUTHORITY,)),
    Client("repair-approver", (Scope.REPAIR_DECIDE, Scope.REPAIR_READ), (EVERY_AUTHORITY,)),
    Client("law-officer", (Scope.DISCLOSURE_READ, Scope.DISCLOSURE_CONFIRM, Scope.DISCLOSURE_ADOPT)),
    Client(
        "data-officer",
        (Scope.INGEST_READ, Scope.INGEST_REGISTRY, Scope.DATA_SHARING_READ, Scope.DATA_SHARING_CHECK),
    ),
    Client("auditor", READS),
    Client("sync", (Scope.DECIDED_READ, Scope.DECIDED_REPEAT)),
)

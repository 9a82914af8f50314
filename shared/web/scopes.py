"""What a token can allow. One list, so that a route, a client and the documents use the same words (guarantee G15)."""

from enum import StrEnum


class Scope(StrEnum):
    """One permission. A token carries any number of them in its `scope` claim."""

    INGEST_WRITE = "ingest:write"
    INGEST_READ = "ingest:read"
    DISCLOSURE_READ = "disclosure:read"
    DISCLOSURE_OPERATE = "disclosure:operate"
    DISCLOSURE_APPROVE = "disclosure:approve"
    DISCLOSURE_CONFIRM = "disclosure:confirm"
    DISCLOSURE_ADOPT = "disclosure:adopt"
    LIST_DECIDE = "list:decide"
    REPAIR_WRITE = "repair:write"
    REPAIR_DECIDE = "repair:decide"
    REPAIR_READ = "repair:read"
    SYNC_READ = "sync:read"
    SYNC_OPERATE = "sync:operate"
    METRICS_READ = "metrics:read"


MEANINGS: dict[Scope, str] = {
    Scope.INGEST_WRITE: "Send records and batches for the authorities listed in the token.",
    Scope.INGEST_READ: "Read receipts, verdicts and quarantined rows.",
    Scope.DISCLOSURE_READ: "Read publications, windows and their explanations.",
    Scope.DISCLOSURE_OPERATE: "Form campaign lists, log contacts, file monthly forms.",
    Scope.DISCLOSURE_APPROVE: "Approve take-downs in batches, with a reason.",
    Scope.DISCLOSURE_CONFIRM: "State facts that a record leaves open and allow its display, with a reason.",
    Scope.DISCLOSURE_ADOPT: "Compare and adopt policy packs, load announced calendar years.",
    Scope.LIST_DECIDE: "Take the steps of the serious list (严重失信主体名单), from the prior notice to a removal.",
    Scope.REPAIR_WRITE: "File and supplement repair applications (信用修复).",
    Scope.REPAIR_DECIDE: "Accept, refuse and approve repair applications.",
    Scope.REPAIR_READ: "Read repair applications and their clocks.",
    Scope.SYNC_READ: "Read placements, observations, drift and reconciliations.",
    Scope.SYNC_OPERATE: "Start reconciliations, confirm mending, release what was parked.",
    Scope.METRICS_READ: "Read the metrics of a process.",
}

READS = tuple(scope for scope in Scope if scope.endswith(":read"))

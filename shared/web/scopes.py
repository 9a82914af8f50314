"""What a token can allow. One list, so that a route, a client and the documents use the same words (guarantee G15)."""

from enum import StrEnum


class Scope(StrEnum):
    """One permission. A token carries any number of them in its `scope` claim."""

    INGEST_WRITE = "ingest:write"
    INGEST_READ = "ingest:read"
    DATA_SHARING_READ = "data-sharing:read"
    DATA_SHARING_CHECK = "data-sharing:check"
    INGEST_CORRECT = "ingest:correct"
    INGEST_ORIGINALS = "ingest:originals"
    INGEST_SOURCES = "ingest:sources"
    INGEST_REGISTRY = "ingest:registry"
    DISCLOSURE_READ = "disclosure:read"
    DISCLOSURE_OPERATE = "disclosure:operate"
    DISCLOSURE_APPROVE = "disclosure:approve"
    DISCLOSURE_CONFIRM = "disclosure:confirm"
    DISCLOSURE_ADOPT = "disclosure:adopt"
    DECIDED_READ = "decided:read"
    DECIDED_REPEAT = "decided:repeat"
    LIST_DECIDE = "list:decide"
    REPAIR_WRITE = "repair:write"
    REPAIR_HANDLE = "repair:handle"
    REPAIR_REVIEW = "repair:review"
    REPAIR_DECIDE = "repair:decide"
    REPAIR_READ = "repair:read"
    SYNC_READ = "sync:read"
    SYNC_OPERATE = "sync:operate"
    SYNC_APPROVE = "sync:approve"
    SUBSCRIBERS_MANAGE = "subscribers:manage"
    CHANGES_READ = "changes:read"
    EVENTS_SETTLE = "events:settle"
    EVENTS_APPROVE = "events:approve"
    METRICS_READ = "metrics:read"
    AUDIT_READ = "audit:read"


MEANINGS: dict[Scope, str] = {
    Scope.INGEST_WRITE: "Send records and batches for the authorities listed in the token.",
    Scope.INGEST_READ: "Read receipts, verdicts and quarantined rows.",
    Scope.DATA_SHARING_READ: "Read the data-sharing list (数据共享清单), provincial lists and proposed identities.",
    Scope.DATA_SHARING_CHECK: "Sign off days, keep tickets, import lists and catalogues, decide on identities.",
    Scope.INGEST_CORRECT: "Open quarantined rows, correct, release and discard them, for the authorities in the token.",
    Scope.INGEST_ORIGINALS: "Open texts of records as they were sent unmasked (原文), with a reason that is kept.",
    Scope.INGEST_REGISTRY: "Send registry statuses of subjects (登记状态) and extracts of the business register.",
    Scope.INGEST_SOURCES: "Set which system is authoritative for which kind of record, and the duties of departments.",
    Scope.DISCLOSURE_READ: "Read publications, windows and their explanations.",
    Scope.DISCLOSURE_OPERATE: "Form campaign lists, log contacts, file monthly forms, state performance and "
    "close enforcement tasks (执行督办) for the authorities in the token.",
    Scope.DISCLOSURE_APPROVE: "Approve take-downs in batches, with a reason.",
    Scope.DISCLOSURE_CONFIRM: "State facts that a record leaves open and allow its display, with a reason.",
    Scope.DISCLOSURE_ADOPT: "Compare and adopt policy packs, load announced calendar years.",
    Scope.DECIDED_READ: "Read in digests what was decided of every record, to compare it with what was heard.",
    Scope.DECIDED_REPEAT: "Have the newest orders of records given once more that a service has not heard (补发指令).",
    Scope.LIST_DECIDE: "Take the steps of the serious list (严重失信主体名单), from the prior notice to a removal.",
    Scope.REPAIR_WRITE: "File, supplement and withdraw repair applications (信用修复), for the companies in the token "
    "or on behalf of others by the authorities in it.",
    Scope.REPAIR_HANDLE: "As a clerk: accept or decline repair applications, ask for supplements, serve results.",
    Scope.REPAIR_REVIEW: "Make the first or second review of repair applications.",
    Scope.REPAIR_DECIDE: "Approve and refuse repair applications, revoke a repair.",
    Scope.REPAIR_READ: "Read repair applications and their clocks.",
    Scope.SYNC_READ: "Read placements, observations, drift and reconciliations.",
    Scope.SYNC_OPERATE: "Start reconciliations, confirm mending, release what was parked.",
    Scope.SYNC_APPROVE: "Approve mending above the limit, settle many parked orders at once, "
    "repeat an order that was taken.",
    Scope.SUBSCRIBERS_MANAGE: "Enter, change, pause, resume and remove webhook subscribers, replay deliveries.",
    Scope.CHANGES_READ: "Read the change feed: all of it with `sync:read`, else what the authorities in the token own.",
    Scope.EVENTS_SETTLE: "Open events that were set aside (搁置的事件), send them and dead letters (死信) back "
    "to their queue, in any service.",
    Scope.EVENTS_APPROVE: "Discard events that were set aside or dead letters, and settle many of them at once.",
    Scope.METRICS_READ: "Read the metrics of a process.",
    Scope.AUDIT_READ: "Read the audit log (留痕) of a service.",
}

READS = tuple(scope for scope in Scope if scope.endswith(":read"))

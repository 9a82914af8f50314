"""Which pages there are, in the order of the menu, and the scope that a person needs to see each."""

from dataclasses import dataclass

from shared.web.scopes import Scope


@dataclass(frozen=True)
class Entry:
    """A page of the menu; its word is `navigation.<name>`."""

    name: str
    path: str
    scope: Scope


NAVIGATION: tuple[Entry, ...] = (
    Entry("overview", "/", Scope.SYNC_READ),
    Entry("consistency", "/consistency", Scope.SYNC_READ),
    Entry("records", "/records", Scope.SYNC_READ),
    Entry("windows", "/windows", Scope.DISCLOSURE_READ),
    Entry("deliveries", "/deliveries", Scope.SYNC_READ),
    Entry("reconciliations", "/reconciliations", Scope.SYNC_READ),
    Entry("repair", "/repair", Scope.REPAIR_READ),
    Entry("objections", "/objections", Scope.REPAIR_READ),
    Entry("repair_figures", "/figures", Scope.REPAIR_READ),
    Entry("confirmations", "/confirmations", Scope.DISCLOSURE_READ),
    Entry("data_sharing", "/data-sharing", Scope.DATA_SHARING_READ),
    Entry("quarantine", "/quarantine", Scope.INGEST_READ),
    Entry("imports", "/imports", Scope.INGEST_READ),
    Entry("forms", "/forms", Scope.DISCLOSURE_READ),
    Entry("campaigns", "/campaigns", Scope.DISCLOSURE_READ),
    Entry("enforcement", "/enforcement", Scope.DISCLOSURE_READ),
    Entry("serious_list", "/serious-list", Scope.DISCLOSURE_READ),
    Entry("policy", "/policy", Scope.DISCLOSURE_READ),
    Entry("subscribers", "/subscribers", Scope.SYNC_READ),
    Entry("audit", "/audit", Scope.AUDIT_READ),
)

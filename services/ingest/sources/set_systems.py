"""Set which systems are authoritative for a kind of record (数据来源清单, B03), and keep who did it and why (G14)."""

from collections.abc import Collection
from dataclasses import dataclass

from services.ingest.domain.findings import Weight
from services.ingest.domain.source_map import EVERY_AUTHORITY
from services.ingest.sources import store
from shared.errors import MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import IdentifierProblem, parse_uscc
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RecordKind


@dataclass(frozen=True, slots=True)
class Systems:
    """The authoritative systems (clients) of a kind; no authority code means every authority without its own entry."""

    kind: RecordKind
    authority_code: str | None
    clients: Collection[str]
    others: Weight


async def set_systems(work: UnitOfWork, systems: Systems, by: str, reason: str) -> None:
    """Replaces the entry; no client removes it. Raises `Problem` for a code that is no unified code."""
    kind, authority = systems.kind, _authority(systems.authority_code)
    await store.replace_entry(work, kind, authority, systems.clients, systems.others, by, reason)
    payload = {"clients": sorted(set(systems.clients)), "others": str(systems.others)}
    work.audit(Act(Action.SOURCE_MAP_SET, by, f"{kind} {authority}".strip(), reason=reason, payload=payload))


def _authority(code: str | None) -> str:
    if code is None:
        return EVERY_AUTHORITY
    authority = parse_uscc(code)
    if isinstance(authority, IdentifierProblem):
        errors = [{"field": "authority_code", "reason": authority.message}]
        raise Problem(MALFORMED, "The source map cannot be set.", errors=errors)
    return authority.value

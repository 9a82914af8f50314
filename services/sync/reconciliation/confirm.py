"""Whether a listing really shows an entry twice: one that moved while the pages were read looks just like it.

Two copies on one page are certain. On different pages they are believed when an earlier run found them too. Digests are
the portal's word about itself: what only they say is kept for people, and ordered when a listing shows it.
"""

from dataclasses import replace

from sqlalchemy import select

from services.sync.reconciliation import findings
from services.sync.reconciliation.findings import Finding, Findings
from services.sync.reconciliation.runs import Method, Run
from services.sync.tables import scan_entry
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import DriftKind


async def confirmed_duplicates(work: UnitOfWork, run: Run, found: Findings) -> Findings:
    """The same findings; doubles that may be an effect of reading are kept as unconfirmed."""
    keys = {one.portal_key for one in found.drifts if one.kind is DriftKind.DUPLICATE}
    if not keys:
        return found
    by_digests = run.wish.method is Method.DIGESTS
    seen = set() if by_digests else await _on_one_page(work, run) | await findings.open_duplicates(work, run.portal)

    def told(one: Finding) -> Finding:
        return replace(one, confirmed=one.portal_key in seen) if one.kind is DriftKind.DUPLICATE else one

    return replace(found, drifts=[told(one) for one in found.drifts])


async def _on_one_page(work: UnitOfWork, run: Run) -> set[str]:
    columns = scan_entry.c
    statement = select(columns.portal_key).where(columns.run_id == run.run_id, columns.doubled)
    return set((await work.connection.execute(statement)).scalars())

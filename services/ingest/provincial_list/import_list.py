"""Import a provincial list as the next version of its source (A07). The same file twice is refused with the first one.

Rows that cannot be read are counted and named, and stand in nobody's way.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.ingest.list_files import ListTable
from services.ingest.provincial_list import store
from services.ingest.provincial_list.domain.entry import ListEntry, read_entry
from shared.errors import CONFLICT, MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import strip_control
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork

PERIOD_FROM, PERIOD_TO = date(2019, 1, 1), date(2021, 12, 31)
"""The decisions that the province's list covers (苏应急函〔2022〕33号 §2(1)); a later list says another period."""

_REFUSALS_KEPT = 200
_DAMAGED = "a cell of the row has lost its value in the spreadsheet (a formula or a shortened number)"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whose list it is, which decisions it covers, and which file it came in."""

    source: str
    period_from: date
    period_to: date
    file_name: str
    file_digest: str


def read_rows(table: ListTable, person_digest: Callable[[str], str]) -> tuple[list[ListEntry], list[tuple[int, str]]]:
    """The rows that can be used, and for each of the others its number and the reason. Pure; call it in a thread."""
    entries, refusals = [], []
    for row in table.rows:
        found = _DAMAGED if row.is_damaged else read_entry(row.number, row.fields, person_digest)
        if isinstance(found, str):
            refusals.append((row.number, found))
        else:
            entries.append(found)
    return entries, refusals


async def import_list(
    work: UnitOfWork,
    of: Provenance,
    entries: Sequence[ListEntry],
    refusals: Sequence[tuple[int, str]],
    by: str,
) -> str:
    """Returns its identifier. Raises `Problem` for an empty list, a period upside down, or a file that is known."""
    source = strip_control(of.source).strip()
    if not source or not of.period_from <= of.period_to:
        reason = "a source, and a period from its first to its last day"
        raise Problem(MALFORMED, "The list cannot be taken.", errors=[{"field": "source", "reason": reason}])
    if not entries:
        raise Problem(MALFORMED, "No row of the list can be used.", refused=len(refusals), first=refusals[:5])
    same = await store.find_same(work, source, of.file_digest)
    if same is not None:
        raise Problem(CONFLICT, "This file is imported already.", list_id=same.list_id, version=same.version)
    list_id = new_id()
    row = {
        "list_id": list_id,
        "source": source,
        "version": await store.newest_version(work, source) + 1,
        "period_from": of.period_from,
        "period_to": of.period_to,
        "file_name": strip_control(of.file_name).strip()[:200],
        "file_digest": of.file_digest,
        "rows": len(entries),
        "refused": len(refusals),
        "refusals": json.dumps(refusals[:_REFUSALS_KEPT], ensure_ascii=False),
        "imported_by": by,
    }
    await store.insert_list(work, row, entries)
    payload = {"version": row["version"], "rows": len(entries), "file_digest": of.file_digest}
    work.audit(Act(Action.PROVINCIAL_LIST_TAKEN, by, list_id, payload=payload))
    return list_id

"""Compare an imported list with our records (比对): a page a call, resumable, bounded; nothing is merged by it.

Rows with the same subject and number meet in a join of the database. Only what is left is shown to the resolver: rows
of a known subject beside its other numbers, then rows with a known number beside its other subjects. Last come our
records that no row is about.
"""

from services.ingest.provincial_list import store
from services.ingest.provincial_list.domain.outcome import ComparisonState, FindingOutcome
from services.ingest.provincial_list.match_entries import match_entries
from services.ingest.provincial_list.match_leftovers import match_leftovers
from services.ingest.provincial_list.ours import said_of
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import current_division_of
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork

ROWS_A_STEP = 500
RECORDS_A_STEP = 1_000


async def start_comparison(work: UnitOfWork, list_id: str, by: str) -> str:
    """Returns its identifier; the worker (or the command line) works it off."""
    if await store.read_list(work.connection, list_id) is None:
        raise Problem(NOT_FOUND, "There is no such list.")
    comparison_id = new_id()
    await store.insert_comparison(work, {"comparison_id": comparison_id, "list_id": list_id, "compared_by": by})
    work.audit(Act(Action.PROVINCIAL_LIST_TAKEN, by, list_id, payload={"comparison_id": comparison_id}))
    return comparison_id


async def compare_step(work: UnitOfWork) -> int:
    """One page of the oldest comparison that is not done; 0 when there is none."""
    run = await store.lock_unfinished(work)
    if run is None:
        return 0
    listed = await store.read_list(work.connection, run.list_id)
    assert listed is not None  # noqa: S101 - lists are never deleted
    match run.state:
        case ComparisonState.ENTRIES:
            await _entries(work, run, listed)
        case ComparisonState.LEFTOVERS:
            await match_leftovers(work, run)
            await store.move_on(work, run.comparison_id, state=ComparisonState.OURS)
        case _:
            await _ours(work, run, listed)
    return 1


async def _entries(work: UnitOfWork, run: AnyRow, listed: AnyRow) -> None:
    entries = await store.read_entries(work, run.list_id, run.after_row, ROWS_A_STEP)
    if not entries:
        await store.move_on(work, run.comparison_id, state=ComparisonState.LEFTOVERS)
        return
    resolved = await match_entries(work, run, entries, (listed.period_from, listed.period_to))
    await store.move_on(work, run.comparison_id, after_row=entries[-1].row, resolved=run.resolved + resolved)


async def _ours(work: UnitOfWork, run: AnyRow, listed: AnyRow) -> None:
    period = (listed.period_from, listed.period_to)
    rows = await store.unmatched_records(work, run, period, RECORDS_A_STEP)
    await store.insert_findings(work, run.comparison_id, [_missing_there(row) for row in rows])
    if len(rows) < RECORDS_A_STEP:
        await store.move_on(work, run.comparison_id, state=ComparisonState.DONE)
    else:
        await store.move_on(work, run.comparison_id, after_record=rows[-1].record_id)


def _missing_there(row: AnyRow) -> dict[str, object]:
    said, number = said_of(row.content, row.state)
    division = current_division_of(row.authority_code[2:8])
    return {
        "position": f"2-{row.record_id}",
        "outcome": FindingOutcome.MISSING_THERE,
        "row": None,
        "record_id": row.record_id,
        "subject_key": row.subject_key,
        "name": said.name,
        "document_number": number,
        "region": division.code if division else row.authority_code[2:8],
        "because": "[]",
        "differences": "[]",
    }

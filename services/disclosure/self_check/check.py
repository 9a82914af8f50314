"""The nightly self-check: a part of the register is computed again, and the ledger compared with the column (G03, G16).

Each night goes on where the last one ended, so that every window has its turn. It changes nothing but its own row; what
it finds is counted and logged with identifiers, for a person.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import structlog

from services.disclosure.metrics import LEDGER_DIFFERENCES, RECOMPUTED
from services.disclosure.self_check import store
from services.disclosure.self_check.recompute import Result, StoredWindow, recomputed
from shared.clock import LEGAL_ZONE, Clock, legal_date
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.policy import Evaluator
from shared.policy.load import parse_texts

log = structlog.get_logger()

RECORDS_A_NIGHT = 5_000
SLICE = 250
FROM_HOUR = 2
"""Not at midnight, when windows end."""


async def check_once_a_night(database: Database, clock: Clock, records: int = RECORDS_A_NIGHT) -> int:
    """Check when nobody has done it today; always returns 0, as there is nothing more to do at once."""
    now = clock.now()
    async with database.reading() as connection:
        last = await store.newest(connection)
    if now.astimezone(LEGAL_ZONE).hour >= FROM_HOUR and (last is None or last.checked_on < legal_date(now)):
        await check(database, clock, last.last_record_id if last else "", records)
    return 0


async def check(database: Database, clock: Clock, after: str, records: int) -> Counter[Result]:
    """Compute the windows of the next records again; returns how many came out how."""
    async with database.reading() as connection:
        texts = await store.read_packs(connection)
    packs = await asyncio.to_thread(_evaluators, texts)
    found: Counter[Result] = Counter()
    reached = after
    for _ in range(0, records, SLICE):
        async with database.reading() as connection:
            rows = await store.read_windows(connection, reached, SLICE)
        found += await asyncio.to_thread(_results, rows, packs)
        reached = rows[-1].record_id if rows else ""
        if not rows:
            break
    async with database.reading() as connection:
        differences = await store.count_ledger_differences(connection, clock.now())
    await _note(database, clock, legal_date(clock.now()), found, differences, reached)
    return found


def _evaluators(texts: Mapping[str, Mapping[str, str]]) -> dict[str, Evaluator]:
    return {version: Evaluator(parse_texts(files)[0]) for version, files in texts.items()}


def _results(rows: Sequence[AnyRow], packs: Mapping[str, Evaluator]) -> Counter[Result]:
    found: Counter[Result] = Counter()
    for row in rows:
        if row.audience is None:  # withdrawn before it arrived: there is nothing to compute
            continue
        stored = StoredWindow(
            row.provenance, row.basis, row.opens_on, row.closes_on, row.offline_on, row.repair_from_on
        )
        result = recomputed(stored, packs)
        found[result] += 1
        if result is not Result.SAME:
            log.error("stored_window_differs", record_id=row.record_id, audience=row.audience, result=result)
    return found


async def _note(
    database: Database, clock: Clock, today: date, found: Counter[Result], differences: int, reached: str
) -> None:
    for result in Result:
        RECOMPUTED.labels(result).inc(found[result])
    LEDGER_DIFFERENCES.set(differences)
    row = {
        "checked_on": today,
        "windows": found.total(),
        "windows_different": found[Result.DIFFERENT],
        "windows_unknown": found[Result.UNKNOWN_PACKS],
        "ledger_differences": differences,
        "last_record_id": reached,
    }
    async with unit_of_work(database, clock) as work:
        await store.insert_result(work, row)
    log.info("self_check_done", windows=found.total(), different=found[Result.DIFFERENT], ledger=differences)

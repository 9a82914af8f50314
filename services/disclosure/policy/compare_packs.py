"""The dry run of other packs over all that is shown or waits to be, read in slices, with nothing changed (试算).

Whoever asks gets an answer at once and the result later: a timer works it off, and takes over from a process that died.
Serves G03.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import structlog

from services.disclosure.domain.facts import facts_from_text
from services.disclosure.policy import due, store
from services.disclosure.policy.changes import store as changes
from services.disclosure.policy.tables import comparison
from services.disclosure.rules import LawInForce
from shared.clock import Clock, wall_time
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.policy import Packs
from shared.policy.compare import Change, Comparer, Comparison, summary
from shared.policy.load import parse_texts
from shared.vocabulary import Audience

log = structlog.get_logger()

SLICE = 2_000
_LEASE = timedelta(minutes=5)
"""Renewed with every slice, which takes seconds: so long a killed process keeps a question waiting."""


def not_before(today: date, as_of: date | None) -> date:
    """The day to compare on; a past one is refused, since what ended until today has ended."""
    if as_of is not None and as_of < today:
        errors = [{"field": "as_of", "reason": f"lies before today, {today}"}]
        raise Problem(MALFORMED, "Packs are compared on today or a later day.", errors=errors)
    return as_of or today


async def ask_comparison(work: UnitOfWork, texts: Mapping[str, str], packs: Packs, as_of: date, *, by: str) -> str:
    """Note that somebody wants to know what these packs, which `adopt.checked` gave, would change on a day."""
    comparison_id = new_id()
    row = {
        "comparison_id": comparison_id,
        "asked_by": by,
        "asked_at": work.now,
        "version": packs.version,
        "as_of": as_of,
        "texts": json.dumps(dict(texts), ensure_ascii=False),
        "leased_until": None,
        "finished_at": None,
        "result": None,
    }
    await work.connection.execute(comparison.insert(), row)
    return comparison_id


async def work_off_comparison(database: Database, clock: Clock, book: LawInForce, at_once: int = SLICE) -> int:
    """Answer the oldest open question; returns 1 when there was one."""
    async with database.reading() as connection:
        if not await store.is_asked(connection):
            return 0
    async with unit_of_work(database, clock) as work:
        asked = await store.lease_comparison(work, wall_time(), wall_time() + _LEASE)
    if asked is None:
        return 0
    try:
        found = await _compare(database, clock, book, asked, at_once)
    except _TakenOver:
        log.warning("comparison_taken_over", comparison_id=asked.comparison_id)
        return 0
    log.info("packs_compared", comparison_id=asked.comparison_id, records=found.records, changed=found.changed_records)
    return 1


class _TakenOver(Exception):
    """Another process began anew while this one stood still: what it writes counts."""


async def _compare(database: Database, clock: Clock, book: LawInForce, asked: AnyRow, at_once: int) -> Comparison:
    """Compare, with every change stored in the transaction that says how far it has come."""
    which, begun_at = asked.comparison_id, asked.begun_at
    await _forget_former(database, clock, which)
    packs = (await asyncio.to_thread(parse_texts, json.loads(asked.texts)))[0]
    waiting: list[Change] = []
    kept = 0

    async def note(compared: int, expected: int) -> None:
        nonlocal kept
        async with unit_of_work(database, clock) as work:
            if not await store.note_compared(work, which, begun_at, compared, expected, wall_time() + _LEASE):
                raise _TakenOver
            await changes.keep(work, which, kept, waiting)
        kept += len(waiting)
        waiting.clear()

    found = await compare_pack(database, book, packs, asked.as_of, at_once, waiting.append, note)
    async with unit_of_work(database, clock) as work:
        if not await store.finish_comparison(work, which, begun_at, json.dumps(as_json(found), ensure_ascii=False)):
            raise _TakenOver
    return found


async def _forget_former(database: Database, clock: Clock, comparison_id: str) -> None:
    """What a process that died had stored of it."""
    gone = 1
    while gone:
        async with unit_of_work(database, clock) as work:
            gone = await changes.forget(work, comparison_id)


async def compare_pack(
    database: Database,
    book: LawInForce,
    packs: Packs,
    as_of: date,
    at_once: int = SLICE,
    each: Callable[[Change], object] | None = None,
    note: Callable[[int, int], Awaitable[None]] | None = None,
) -> Comparison:
    """Run the packs in force and these over every record that somebody sees or may see yet, for those audiences.

    The result names a bounded number of changes; `each` is told of all, one after the other. `note` is told after each
    slice how many records are compared, and of how many, about.
    """
    async with database.reading() as connection:
        old = (await book.current(connection)).evaluator.packs
        expected = await due.count_register(connection)
    comparer, after = Comparer(old, packs, as_of), ""
    tell = each or (lambda _: None)
    while True:
        async with database.reading() as connection:
            rows = await due.read_register(connection, after, at_once)
        if not rows:
            return comparer.result()
        for record_id, group in groupby(rows, key=lambda row: str(row.record_id)):
            seen = list(group)
            audiences = frozenset(Audience(row.audience) for row in seen)
            ends = {Audience(row.audience): row.offline_on for row in seen if row.offline_on is not None}
            facts = facts_from_text(seen[0].facts)
            changes = comparer.add(record_id, _city_of(seen[0], packs), facts, audiences, ends)
            for change in changes:
                tell(change)
        after = rows[-1].record_id
        if note is not None:
            await note(comparer.records, max(expected, comparer.records))


def _city_of(row: AnyRow, packs: Packs) -> str:
    """The code of the city or prefecture that a record's region lies in."""
    code = packs.settings.region_aliases.get(row.region, row.region)
    return f"{code[:4]}00" if code[:6].isdigit() else row.region


def as_json(found: Comparison) -> dict[str, Any]:
    """Counts and summary of a comparison, in both languages, as values that any JSON writer takes; its changes are
    rows of their own, all of them."""
    values = asdict(replace(found, changes=()))
    del values["changes"]
    values["as_of"] = found.as_of.isoformat()
    whole = replace(found, changes_in_all=len(found.changes))
    values["summary"] = {"zh": summary(whole, "zh"), "en": summary(whole, "en")}
    return values

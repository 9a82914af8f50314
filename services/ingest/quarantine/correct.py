"""Hand quarantined rows in again: one that a person corrected, or many by one rule (更正重报, 批量放行).

A row that was handed in again is final; what was put aside once more waits as its only successor, so that at most one
row of a line waits. The rows are judged like any other and keep the system that sent them. Serves G02.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from services.ingest.admit import admit, judge_rows
from services.ingest.decide import Judged
from services.ingest.domain.checks import Day
from services.ingest.domain.corrections import Correction, corrected
from services.ingest.known import find_known
from services.ingest.mapping.draft import Cell, Row
from services.ingest.quarantine import store
from services.ingest.quarantine.damage import faults_left, is_damaged, stopped_by
from services.ingest.quarantine.states import QuarantineState
from services.ingest.quarantine.store import Choice, Decided, Reach
from services.ingest.receipt import Receipt, RowVerdict
from services.ingest.submission import Submission
from shared.database.types import AnyRow
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.messaging.unit_of_work import UnitOfWork
from shared.reasons import stated
from shared.sealing import Sealer
from shared.vocabulary import RecordKind, Verdict

log = structlog.get_logger()

MOST_AT_ONCE = 1_000

Members = list[tuple[AnyRow, Row]]
"""Quarantined rows of one system and kind, each with the cells that are to be judged."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides, whose rows that may be, and why."""

    reach: Reach
    reason: str | None

    def __post_init__(self) -> None:
        if self.reason is not None:
            stated(self.reason)


@dataclass(frozen=True, slots=True)
class Resubmitted:
    """The receipt of the one row, its new verdict, and the row that waits in its place when it was put aside again."""

    receipt: Receipt
    verdict: RowVerdict
    successor_id: str | None


@dataclass(frozen=True, slots=True)
class Bulk:
    """Which rows are judged again after which correction: at most `limit` after `after`. A dry run changes nothing."""

    choice: Choice
    correction: Correction
    after: str | None
    limit: int
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Released:
    """What a bulk release did, or in a dry run would do: `passed` rows leave the quarantine, `stayed` go on waiting.
    `verdicts` are those of the passed rows, with a receipt a system and kind; none in a dry run."""

    examined: int
    passed: int
    stayed: int
    verdicts: Mapping[Verdict, int]
    receipts: Sequence[Receipt]
    next_after: str | None


async def resubmit(
    work: UnitOfWork, quarantine_id: str, cells: Mapping[str, Cell], person: Person, day: Day, sealer: Sealer
) -> Resubmitted:
    """Judge a row again with these cells in place of its own. Raises `Problem` when it is unknown or decided."""
    row = await _lock_waiting(work, quarantine_id, person.reach)
    held = store.open_cells(row, sealer)
    submission = _submission(row.client, row.kind, [(row, {**held, **cells})], person.reach)
    if faults := faults_left(stopped_by(row), held, cells):
        submission = replace(submission, faults={1: faults})
    judged = judge_rows(submission, await find_known(work.connection, submission, sealer), day, sealer)
    receipt, waiting = await _hand_in(work, submission, judged, sealer)
    [verdict] = receipt.verdicts
    decided = Decided(quarantine_id, QuarantineState.CORRECTED, verdict.record_id, waiting.get(1))
    await _decide(work, [decided], quarantine_id, person)
    return Resubmitted(receipt, verdict, waiting.get(1))


async def release(work: UnitOfWork, bulk: Bulk, person: Person, day: Day, sealer: Sealer) -> Released:
    """Judge the next rows again after one correction. Those that pass are taken in; those that do not go on waiting.

    So does a row that was damaged in its file: no rule knows what its cells were meant to hold.
    """
    limit = min(bulk.limit, MOST_AT_ONCE)
    rows = await store.lock_page(work, person.reach, bulk.choice, bulk.after, limit)
    groups: dict[tuple[str, str], Members] = defaultdict(list)
    for row in rows:
        if is_damaged(stopped_by(row)):
            continue
        cells = corrected(RecordKind(row.kind), store.open_cells(row, sealer), bulk.correction)
        groups[row.client, row.kind].append((row, cells))
    passed, verdicts = 0, Counter[Verdict]()
    receipts: list[Receipt] = []
    for (client, kind), members in groups.items():
        submission = _submission(client, kind, members, person.reach)
        judged = judge_rows(submission, await find_known(work.connection, submission, sealer), day, sealer)
        passing = [row for row in judged if row.built is not None or row.unchanged is not None]
        passed += len(passing)
        if passing and not bulk.dry_run:
            receipts.append(await _take_in(work, submission, members, passing, person, sealer))
            verdicts.update(one.verdict for one in receipts[-1].verdicts)
    more = len(rows) == limit
    log.info("quarantine_released", examined=len(rows), passed=passed, dry_run=bulk.dry_run)
    next_after = rows[-1].quarantine_id if more else None
    return Released(len(rows), passed, len(rows) - passed, verdicts, receipts, next_after)


async def discard(work: UnitOfWork, quarantine_id: str, person: Person) -> None:
    """作废: the row will not be handed in again; it is kept with the reason until retention ends."""
    await _lock_waiting(work, quarantine_id, person.reach)
    decided = Decided(quarantine_id, QuarantineState.DISCARDED)
    await _decide(work, [decided], quarantine_id, person)


async def _lock_waiting(work: UnitOfWork, quarantine_id: str, reach: Reach) -> AnyRow:
    row = await store.lock_one(work, reach, quarantine_id)
    if row is None:
        raise Problem(NOT_FOUND, f"There is no quarantined row {quarantine_id} that this caller may work on.")
    if row.state != QuarantineState.WAITING:
        raise Problem(
            CONFLICT,
            f"The row was {row.state} already by {row.decided_by}.",
            state=row.state,
            successor_id=row.successor_id,
            record_id=row.record_id,
        )
    return row


def _submission(client: str, kind: str, members: Members, reach: Reach) -> Submission:
    """As if the system that sent the rows did it again; the person must be allowed to write for their authority."""
    cells = [row for _, row in members]
    corrects = {number: row.quarantine_id for number, (row, _) in enumerate(members, start=1)}
    return Submission(client, RecordKind(kind), cells, reach.authorities, refuse_foreign=False, corrects=corrects)


async def _take_in(
    work: UnitOfWork,
    submission: Submission,
    members: Members,
    passing: Sequence[Judged],
    person: Person,
    sealer: Sealer,
) -> Receipt:
    chosen = [members[row.number - 1] for row in passing]
    passed = _submission(submission.client, submission.kind, chosen, person.reach)
    renumbered = [row._replace(number=number) for number, row in enumerate(passing, start=1)]
    receipt, waiting = await _hand_in(work, passed, renumbered, sealer)
    decided = [
        Decided(row.quarantine_id, QuarantineState.RELEASED, verdict.record_id, waiting.get(verdict.row))
        for (row, _), verdict in zip(chosen, receipt.verdicts, strict=True)
    ]
    await _decide(work, decided, receipt.batch_id, person)
    return receipt


async def _decide(work: UnitOfWork, decided: Sequence[Decided], subject: str, person: Person) -> None:
    """Store what became of the rows, and keep who decided it (G14)."""
    await store.decide(work, decided, person.reach.client, person.reason)
    lines = (f"{one.quarantine_id} {one.state} {one.record_id} {one.successor_id}" for one in decided)
    act = Act(
        Action.QUARANTINE_DECIDED, person.reach.client, subject, reason=person.reason, effect=effect_of(lines),
        payload={"state": decided[0].state},
    )  # fmt: skip
    work.audit(act)


async def _hand_in(
    work: UnitOfWork, submission: Submission, judged: Sequence[Judged], sealer: Sealer
) -> tuple[Receipt, dict[int, str]]:
    receipt = await admit(work, submission, judged, sealer)
    stopped = any(verdict.verdict is Verdict.QUARANTINED for verdict in receipt.verdicts)
    return receipt, await store.successors(work, receipt.batch_id) if stopped else {}

"""Admit a batch (入库): judge every row, store what is new or changed, quarantine the rest, tell the house.

The caller's transaction holds all of it: a batch is stored whole or not at all.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

from services.ingest import store
from services.ingest.data_sharing.count import note_share
from services.ingest.decide import Changes, Judged, split
from services.ingest.domain.build import Built, build
from services.ingest.domain.check_words import said
from services.ingest.domain.checks import Day, judge
from services.ingest.domain.findings import Finding, Weight
from services.ingest.domain.parsed import Parsed, parse
from services.ingest.known import KnownRecord, KnownRows
from services.ingest.mapping.draft import Row, read_row
from services.ingest.originals.keep import Original, keep_originals
from services.ingest.quarantine.put_aside import insert_quarantined
from services.ingest.receipt import Receipt, RowVerdict, count
from services.ingest.submission import Submission
from services.ingest.whose import authority_of_damaged, sole_authority
from shared.clock import legal_date
from shared.contracts.events import Withdrawal
from shared.errors import FOREIGN_AUTHORITY, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.identifiers import Uscc
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.slices import Slices, at_a_stretch, in_passing
from shared.vocabulary import Verdict, WithdrawalKind

_FOREIGN = Finding("foreign_authority", "", said("foreign"))


_ROWS_A_SLICE = 25
"""Less than a millisecond: so long does somebody wait who comes while a batch is judged."""


def judge_rows(submission: Submission, known: KnownRows, day: Day, sealer: Sealer) -> list[Judged]:
    """What can be said of each row without locking anything. Raises `Problem` for a foreign authority."""
    return at_a_stretch(judging(submission, known, day, sealer))


def judging(submission: Submission, known: KnownRows, day: Day, sealer: Sealer) -> Slices[list[Judged]]:
    """The same in slices."""
    day = replace(day, client=submission.client, sources=known.sources, names=known.names)
    sent = enumerate(zip(submission.rows, known.fingerprints, strict=True), start=1)
    rows = [_Sent(number, row, fingerprint) for number, (row, fingerprint) in sent if number not in submission.faults]
    stopped = [
        Judged(number, findings, authority=authority_of_damaged(submission, number, findings))
        for number, findings in submission.faults.items()
    ]
    fresh = [row for row in rows if row.fingerprint not in known.records]
    judged = stopped + (yield from _judge(submission, fresh, day, sealer))
    # What is known as it was sent is not so any more when another row of this batch is about the same record.
    touched = {row.built.key for row in judged if row.built}
    seen = [row for row in rows if row.fingerprint in known.records]
    doubtful = [row for row in seen if known.records[row.fingerprint].record_key in touched]
    judged += yield from _judge(submission, doubtful, day, sealer)
    done = {row.number for row in judged}
    judged += [_unchanged(row.number, known.records[row.fingerprint]) for row in seen if row.number not in done]
    return sorted(judged, key=lambda row: row.number)


class _Sent(NamedTuple):
    number: int
    cells: Row
    fingerprint: str


def _judge(submission: Submission, rows: Sequence[_Sent], day: Day, sealer: Sealer) -> Slices[list[Judged]]:
    """Row after row from its cells to its record: what was just made lies near the processor when it is read again."""
    unread = sole_authority(submission)
    judged, foreign = list[Judged](), list[int]()
    for place, row in enumerate(rows, start=1):
        if not place % _ROWS_A_SLICE:
            yield
        parsed = parse(read_row(submission.kind, row.cells))
        if _is_foreign(parsed, submission.authorities):
            foreign.append(row.number)
            judged.append(
                Judged(row.number, (_FOREIGN,), authority=_authority(parsed), decided_on=parsed.dates.get("decided_on"))
            )
        else:
            judged.append(_judge_row(row, parsed, day, sealer, unread))
    if foreign and submission.refuse_foreign:
        raise Problem(
            FOREIGN_AUTHORITY,
            f"{len(foreign)} of {len(submission.rows)} rows belong to an authority that this caller may not write for.",
            rows=foreign[:100],
        )
    return judged


async def admit(work: UnitOfWork, submission: Submission, judged: Sequence[Judged], sealer: Sealer) -> Receipt:
    """Give each row exactly one verdict, store what is new or changed and tell it."""
    known = await store.find_records(work, [row.built.key for row in judged if row.built])
    changes = Changes(legal_date(work.now), submission.client, known)
    verdicts = await in_passing(changes.decide_all(judged))
    batch_id = new_id()
    await store.insert_records(work, changes.new.values(), sealer)
    await store.update_records(work, changes.changed.values(), sealer)
    await store.confirm_records(work, changes.confirmed.values())
    await store.insert_withdrawals(work, changes.withdrawals(), submission.client)
    await insert_quarantined(work, batch_id, submission, judged, verdicts, sealer)
    await keep_originals(work, batch_id, submission.client, _originals(judged, verdicts), sealer)
    receipt = Receipt(
        batch_id=batch_id,
        kind=submission.kind,
        received_at=work.now,
        rows=len(verdicts),
        counts=count(verdicts),
        verdicts=verdicts,
    )
    store.insert_batch(work, submission.client, receipt)
    work.audit(_act(submission, receipt, changes))
    outcomes = ((row.authority, one.verdict, row.is_late) for row, one in zip(judged, verdicts, strict=True))
    note_share(work, batch_id, submission.client, submission.kind, outcomes)
    written, voided = split(changes.events())
    work.tell_written(*written)
    work.tell(*voided)
    return receipt


def _originals(judged: Sequence[Judged], verdicts: Sequence[RowVerdict]) -> list[Original]:
    """The texts as sent of rows that are told of a record; a row that waits is kept whole in the quarantine."""
    return [
        Original(verdict.record_id, row.sent_digest, row.number, row.original)
        for row, verdict in zip(judged, verdicts, strict=True)
        if row.original and verdict.record_id and verdict.verdict is not Verdict.QUARANTINED
    ]


def _act(submission: Submission, receipt: Receipt, changes: Changes) -> Act:
    """One entry a batch, with a digest over what it made of each record that it changed."""
    stored = [change.stored for change in (*changes.new.values(), *changes.changed.values())]
    effect = effect_of(f"{one.record_id} {one.generation} {one.content_digest}" for one in stored)
    payload = {"kind": submission.kind.value, "rows": receipt.rows, "counts": dict(receipt.counts)}
    return Act(Action.BATCH_JUDGED, submission.client, receipt.batch_id, effect=effect, payload=payload)


def _is_foreign(row: Parsed, authorities: frozenset[str] | None) -> bool:
    """Whether the client may not write for its authority. A mistyped code is nobody's: it stops its row (V05) and no
    batch."""
    return authorities is not None and isinstance(row.authority, Uscc) and row.authority.value not in authorities


def _unchanged(number: int, known: KnownRecord) -> Judged:
    return Judged(number, unchanged=known.record_id, authority=known.authority_code)


def _authority(parsed: Parsed) -> str:
    return parsed.authority.value if isinstance(parsed.authority, Uscc) else ""


def _judge_row(sent: _Sent, parsed: Parsed, day: Day, sealer: Sealer, unread: str) -> Judged:
    findings = judge(parsed, day)
    authority = _authority(parsed) or unread
    if findings and any(finding.weight is Weight.QUARANTINE for finding in findings):
        return Judged(sent.number, findings, authority=authority, decided_on=parsed.dates.get("decided_on"))
    built = build(parsed, sealer.keyed_digest)
    # By their places, without the constructor that a named tuple writes for itself: half of the time.
    return tuple.__new__(
        Judged,
        (
            sent.number,
            findings,
            built,
            _digest(built, sealer),
            sent.fingerprint,
            None,
            parsed.version,
            _withdrawal(parsed, built, day) if built.reasons else None,
            day.sources.outranking(authority, day.client),
            authority,
            bool(findings) and any(finding.code == "V06" for finding in findings),
            parsed.draft.corrected or None,
            built.decided_on,
        ),
    )


def _digest(built: Built, sealer: Sealer) -> str:
    """Equal for equal records, of a person also for equal names and numbers."""
    content = built.content
    if built.private:
        content += sealer.keyed_digest(json.dumps([built.private.name, built.private.id_number])).encode()
    return blake2b(content, digest_size=16).hexdigest()


def _withdrawal(parsed: Parsed, built: Built, day: Day) -> Withdrawal:
    """What a row says of its withdrawal; the day on which it came where it names none."""
    return Withdrawal(
        kind=parsed.withdrawal_kind or WithdrawalKind.REVOKED,
        statement_of_reasons=built.reasons or "",
        withdrawn_on=parsed.dates.get("withdrawn_on") or day.today,
    )

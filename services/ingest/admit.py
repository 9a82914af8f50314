"""Admit a batch (入库): judge every row, store what is new or changed, quarantine the rest, tell the house.

The caller's transaction holds all of it: a batch is stored whole or not at all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b

from services.ingest import store
from services.ingest.domain.build import Built, build
from services.ingest.domain.checks import Day, judge
from services.ingest.domain.findings import Finding, Weight
from services.ingest.domain.parsed import Parsed, parse
from services.ingest.known import KnownRows
from services.ingest.mapping.draft import Row, read_row
from services.ingest.receipt import Receipt, RowVerdict, count, row_verdict
from services.ingest.submission import Submission
from shared.clock import legal_date
from shared.contracts.envelope import Written
from shared.contracts.events import RecordAdmitted, RecordAmended
from shared.errors import FOREIGN_AUTHORITY, Problem
from shared.identifiers import Uscc
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import Verdict

_WITHDRAWN = Finding(
    "V16", "", "The authority has withdrawn this decision; a changed content under the same number needs a person."
)

_STAYS_WITHDRAWN = Finding("V16", "", "The authority has withdrawn this decision; it stays withdrawn.", Weight.NOTE)


@dataclass(frozen=True, slots=True)
class Judged:
    """One row with its findings; a record is built only of a row that may pass. `unchanged` names the record that was
    made of the very same row; nothing else is said of it then."""

    number: int
    findings: Sequence[Finding] = ()
    built: Built | None = None
    content: str = ""
    digest: str = ""
    sent_digest: str = ""
    unchanged: str | None = None


def judge_rows(submission: Submission, known: KnownRows, day: Day, sealer: Sealer) -> list[Judged]:
    """What can be said of each row without locking anything. Raises `Problem` for a foreign authority."""
    sent = enumerate(zip(submission.rows, known.fingerprints, strict=True), start=1)
    rows = [_Sent(number, row, fingerprint) for number, (row, fingerprint) in sent]
    judged = _judge(submission, [row for row in rows if row.fingerprint not in known.records], day, sealer)
    # What is known as it was sent is not so any more when another row of this batch is about the same record.
    touched = {row.built.key for row in judged if row.built}
    seen = [row for row in rows if row.fingerprint in known.records]
    doubtful = [row for row in seen if known.records[row.fingerprint].record_key in touched]
    judged += _judge(submission, doubtful, day, sealer)
    done = {row.number for row in judged}
    judged += [
        Judged(row.number, unchanged=known.records[row.fingerprint].record_id) for row in seen if row.number not in done
    ]
    return sorted(judged, key=lambda row: row.number)


@dataclass(frozen=True, slots=True)
class _Sent:
    number: int
    cells: Row
    fingerprint: str


def _judge(submission: Submission, rows: Sequence[_Sent], day: Day, sealer: Sealer) -> list[Judged]:
    parsed = [(row, parse(read_row(submission.kind, row.cells))) for row in rows]
    _refuse_foreign({row.number: one for row, one in parsed}, submission)
    return [_judge_row(row, one, day, sealer) for row, one in parsed]


async def admit(work: UnitOfWork, submission: Submission, judged: Sequence[Judged], sealer: Sealer) -> Receipt:
    """Give each row exactly one verdict, store what is new or changed and tell it."""
    known = await store.find_records(work, [row.built.key for row in judged if row.built])
    changes = _Changes(legal_date(work.now), known)
    verdicts = tuple(changes.decide(row) for row in judged)
    batch_id = new_id()
    await store.insert_records(work, changes.new.values(), sealer)
    await store.update_records(work, changes.changed.values(), sealer)
    await store.insert_quarantined(work, batch_id, submission, verdicts, sealer)
    receipt = Receipt(
        batch_id=batch_id,
        kind=submission.kind,
        received_at=work.now,
        rows=len(verdicts),
        counts=count(verdicts),
        verdicts=verdicts,
    )
    await store.insert_batch(work, submission.client, receipt)
    work.tell_written(*changes.events())
    return receipt


def _refuse_foreign(rows: Mapping[int, Parsed], submission: Submission) -> None:
    """A mistyped code is nobody's: it stops its row (V05) and not the batch."""
    authorities = submission.authorities
    if authorities is None:
        return
    foreign = [
        number
        for number, row in rows.items()
        if isinstance(row.authority, Uscc) and row.authority.value not in authorities
    ]
    if foreign:
        raise Problem(
            FOREIGN_AUTHORITY,
            f"{len(foreign)} of {len(submission.rows)} rows belong to an authority that this caller may not write for.",
            rows=foreign[:100],
        )


def _judge_row(sent: _Sent, parsed: Parsed, day: Day, sealer: Sealer) -> Judged:
    findings = judge(parsed, day)
    if any(finding.weight is Weight.QUARANTINE for finding in findings):
        return Judged(sent.number, findings)
    built = build(parsed, sealer.keyed_digest)
    content = built.record.model_dump_json()
    private = json.dumps([built.private.name, built.private.id_number]) if built.private else ""
    digest = blake2b((content + (sealer.keyed_digest(private) if private else "")).encode(), digest_size=16)
    return Judged(sent.number, findings, built, content, digest.hexdigest(), sent.fingerprint)


class _Changes:
    """Decides row after row against what is stored and what earlier rows of the same batch made of it."""

    def __init__(self, today: date, known: dict[str, store.StoredRecord]) -> None:
        self._today = today
        self._known = known
        self.new: dict[str, store.RecordChange] = {}
        self.changed: dict[str, store.RecordChange] = {}

    def decide(self, row: Judged) -> RowVerdict:
        if row.unchanged is not None:
            return row_verdict(row.number, Verdict.UNCHANGED, row.unchanged, row.findings)
        if row.built is None:
            return row_verdict(row.number, Verdict.QUARANTINED, None, row.findings)
        stored = self._known.get(row.built.key)
        if stored is None:
            return self._admit(row, row.built)
        if stored.content_digest == row.digest:
            findings = [*row.findings, _STAYS_WITHDRAWN] if stored.voided else row.findings
            return row_verdict(row.number, Verdict.UNCHANGED, stored.record_id, findings)
        if stored.voided:
            return row_verdict(row.number, Verdict.QUARANTINED, stored.record_id, [*row.findings, _WITHDRAWN])
        return self._amend(row, row.built, stored)

    def _admit(self, row: Judged, built: Built) -> RowVerdict:
        stored = store.StoredRecord(new_id(), row.digest, 1, self._today, voided=False)
        self._known[built.key] = stored
        self.new[built.key] = store.RecordChange(stored, built, row.content, row.sent_digest)
        return row_verdict(row.number, Verdict.ADMITTED, stored.record_id, row.findings)

    def _amend(self, row: Judged, built: Built, stored: store.StoredRecord) -> RowVerdict:
        amended = replace(stored, content_digest=row.digest, generation=stored.generation + 1)
        self._known[built.key] = amended
        target = self.new if built.key in self.new else self.changed
        target[built.key] = store.RecordChange(amended, built, row.content, row.sent_digest)
        return row_verdict(row.number, Verdict.AMENDED, stored.record_id, row.findings)

    def events(self) -> list[Written]:
        return [
            *(_event(RecordAdmitted, change) for change in self.new.values()),
            *(_event(RecordAmended, change) for change in self.changed.values()),
        ]


def _event(kind: type[RecordAdmitted | RecordAmended], change: store.RecordChange) -> Written:
    """The record travels as the text that is stored; a test reads it back by its contract."""
    stored = change.stored
    data = (
        f'{{"record_id":"{stored.record_id}","generation":{stored.generation},'
        f'"first_submitted_on":"{stored.first_submitted_on}","record":{change.content}}}'
    )
    return Written(kind, stored.record_id, data)

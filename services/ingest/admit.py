"""Admit a batch (入库): judge every row, store what is new or changed, quarantine the rest, tell the house.

The caller's transaction holds all of it: a batch is stored whole or not at all.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b
from typing import TypeVar

from services.ingest import store
from services.ingest.domain.build import Built, build
from services.ingest.domain.checks import Day, judge
from services.ingest.domain.findings import Finding, Weight
from services.ingest.domain.parsed import Parsed, parse
from services.ingest.mapping.draft import read_row
from services.ingest.receipt import Receipt, RowVerdict, count, row_verdict
from services.ingest.submission import Submission
from shared.contracts.events import RecordAdmitted, RecordAmended
from shared.errors import FOREIGN_AUTHORITY, Problem
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import Verdict

_Told = TypeVar("_Told", RecordAdmitted, RecordAmended)

_WITHDRAWN = Finding(
    "V16", "", "The authority has withdrawn this decision; a changed content under the same number needs a person."
)


@dataclass(slots=True)
class _Judged:
    number: int
    findings: list[Finding]
    built: Built | None = None
    content: str = ""
    digest: str = ""


async def admit(work: UnitOfWork, submission: Submission, day: Day, sealer: Sealer) -> Receipt:
    """Give each row exactly one verdict. Raises `Problem` and stores nothing when a row is of a foreign authority."""
    judged = _judge_rows(submission, day, sealer)
    known = await store.find_records(work, [row.built.key for row in judged if row.built])
    changes = _Changes(work, submission.client, day.today, known)
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
    work.tell(*changes.events())
    return receipt


def _judge_rows(submission: Submission, day: Day, sealer: Sealer) -> list[_Judged]:
    parsed = [parse(read_row(submission.kind, row)) for row in submission.rows]
    _refuse_foreign(parsed, submission.authorities)
    return [_judge_row(number, row, day, sealer) for number, row in enumerate(parsed, start=1)]


def _refuse_foreign(rows: Sequence[Parsed], authorities: frozenset[str] | None) -> None:
    if authorities is None:
        return
    foreign = [
        number
        for number, row in enumerate(rows, start=1)
        if row.draft.get("authority_code") and row.draft.get("authority_code") not in authorities
    ]
    if foreign:
        raise Problem(
            FOREIGN_AUTHORITY,
            f"{len(foreign)} of {len(rows)} rows belong to an authority that this caller may not write for.",
            rows=foreign[:100],
        )


def _judge_row(number: int, parsed: Parsed, day: Day, sealer: Sealer) -> _Judged:
    findings = judge(parsed, day)
    if any(finding.weight is Weight.QUARANTINE for finding in findings):
        return _Judged(number, findings)
    built = build(parsed, sealer.keyed_digest)
    content = built.record.model_dump_json()
    private = json.dumps([built.private.name, built.private.id_number]) if built.private else ""
    digest = blake2b((content + (sealer.keyed_digest(private) if private else "")).encode(), digest_size=16)
    return _Judged(number, findings, built, content, digest.hexdigest())


class _Changes:
    """Decides row after row against what is stored and what earlier rows of the same batch made of it."""

    def __init__(self, work: UnitOfWork, client: str, today: date, known: dict[str, store.StoredRecord]) -> None:
        self._work = work
        self._client = client
        self._today = today
        self._known = known
        self.new: dict[str, store.RecordChange] = {}
        self.changed: dict[str, store.RecordChange] = {}

    def decide(self, row: _Judged) -> RowVerdict:
        if row.built is None:
            return row_verdict(row.number, Verdict.QUARANTINED, None, row.findings)
        stored = self._known.get(row.built.key)
        if stored is None:
            return self._admit(row, row.built)
        if stored.content_digest == row.digest:
            return row_verdict(row.number, Verdict.UNCHANGED, stored.record_id, row.findings)
        if stored.voided:
            return row_verdict(row.number, Verdict.QUARANTINED, stored.record_id, [*row.findings, _WITHDRAWN])
        return self._amend(row, row.built, stored)

    def _admit(self, row: _Judged, built: Built) -> RowVerdict:
        stored = store.StoredRecord(new_id(), row.digest, 1, self._today, voided=False)
        self._known[built.key] = stored
        self.new[built.key] = store.RecordChange(stored, built, row.content)
        return row_verdict(row.number, Verdict.ADMITTED, stored.record_id, row.findings)

    def _amend(self, row: _Judged, built: Built, stored: store.StoredRecord) -> RowVerdict:
        amended = replace(stored, content_digest=row.digest, generation=stored.generation + 1)
        self._known[built.key] = amended
        target = self.new if built.key in self.new else self.changed
        target[built.key] = store.RecordChange(amended, built, row.content)
        return row_verdict(row.number, Verdict.AMENDED, stored.record_id, row.findings)

    def events(self) -> list[RecordAdmitted | RecordAmended]:
        return [
            *(_event(RecordAdmitted, change) for change in self.new.values()),
            *(_event(RecordAmended, change) for change in self.changed.values()),
        ]


def _event(kind: type[_Told], change: store.RecordChange) -> _Told:
    return kind.model_construct(
        record_id=change.stored.record_id,
        generation=change.stored.generation,
        first_submitted_on=change.stored.first_submitted_on,
        record=change.built.record,
    )

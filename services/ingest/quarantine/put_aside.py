"""Put aside the rows of a batch that a check stopped (待核): sealed, with what stopped them. Serves G02 and G12."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from services.ingest.decide import Judged
from services.ingest.domain.findings import Weight
from services.ingest.receipt import RowVerdict
from services.ingest.submission import Submission
from services.ingest.tables import quarantined_code, quarantined_row
from shared.clock import legal_date
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import Verdict


async def insert_quarantined(
    work: UnitOfWork,
    batch_id: str,
    submission: Submission,
    judged: Sequence[Judged],
    verdicts: Sequence[RowVerdict],
    sealer: Sealer,
) -> None:
    """One row each, under a new identifier, with the codes that stopped it."""
    both = [pair for pair in zip(judged, verdicts, strict=True) if pair[1].verdict is Verdict.QUARANTINED]
    if not both:
        return
    # In the order of the rows, also within the same millisecond.
    names = sorted(new_id() for _ in both)
    stopped = [(name, *pair) for name, pair in zip(names, both, strict=True)]
    rows = [_row(work, batch_id, submission, *one, sealer) for one in stopped]
    codes = [
        {"code": code, "quarantine_id": quarantine_id}
        for quarantine_id, _, verdict in stopped
        for code in sorted({reason.code for reason in verdict.reasons if reason.weight is Weight.QUARANTINE})
    ]
    await work.connection.execute(quarantined_row.insert(), rows)
    await work.connection.execute(quarantined_code.insert(), codes)


def _row(
    work: UnitOfWork,
    batch_id: str,
    submission: Submission,
    quarantine_id: str,
    judged: Judged,
    verdict: RowVerdict,
    sealer: Sealer,
) -> dict[str, Any]:
    cells = json.dumps(submission.rows[verdict.row - 1], ensure_ascii=False)
    return {
        "batch_id": batch_id,
        "row": verdict.row,
        "quarantine_id": quarantine_id,
        "kind": submission.kind,
        "client": submission.client,
        "authority_code": judged.authority or None,
        "cells": sealer.seal(cells, seal_context(batch_id, verdict.row)),
        "findings": json.dumps([reason.model_dump() for reason in verdict.reasons], ensure_ascii=False),
        "quarantined_at": work.now,
        "due_from": _due_from(judged, legal_date(work.now)),
        "state": "waiting",
        "corrects": submission.corrects.get(verdict.row),
        "record_id": verdict.record_id,
    }


def _due_from(judged: Judged, today: date) -> date:
    """From when the reporting duty is counted: the decision; today where it cannot be read or lies ahead, since no
    decision that is handed in was taken later."""
    return min(judged.decided_on or today, today)


def seal_context(batch_id: str, row: int) -> str:
    """The place that the cells are sealed for."""
    return f"{batch_id}/{row}"

"""Look at the texts of a record as they were sent (调阅原文): masked, unless a person says why they are needed as such.

Each look at something is kept with who looked and, for unmasked texts, why (guarantees G12 and G14).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.originals.keep import open_original, read_originals
from services.ingest.originals.masking import masked
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import RecordKind, SubjectKind


@dataclass(frozen=True, slots=True)
class Writing:
    """One writing in which a record came: the columns that were corrected, with their texts."""

    batch_id: str
    row: int
    client: str
    received_at: datetime
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks; with a reason at the texts as they are, without one at masked ones."""

    actor: str
    unmasked_because: str | None = None


async def look_at_originals(
    work: UnitOfWork, record: Mapping[str, Any], looker: Looker, sealer: Sealer
) -> list[Writing]:
    """Every writing that is not the record's own, the newest first. `record` is a row of `store.RECORD`."""
    record_id, reason = record["record_id"], looker.unmasked_because
    rows = await read_originals(work.connection, record_id)
    if rows:
        how = {"masked": reason is None}
        work.audit(Act(Action.ORIGINAL_OPENED, looker.actor, record_id, record_id, reason, payload=how))
    content = json.loads(record["content"])
    kind = RecordKind(content["detail"]["kind"])
    is_person = content["subject"]["kind"] == SubjectKind.NATURAL_PERSON
    opened = [(row, open_original(row, sealer)) for row in rows]
    return [
        Writing(
            row.batch_id,
            row.row,
            row.client,
            row.received_at,
            cells if reason is not None else masked(kind, is_person, cells),
        )
        for row, cells in opened
    ]

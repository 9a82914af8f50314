"""What one call hands in."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.mapping.draft import Row
from shared.vocabulary import RecordKind


@dataclass(frozen=True, slots=True)
class Submission:
    """Rows of one kind from one client. `authorities` are those it may write for; None means any."""

    client: str
    kind: RecordKind
    rows: Sequence[Row]
    authorities: frozenset[str] | None

"""What one call hands in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.ingest.domain.findings import Finding
from services.ingest.mapping.draft import Row
from shared.vocabulary import RecordKind


@dataclass(frozen=True, slots=True)
class Submission:
    """Rows of one kind from one client. `authorities` are those it may write for; None means any.

    A batch is refused whole for a row of another authority; of a file that is read in slices the row itself is stopped
    (`refuse_foreign`). `faults` are what a reader found wrong with rows, by their place from 1; they are not judged.
    `corrects` names the quarantined row that a row was corrected from, by its place too.
    """

    client: str
    kind: RecordKind
    rows: Sequence[Row]
    authorities: frozenset[str] | None
    refuse_foreign: bool = True
    faults: Mapping[int, Sequence[Finding]] = field(default_factory=dict)
    corrects: Mapping[int, str] = field(default_factory=dict)

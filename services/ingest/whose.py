"""Whose a row is whose authority could not be read: so that the officer of that authority sees it waiting (待核).

It decides about sight alone: such a row is quarantined, and who corrects it says whose it is. Serves G02.
"""

from collections.abc import Sequence

from services.ingest.domain.findings import Finding
from services.ingest.domain.parsed import parse
from services.ingest.mapping.draft import Row, read_row
from services.ingest.submission import Submission
from shared.identifiers import Uscc


def sole_authority(submission: Submission) -> str:
    """The one authority for which the sender may write; empty where there are several or any."""
    authorities = submission.authorities
    return next(iter(authorities)) if authorities is not None and len(authorities) == 1 else ""


def authority_of_damaged(submission: Submission, number: int, faults: Sequence[Finding]) -> str:
    """By its own code when only other cells of it are damaged, else the sender's. In a row that is damaged as a whole
    cells may have moved, so none of them is believed."""
    row = submission.rows[number - 1]
    if row and all(fault.column for fault in faults):
        code = _code(submission, row)
        if code and (submission.authorities is None or code in submission.authorities):
            return code
    return sole_authority(submission)


def _code(submission: Submission, row: Row) -> str:
    authority = parse(read_row(submission.kind, row)).authority
    return authority.value if isinstance(authority, Uscc) else ""

"""Rows of the list that meet a record by subject and number, and rows of a subject that we know by other numbers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from services.ingest.identity.domain.known import Known
from services.ingest.identity.domain.match import Match, MatchKind, Reason
from services.ingest.identity.domain.proposal import Proposal, proposals_of
from services.ingest.identity.domain.resolve import resolve
from services.ingest.identity.domain.subjects import subject_of
from services.ingest.identity.look_up import look_up
from services.ingest.identity.store import insert_proposals
from services.ingest.provincial_list import store
from services.ingest.provincial_list.domain.fields import differences
from services.ingest.provincial_list.domain.outcome import FindingOutcome
from services.ingest.provincial_list.ours import claim_of, finding, our_claim, said_by, said_of
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

MOST_CANDIDATES = 5_000
MOST_RESOLVED = 20_000
"""Leftovers that one comparison shows to the resolver; a list of another province should not keep it busy for hours."""

_SAME = Reason("same_keys", "主体与文书号均相同", "Subject and document number are the same.")
_SUBJECT_LISTED = Reason(
    "subject_listed", "名单仅列主体，本方有其处罚信息", "The list names the subject only; we have penalties of it."
)
_NO_RECORD = Reason("no_record", "本方无该主体的处罚信息", "We have no penalty of this subject.")
_NO_NUMBER = Reason(
    "no_such_number", "本方有该主体的处罚信息，但无此文书号", "We have penalties of the subject, none with this number."
)
_NOT_EXAMINED = Reason(
    "not_examined", "未匹配条目过多，未逐一辨识", "Too many rows were left over; this one was not examined further."
)


async def match_entries(work: UnitOfWork, run: AnyRow, entries: Sequence[AnyRow], period: tuple[date, date]) -> int:
    """Write a finding for each row; returns how many were shown to the resolver."""
    joined = await store.join_records(work, run.list_id, entries[0].row, entries[-1].row)
    by_row = {row: list(found) for row, found in groupby(joined, key=lambda one: one.row)}
    known = await look_up(work.connection, [claim_of(entry) for entry in entries])
    rest = [entry for entry in entries if entry.row not in by_row]
    numbered = [entry for entry in rest if entry.document_key]
    candidates = await _candidates(work, numbered, known) if run.resolved < MOST_RESOLVED else None
    counts = await store.count_records(work, {_subject(one, known) for one in rest} - {""}, *period)
    findings: list[dict[str, Any]] = []
    proposals: list[Proposal] = []
    for entry in entries:
        if entry.row in by_row:
            findings.append(compared(entry, by_row[entry.row], known, (_SAME,)))
        elif not entry.document_key:
            findings.append(_subject_only(entry, counts.get(_subject(entry, known), 0)))
        elif candidates is None:
            findings.append(finding(entry, FindingOutcome.MISSING_HERE, because=(_NOT_EXAMINED,)))
        else:
            findings.append(_resolved(entry, candidates.get(_subject(entry, known), []), known, proposals))
    await store.insert_findings(work, run.comparison_id, findings)
    await insert_proposals(work, proposals, f"list {run.list_id}")
    return len(numbered)


def compared(entry: AnyRow, records: Sequence[AnyRow], known: Known, because: tuple[Reason, ...]) -> dict[str, Any]:
    """The finding about a row and its record. Where several authorities used the number, the one that agrees most."""
    names = known.names.get(_subject(entry, known), frozenset())

    def differing(row: AnyRow) -> list[Any]:
        return list(differences(said_by(entry), said_of(row.content, row.state)[0], names))

    best = min(records, key=lambda row: len(differing(row)))
    found = differing(best)
    outcome = FindingOutcome.DIFFERING if found else FindingOutcome.MATCHED
    return finding(entry, outcome, best.record_id, because, found)


def _subject_only(entry: AnyRow, records: int) -> dict[str, Any]:
    if records:
        return finding(entry, FindingOutcome.MATCHED, because=(_SUBJECT_LISTED,))
    return finding(entry, FindingOutcome.MISSING_HERE, because=(_NO_RECORD,))


async def _candidates(work: UnitOfWork, entries: Sequence[AnyRow], known: Known) -> Mapping[str, list[AnyRow]]:
    subjects = {_subject(entry, known) for entry in entries} - {""}
    rows = await store.records_of(work, subjects, MOST_CANDIDATES) if subjects else []
    found: dict[str, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.subject_key, []).append(row)
    return found


def _resolved(entry: AnyRow, records: Sequence[AnyRow], known: Known, proposals: list[Proposal]) -> dict[str, Any]:
    answers = list(_answers(entry, records, known, proposals))
    equal = [(row, match) for row, match in answers if match.kind is MatchKind.EQUAL]
    if equal:
        return compared(entry, [row for row, _ in equal], known, equal[0][1].because)
    for row, match in answers:
        return finding(entry, FindingOutcome.PROPOSED, row.record_id, match.because)
    return finding(entry, FindingOutcome.MISSING_HERE, because=(_NO_NUMBER if records else _NO_RECORD,))


def _answers(
    entry: AnyRow, records: Sequence[AnyRow], known: Known, proposals: list[Proposal]
) -> Iterator[tuple[AnyRow, Match]]:
    """Records that are equal to the row by what is known, or might be."""
    theirs = claim_of(entry)
    for row in records:
        said, number = said_of(row.content, row.state)
        ours = our_claim(row.subject_key, number, said.name)
        resolution = resolve(theirs, ours, known)
        if resolution.match.kind is not MatchKind.NONE:
            proposals.extend(proposals_of(theirs, ours, resolution))
            yield row, resolution.match


def _subject(entry: AnyRow, known: Known) -> str:
    if entry.subject_key.startswith("person-"):
        return str(entry.subject_key)
    claim = claim_of(entry)
    return subject_of(claim.subject, known, claim.key)

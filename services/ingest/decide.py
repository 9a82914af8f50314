"""What a judged row means for what is stored: new, changed, unchanged, withdrawn, or a matter for a person.

It goes row after row, so that rows of one batch about the same decision follow each other; it locks and stores
nothing. Serves G02, and G06: what was withdrawn stays withdrawn.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.ingest import store
from services.ingest.domain.build import Built
from services.ingest.domain.check_words import said
from services.ingest.domain.findings import Finding, Weight
from services.ingest.objections.domain.disproved import disproved_of
from services.ingest.receipt import RowVerdict, row_verdict
from shared.contracts.envelope import Written
from shared.contracts.events import RecordAdmitted, RecordAmended, RecordVoided, Withdrawal
from shared.ids import new_id
from shared.slices import Slices
from shared.vocabulary import Verdict

_ROWS_A_SLICE = 500

_WITHDRAWN = Finding("V16", "", said("withdrawn"))
_STAYS_WITHDRAWN = Finding("V16", "", said("stays_withdrawn"), Weight.NOTE)
_DISPROVED = Finding("objection", "", said("disproved"), Weight.WARNING)
_SAME_VERSION = Finding("V16", "", said("same_version"), Weight.WARNING)


class Judged(NamedTuple):
    """One row with its findings; a record is built only of a row that may pass. `unchanged` names the record that was
        made of the very same row; nothing else is said of it then.

        `outranked_by` are the systems whose content this row does not replace (source map); `withdrawal` is there when
    the row withdraws its decision; `authority` is empty when it could not be read. `is_late`: of a row that may pass,
    reported later than the duty allows. `original` are the texts as they came of columns that were corrected.
    `decided_on` is the day of the decision where it could be read.
    """

    number: int
    findings: Sequence[Finding] = ()
    built: Built | None = None
    digest: str = ""
    sent_digest: str = ""
    unchanged: str | None = None
    version: int | None = None
    withdrawal: Withdrawal | None = None
    outranked_by: frozenset[str] = frozenset()
    authority: str = ""
    is_late: bool = False
    original: Mapping[str, str] | None = None
    decided_on: date | None = None


class Changes:
    """Decides row after row against what is stored and what earlier rows of the same batch made of it."""

    def __init__(self, today: date, client: str, known: dict[str, store.StoredRecord]) -> None:
        self._today = today
        self._client = client
        self._known = known
        self._rows: dict[str, int] = {}
        self.new: dict[str, store.RecordChange] = {}
        self.changed: dict[str, store.RecordChange] = {}
        self.confirmed: dict[str, store.Confirmed] = {}

    def decide_all(self, rows: Sequence[Judged]) -> Slices[tuple[RowVerdict, ...]]:
        """One verdict a row, 2 µs each."""
        verdicts: list[RowVerdict] = []
        for at in range(0, len(rows), _ROWS_A_SLICE):
            if at:
                yield
            verdicts += map(self.decide, rows[at : at + _ROWS_A_SLICE])
        return tuple(verdicts)

    def decide(self, row: Judged) -> RowVerdict:
        if row.unchanged is not None:
            return row_verdict(row.number, Verdict.UNCHANGED, row.unchanged, row.findings)
        built = row.built
        if built is None:
            return row_verdict(row.number, Verdict.QUARANTINED, None, row.findings)
        if earlier := self._rows.get(built.key):
            row = row._replace(findings=[*row.findings, _twice(row.number - earlier)])
        self._rows[built.key] = row.number
        stored = self._known.get(built.key)
        return self._admit(row, built) if stored is None else self._meet(row, built, stored)

    def _meet(self, row: Judged, built: Built, stored: store.StoredRecord) -> RowVerdict:
        """A row about a decision that is known."""
        same = stored.content_digest == row.digest
        if stored.voided and not same and not row.withdrawal:
            return row_verdict(row.number, Verdict.QUARANTINED, stored.record_id, [*row.findings, _WITHDRAWN])
        if why := _why_kept(row, stored, same):
            return row_verdict(row.number, Verdict.UNCHANGED, stored.record_id, [*row.findings, why])
        if row.withdrawal:
            return self._void(row, built, stored)
        if same:
            return self._confirm(row, built, stored)
        if stored.disproved and (repeated := disproved_of(stored.disproved).repeated_in(built.record)):
            row = row._replace(findings=[*row.findings, _repeated(repeated)])
            return row_verdict(row.number, Verdict.QUARANTINED, stored.record_id, row.findings)
        if row.version is not None and row.version == stored.version:
            row = row._replace(findings=[*row.findings, _SAME_VERSION])
        return self._amend(row, built, stored)

    def _confirm(self, row: Judged, built: Built, stored: store.StoredRecord) -> RowVerdict:
        """The same content: only from whom it came last and in which version may be news."""
        client = stored.client if stored.client in row.outranked_by else self._client
        version = stored.version if row.version is None else row.version
        if (client, version) != (stored.client, stored.version):
            newer = stored._replace(client=client, version=version)
            self._known[built.key] = newer
            if built.key in self.new or built.key in self.changed:
                target = self.new if built.key in self.new else self.changed
                target[built.key] = target[built.key]._replace(stored=newer)
            else:
                self.confirmed[built.key] = store.Confirmed(stored.record_id, client, version)
        return row_verdict(row.number, Verdict.UNCHANGED, stored.record_id, row.findings)

    def _admit(self, row: Judged, built: Built) -> RowVerdict:
        """A decision that is not known; one that comes withdrawn already is kept, so that nobody admits it later."""
        voided = row.withdrawal is not None
        # By their places, without the constructor that a named tuple writes for itself: half of the time.
        stored = tuple.__new__(
            store.StoredRecord, (new_id(), row.digest, 1, self._today, voided, self._client, row.version, None)
        )
        self._known[built.key] = stored
        self.new[built.key] = _change(row, built, stored)
        verdict = Verdict.VOIDED if voided else Verdict.ADMITTED
        return row_verdict(row.number, verdict, stored.record_id, row.findings)

    def _amend(self, row: Judged, built: Built, stored: store.StoredRecord) -> RowVerdict:
        self._next(row, built, stored, voided=False)
        return row_verdict(row.number, Verdict.AMENDED, stored.record_id, row.findings)

    def _void(self, row: Judged, built: Built, stored: store.StoredRecord) -> RowVerdict:
        self._next(row, built, stored, voided=True)
        return row_verdict(row.number, Verdict.VOIDED, stored.record_id, row.findings)

    def _next(self, row: Judged, built: Built, stored: store.StoredRecord, *, voided: bool) -> None:
        newer = stored._replace(
            content_digest=row.digest,
            generation=stored.generation + 1,
            voided=voided,
            client=self._client,
            version=stored.version if row.version is None else row.version,
        )
        self._known[built.key] = newer
        self.confirmed.pop(built.key, None)
        target = self.new if built.key in self.new else self.changed
        target[built.key] = _change(row, built, newer)

    def events(self) -> list[Written | RecordVoided]:
        return [
            *(_event(RecordAdmitted, change) for change in self.new.values()),
            *(_event(RecordAmended, change) for change in self.changed.values()),
        ]

    def withdrawals(self) -> list[store.NewWithdrawal]:
        """What was withdrawn in this batch, for the history of the records."""
        changes = [*self.new.values(), *self.changed.values()]
        return [
            store.NewWithdrawal(change.stored.record_id, change.stored.generation, change.withdrawal)
            for change in changes
            if change.withdrawal
        ]


def _change(row: Judged, built: Built, stored: store.StoredRecord) -> store.RecordChange:
    return tuple.__new__(store.RecordChange, (stored, built, row.sent_digest, row.withdrawal))


def _event(kind: type[RecordAdmitted | RecordAmended], change: store.RecordChange) -> Written | RecordVoided:
    """The record travels as the text that is stored; a test reads it back by its contract."""
    stored = change.stored
    if change.withdrawal:
        return RecordVoided(record_id=stored.record_id, generation=stored.generation, withdrawal=change.withdrawal)
    head = (
        f'{{"record_id":"{stored.record_id}","generation":{stored.generation},'
        f'"first_submitted_on":"{stored.first_submitted_on.isoformat()}","record":'
    )
    return tuple.__new__(Written, (kind, stored.record_id, b"%b%b}" % (head.encode(), change.built.content)))


def split(events: Sequence[Written | RecordVoided]) -> tuple[list[Written], list[RecordVoided]]:
    """Those that are written already, and those that are told as values."""
    return [one for one in events if isinstance(one, Written)], [one for one in events if isinstance(one, RecordVoided)]


def _why_kept(row: Judged, stored: store.StoredRecord, same: bool) -> Finding | None:
    """Why what is stored stays as it is, whatever the row says."""
    if stored.voided:
        return _STAYS_WITHDRAWN
    if _is_older(row.version, stored.version):
        return _older(row.version, stored.version)
    if stored.disproved and not row.withdrawal and row.digest in disproved_of(stored.disproved).digests:
        return _DISPROVED
    if stored.client in row.outranked_by and (row.withdrawal or not same):
        return _outranked(stored.client)
    return None


def _repeated(fields: Sequence[str]) -> Finding:
    return Finding("objection", "", said("repeated", fields=", ".join(fields)))


def _is_older(sent: int | None, stored: int | None) -> bool:
    return sent is not None and stored is not None and sent < stored


def _older(sent: int | None, stored: int | None) -> Finding:
    return Finding("V16", "", said("older_version", sent=sent, stored=stored), Weight.NOTE)


def _outranked(client: str) -> Finding:
    return Finding("V12", "", said("outranked", client=client), Weight.NOTE)


def _twice(above: int) -> Finding:
    """By its distance: a batch counts its rows from 1, and the file of which it is a slice counts on."""
    message = said("row_above") if above == 1 else said("rows_above", n=above)
    return Finding("V12", "", message, Weight.NOTE)

"""Take what the business register says of subjects (登记状态), and tell the house what changed.

The newest day wins: an older notice never overwrites a younger one, whatever order they come in; both stay in the
history. It decides nothing about any record; clearing an abnormal operator's records needs a person
(苏应急函〔2022〕33号 §2(4)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select

from services.ingest.registry.store import note_statuses
from services.ingest.tables import subject_status
from shared.clock import legal_date
from shared.contracts.events import SubjectStatusChanged
from shared.database.upsert import upsert
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.identifiers import IdentifierProblem, parse_uscc, strip_control
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RegistryStatus

_KEYS_A_QUERY = 5_000


class Outcome(StrEnum):
    """What became of one row."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Notice:
    """One row as it was handed in."""

    uscc: str
    status: RegistryStatus
    as_of: date
    proof_reference: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one row, with the reason of a refusal."""

    row: int
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    generation: int
    notice: Notice


async def take_statuses(work: UnitOfWork, client: str, notices: Sequence[Notice]) -> list[Answer]:
    """One answer a row, in their order; the rows of one subject are taken one after the other."""
    read = [_read(notice, legal_date(work.now)) for notice in notices]
    known = await _find(work, sorted({one.uscc for one in read if isinstance(one, Notice)}))
    answers: list[Answer] = []
    changed: dict[str, _Stored] = {}
    told: list[Notice] = []
    strangers = {one.uscc for one in read if isinstance(one, Notice)} - known.keys()
    for number, one in enumerate(read, start=1):
        if isinstance(one, str):
            answers.append(Answer(number, Outcome.REFUSED, one))
            continue
        before = known.get(one.uscc)
        outcome = _compare(one, before)
        if outcome is Outcome.CHANGED:
            known[one.uscc] = changed[one.uscc] = _Stored(before.generation + 1 if before else 1, one)
        if outcome is not Outcome.UNCHANGED:
            told.append(one)
        answers.append(Answer(number, outcome))
    await _store(work, client, changed, strangers)
    await note_statuses(work, [_as_row(one, client) for one in told])
    work.tell(*(_event(stored) for stored in changed.values()))
    effect = effect_of(f"{uscc} {stored.generation}" for uscc, stored in changed.items())
    work.audit(Act(Action.SUBJECT_STATUS_TAKEN, client, "subject-statuses", effect=effect))
    return answers


def _read(notice: Notice, today: date) -> Notice | str:
    code = parse_uscc(notice.uscc)
    if isinstance(code, IdentifierProblem):
        return code.message
    if notice.as_of > today:
        return f"as_of lies after today, {today}"
    proof = strip_control(notice.proof_reference).strip()
    if not proof:
        return "proof_reference is empty; a status needs its proof"
    return Notice(str(code), notice.status, notice.as_of, proof)


def _compare(notice: Notice, before: _Stored | None) -> Outcome:
    if before is None or before.notice.as_of < notice.as_of:
        return Outcome.CHANGED
    if before.notice.as_of > notice.as_of:
        return Outcome.OUTDATED
    return Outcome.UNCHANGED if before.notice == notice else Outcome.CHANGED


async def _find(work: UnitOfWork, codes: Sequence[str]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    columns = subject_status.c
    for at in range(0, len(codes), _KEYS_A_QUERY):
        statement = select(subject_status).where(columns.uscc.in_(codes[at : at + _KEYS_A_QUERY]))
        for row in await work.connection.execute(statement.order_by(columns.uscc).with_for_update()):
            notice = Notice(row.uscc, RegistryStatus(row.status), row.as_of, row.proof_reference)
            found[row.uscc] = _Stored(row.generation, notice)
    return found


async def _store(work: UnitOfWork, client: str, changed: dict[str, _Stored], strangers: set[str]) -> None:
    # A plain insert for new subjects: when another batch was first, the caller judges this one anew.
    rows = [
        {**_as_row(stored.notice, client), "generation": stored.generation, "changed_at": work.now}
        for _, stored in sorted(changed.items())
    ]
    new = [row for row in rows if row["uscc"] in strangers]
    if new:
        await work.connection.execute(insert(subject_status), new)
    known = [row for row in rows if row["uscc"] not in strangers]
    if known:
        await work.connection.execute(upsert(work.dialect, subject_status, keys=("uscc",)), known)


def _as_row(notice: Notice, client: str) -> dict[str, Any]:
    return {
        "uscc": notice.uscc,
        "status": notice.status,
        "as_of": notice.as_of,
        "proof_reference": notice.proof_reference,
        "client": client,
    }


def _event(stored: _Stored) -> SubjectStatusChanged:
    return SubjectStatusChanged(
        uscc=stored.notice.uscc,
        generation=stored.generation,
        status=stored.notice.status,
        as_of=stored.notice.as_of,
        proof_reference=stored.notice.proof_reference,
    )

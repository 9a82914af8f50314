"""Take rows of the register: names, former names, old numbers and, where they tell it, the status (登记状态).

The newest day wins, whatever order the rows come in; a name that a younger one replaces becomes a former name. It
decides nothing about any record.
"""

from collections.abc import Sequence
from typing import Any

from services.ingest.registry import store
from services.ingest.registry.domain.entry import FormerKind, RegistryEntry, former_after, read_entry
from services.ingest.registry.store import StoredName
from services.ingest.subject_status import Answer, Notice, Outcome, take_statuses
from shared.clock import legal_date
from shared.messaging.unit_of_work import UnitOfWork


async def take_rows(work: UnitOfWork, client: str, rows: Sequence[RegistryEntry | str]) -> list[Answer]:
    """One answer a row, also for those of which the file could not be understood."""
    good = iter(await take_entries(work, client, [row for row in rows if isinstance(row, RegistryEntry)]))
    return [
        Answer(number, Outcome.REFUSED, row)
        if isinstance(row, str)
        else Answer(number, (one := next(good)).outcome, one.reason)
        for number, row in enumerate(rows, start=1)
    ]


async def take_entries(work: UnitOfWork, client: str, entries: Sequence[RegistryEntry]) -> list[Answer]:
    """One answer a row, in their order."""
    read = [read_entry(entry, legal_date(work.now)) for entry in entries]
    good = [one for one in read if isinstance(one, RegistryEntry)]
    statuses = iter(
        await take_statuses(
            work,
            client,
            [Notice(one.uscc, one.status, one.as_of, one.proof_reference) for one in good if one.status],
        )
    )
    names = await _take_names(work, client, good)
    answers = []
    names_in_order = iter(names)
    for number, one in enumerate(read, start=1):
        if isinstance(one, str):
            answers.append(Answer(number, Outcome.REFUSED, one))
            continue
        outcomes = {next(names_in_order)} | ({next(statuses).outcome} if one.status else set())
        answers.append(Answer(number, _summed(outcomes - {None})))
    return answers


def _summed(outcomes: set[Outcome | None]) -> Outcome:
    """A row changed something when its name or its status did."""
    for outcome in (Outcome.CHANGED, Outcome.OUTDATED):
        if outcome in outcomes:
            return outcome
    return Outcome.UNCHANGED


async def _take_names(work: UnitOfWork, client: str, entries: Sequence[RegistryEntry]) -> list[Outcome | None]:
    """What became of the name of each row; None where it told none."""
    codes = sorted({one.uscc for one in entries})
    names = _Names(client, await store.find_names(work, codes), await store.find_former(work.connection, codes))
    outcomes = [names.take(one) for one in entries]
    await store.insert_names(work, [row for code, row in names.stored.items() if code in names.strangers])
    await store.update_names(work, [row for code, row in names.stored.items() if code not in names.strangers])
    await store.add_former(work, names.formers.values())
    return outcomes


class _Names:
    """Takes row after row against what is stored and what earlier rows made of it."""

    def __init__(
        self, client: str, known: dict[str, StoredName], known_formers: dict[str, set[tuple[str, str]]]
    ) -> None:
        self._client = client
        self._known = known
        self._known_formers = known_formers
        self.strangers: set[str] = set()
        self.stored: dict[str, dict[str, Any]] = {}
        self.formers: dict[tuple[str, str, str], dict[str, Any]] = {}

    def take(self, one: RegistryEntry) -> Outcome | None:
        before = self._known.get(one.uscc)
        outcome = _compare(one, before)
        told = {(str(kind), value) for kind, value in one.formers}
        if before is not None and outcome in (Outcome.CHANGED, Outcome.OUTDATED):
            younger, older = (one, before) if outcome is Outcome.CHANGED else (before, one)
            told |= {(str(FormerKind.NAME), name) for name in former_after(younger.name, [older.name])}
        if outcome is Outcome.CHANGED or (outcome and before and before.as_of < one.as_of):
            self._store(one, before)
        return Outcome.CHANGED if self._add_formers(one, told) else outcome

    def _store(self, one: RegistryEntry, before: StoredName | None) -> None:
        if before is None:
            self.strangers.add(one.uscc)
        self._known[one.uscc] = StoredName(one.name, one.as_of)
        self.stored[one.uscc] = {"uscc": one.uscc, "name": one.name, **self._proof(one)}

    def _add_formers(self, one: RegistryEntry, told: set[tuple[str, str]]) -> bool:
        known = self._known_formers.setdefault(one.uscc, set())
        new = told - known
        known |= new
        for kind, value in new:
            self.formers[one.uscc, kind, value] = {"uscc": one.uscc, "kind": kind, "value": value, **self._proof(one)}
        return bool(new)

    def _proof(self, entry: RegistryEntry) -> dict[str, Any]:
        return {"as_of": entry.as_of, "proof_reference": entry.proof_reference, "client": self._client}


def _compare(entry: RegistryEntry, before: StoredName | None) -> Outcome | None:
    if not entry.name:
        return None
    if before is None:
        return Outcome.CHANGED
    if before.name == entry.name:
        return Outcome.UNCHANGED
    return Outcome.OUTDATED if before.as_of > entry.as_of else Outcome.CHANGED

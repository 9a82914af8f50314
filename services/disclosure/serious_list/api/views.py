"""What readers of the serious list see: the whole of an entry for officers, the public items for everyone."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from services.disclosure.serious_list.domain.duties import duties
from services.disclosure.serious_list.domain.entry import Action, EntryState
from services.disclosure.serious_list.people import PersonRole
from services.disclosure.serious_list.store import window_of
from shared.database.types import AnyRow
from shared.policy import explain_listing
from shared.policy.wording import Language
from shared.vocabulary import SubjectKind
from shared.workdays import WorkCalendar


class Standing(BaseModel):
    """An entry after an act."""

    entry_id: str
    state: EntryState
    version: int


class PersonView(BaseModel):
    """A person as the public sees them: the number shows its first four and last two characters."""

    role: PersonRole
    name: str
    id_number: str


class DutyView(BaseModel):
    """A deadline that runs; provisional beyond the announced calendar (暂定期限)."""

    deadline: str
    last_day: date
    provisional: bool


class StepView(BaseModel):
    """One act: who, why, when, with what."""

    version: int
    action: Action
    from_state: EntryState | None
    to_state: EntryState
    actor: str
    reason: str
    taken_on: date
    taken_at: datetime
    detail: dict[str, Any]


class PublicEntry(BaseModel):
    """What 令11 makes public, with persons masked. `objected_on` is the day since which an objection to the penalty
    behind the entry is open (异议标注); `previous_last_day` is the end under the older rule of an entry that was
    carried over (Q15); `situation_words` say what `situation` is."""

    entry_id: str
    subject_name: str
    uscc: str | None
    address: str | None
    people: list[PersonView]
    situation: str
    situation_words: str
    authority_name: str
    document_number: str | None
    listed_from: date
    last_day: date
    previous_last_day: date | None
    rule: str
    objected_on: date | None


class EntrySummary(Standing):
    """An entry in a list for officers."""

    subject_kind: SubjectKind
    subject_name: str
    uscc: str | None
    authority_code: str
    situation: str
    starts_on: date | None
    closes_on: date | None
    early_removal_from_on: date | None
    reviewed: bool
    duties: list[DutyView]


class EntryView(EntrySummary):
    """The whole of an entry."""

    region: str
    address: str | None
    authority_name: str
    record_id: str | None
    document_number: str | None
    ban_until: date | None
    offline_on: date | None
    previous_closes_on: date | None
    people: list[PersonView]
    steps: list[StepView]
    explanation: list[str]


def person_views(rows: Sequence[AnyRow]) -> list[PersonView]:
    return [PersonView(role=row.role, name=row.public_name, id_number=row.public_number) for row in rows]


def public_entry(row: AnyRow, people: Sequence[AnyRow], situation_words: str) -> PublicEntry:
    window = window_of(row)
    return PublicEntry(
        entry_id=row.entry_id,
        subject_name=row.subject_name,
        uscc=row.uscc,
        address=row.address,
        people=person_views(people),
        situation=row.situation,
        situation_words=situation_words,
        authority_name=row.authority_name,
        document_number=row.document_number,
        listed_from=row.starts_on,
        last_day=row.closes_on,
        previous_last_day=window.previous_closes_on if window else None,
        rule=window.provenance.article if window else "",
        objected_on=row.objected_on,
    )


def summary(row: AnyRow, calendar: WorkCalendar) -> EntrySummary:
    return EntrySummary(**_summary_fields(row, calendar))


def entry_view(
    row: AnyRow, people: Sequence[AnyRow], steps: Sequence[AnyRow], calendar: WorkCalendar, lang: Language
) -> EntryView:
    window = window_of(row)
    return EntryView(
        **_summary_fields(row, calendar),
        region=row.region,
        address=row.address,
        authority_name=row.authority_name,
        record_id=row.record_id,
        document_number=row.document_number,
        ban_until=row.ban_until,
        offline_on=row.offline_on,
        previous_closes_on=window.previous_closes_on if window else None,
        people=person_views(people),
        steps=[_step(step) for step in steps],
        explanation=explain_listing(window, lang) if window else [],
    )


def _summary_fields(row: AnyRow, calendar: WorkCalendar) -> dict[str, Any]:
    running = duties(EntryState(row.state), row.state_since_on, calendar)
    return {
        **{name: getattr(row, name) for name in EntrySummary.model_fields if name != "duties"},
        "duties": [
            DutyView(deadline=duty.deadline, last_day=duty.last_day, provisional=duty.provisional) for duty in running
        ],
    }


def _step(row: AnyRow) -> StepView:
    fields = {name: getattr(row, name) for name in StepView.model_fields if name != "detail"}
    return StepView(**fields, detail=json.loads(row.detail))

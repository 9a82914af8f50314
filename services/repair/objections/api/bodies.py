"""What callers send about objections, and what they are told."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from services.repair.objections.domain.decision import Decision
from services.repair.objections.domain.machine import About, ObjectionState
from shared.identifiers import strip_control
from shared.vocabulary import RemedyOutcome
from shared.web.identifier import PATTERN


def _readable(text: str) -> str:
    """Without signs that a database refuses or a reader cannot see."""
    visible = strip_control(text).strip()
    if not visible:
        raise ValueError("a text is needed")
    return visible


Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_readable)]
Short = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_readable)]


class ObjectionBody(BaseModel):
    """What is objected to. `received_on` is the day on which the bureau got it, when that was before today."""

    model_config = ConfigDict(extra="forbid")
    record_id: str = Field(pattern=PATTERN)
    about: About
    statement: Text
    contact: Short
    received_on: date | None = None


class CheckBody(BaseModel):
    """Which other unit has to check what (协查)."""

    model_config = ConfigDict(extra="forbid")
    unit: Short
    question: Annotated[str, Field(min_length=1, max_length=1500), AfterValidator(_readable)]


class TextBody(BaseModel):
    """The answer of the other unit, or why the objection is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: Text


class ConfirmationBody(BaseModel):
    """Whether a second person agrees to what was proposed (双人复核)."""

    model_config = ConfigDict(extra="forbid")
    agreed: bool
    reason: Text


class UndoneBody(BaseModel):
    """When a wrong sanction was undone, when its holder was told, and by which letter or entry."""

    model_config = ConfigDict(extra="forbid")
    undone_on: date
    told_on: date
    reference: Short


OBJECTION = TypeAdapter(ObjectionBody)
CHECK = TypeAdapter(CheckBody)
TEXT = TypeAdapter(TextBody)
DECISION = TypeAdapter(Decision)
CONFIRMATION = TypeAdapter(ConfirmationBody)
UNDONE = TypeAdapter(UndoneBody)


class ObjectionStatus(BaseModel):
    """Where an objection is after a call."""

    objection_id: str
    state: ObjectionState


class FiledObjection(ObjectionStatus):
    """A new objection: the record is marked, and answered by `answer_due_at`."""

    answer_due_at: datetime
    provisional: bool = Field(description="A day of the term lies in a year that is not announced yet (暂定期限).")


class ObjectionSummary(ObjectionStatus):
    """One line of the list."""

    record_id: str
    about: About
    authority_code: str
    by_subject: bool
    received_on: date
    filed_at: datetime
    answer_due_at: datetime | None = Field(description="Nothing once it was answered.")
    provisional: bool
    is_overdue: bool
    minutes_left: int | None = Field(description="Minutes of work until the answer is due; negative when it is over.")


class StepView(BaseModel):
    """One step: who, when, why."""

    action: str
    from_state: str | None
    to_state: str
    actor: str
    reason: str
    taken_at: datetime


class SanctionView(BaseModel):
    """One wrong sanction, and what was noted about undoing it."""

    number: int
    measure: str
    holder: str
    undone_on: date | None
    told_on: date | None
    reference: str | None


class Reconsideration(BaseModel):
    """救济途径 after a rejection."""

    text: str
    citation: str


class ObjectionView(ObjectionSummary):
    """An objection with its history. `statement` has numbers of persons masked; `contact` is for whoever handles it."""

    statement: str
    contact: str | None
    decision: dict[str, Any] | None
    proposed_by: str | None
    decided_by: str | None
    answered_at: datetime | None
    in_time: bool | None
    outcome: RemedyOutcome | None
    outcome_reasons: list[str]
    reconsideration: Reconsideration | None
    closed_at: datetime | None
    steps: list[StepView]
    sanctions: list[SanctionView]

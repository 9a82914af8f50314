"""What callers send about applications; every act carries its reason, every step the version that it was decided on."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from services.repair.applications.decide import Decision
from services.repair.applications.file import MOST_RECORDS
from services.repair.applications.serve import Way
from shared.identifiers import strip_control
from shared.web.identifier import PATTERN


def _readable(text: str) -> str:
    """Without signs that a database refuses or a reader cannot see."""
    visible = strip_control(text).strip()
    if not visible:
        raise ValueError("a reason is needed")
    return visible


Reason = Annotated[str, Field(max_length=2000, description="Why; kept with the step."), AfterValidator(_readable)]
RecordId = Annotated[str, Field(pattern=PATTERN)]


class Body(BaseModel):
    """What all of them have in common: nothing that is not named, and no value in an error text."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ApplicationBody(Body):
    """Which records the application is for: one, or several of one subject."""

    record_id: RecordId | None = None
    record_ids: list[RecordId] = Field(default=[], max_length=MOST_RECORDS)
    reason: Reason | None = None

    @model_validator(mode="after")
    def _some(self) -> "ApplicationBody":
        if bool(self.record_id) == bool(self.record_ids):
            raise ValueError("give either record_id or record_ids")
        return self

    @property
    def wanted(self) -> list[str]:
        return [self.record_id] if self.record_id else self.record_ids


class StepBody(Body):
    """A step that brings nothing but its reason."""

    version: int = Field(ge=1, description="The version of the application that the step was decided on.")
    reason: Reason


class AcceptanceBody(StepBody):
    """Whether the application is taken up (受理)."""

    accepted: bool


class ServiceBody(StepBody):
    """How the result reached the applicant (送达)."""

    way: Way


class OtherwiseBody(Body):
    """A record about which the opposite is decided, and why (部分准予)."""

    record_id: RecordId
    reason: Reason


class DecisionBody(StepBody):
    """What was decided of all records, and of which otherwise."""

    decision: Decision
    otherwise: list[OtherwiseBody] = Field(default=[], max_length=MOST_RECORDS)


APPLICATION = TypeAdapter(ApplicationBody)
STEP = TypeAdapter(StepBody)
ACCEPTANCE = TypeAdapter(AcceptanceBody)
SERVICE = TypeAdapter(ServiceBody)
DECISION = TypeAdapter(DecisionBody)

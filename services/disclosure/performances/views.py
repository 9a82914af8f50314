"""What the endpoints of performance take and give. Decides nothing."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.disclosure.performances.domain.standing import Outcome, Standing, Statement, Step
from services.disclosure.performances.state import Result
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.web.identifier import PATTERN

MOST_RECORDS = 500
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PerformanceBody(_Body):
    """`on` is the day of performance, or the day on which it was established that there was none."""

    statement: Statement
    on: date
    reason: Reason


class StatedRecord(_Body):
    """The same of one record of several."""

    record_id: Annotated[str, Field(pattern=PATTERN)]
    statement: Statement
    on: date


class PerformancesBody(_Body):
    """Several records with one reason; of a record that stands twice the last word counts."""

    records: Annotated[list[StatedRecord], Field(min_length=1, max_length=MOST_RECORDS)]
    reason: Reason


class ClosingBody(_Body):
    """How the task ended: performed by the subject, enforced, or enforcement terminated."""

    outcome: Literal[Outcome.PERFORMED, Outcome.ENFORCED, Outcome.TERMINATED]
    on: date
    reason: Reason


class ResultView(BaseModel):
    """How a record stands now, or why nothing was stored of it."""

    record_id: str
    standing: Standing | None
    refusal: str | None


class Results(BaseModel):
    """One result a record."""

    items: list[ResultView]


class ClosingReceipt(BaseModel):
    record_id: str
    standing: Standing
    outcome: Outcome


class PerformanceView(BaseModel):
    """One record of the list. `on`, `reason`, `actor` and `at` are those of the newest step; `offline_on` is the day
    from which nobody may see it."""

    record_id: str
    document_number: str
    subject_name: str | None
    subject_key: str | None
    region: str | None
    authority: str
    decided_on: date | None
    offline_on: date | None
    standing: Standing
    outcome: Outcome | None
    opened_at: datetime | None
    on: date
    reason: str
    actor: str
    at: datetime


class StepView(BaseModel):
    step: Step
    outcome: Outcome | None
    on: date
    reason: str
    actor: str
    at: datetime


class PerformanceStory(PerformanceView):
    """One record with every step, the oldest first."""

    steps: list[StepView]


def result_view(result: Result) -> ResultView:
    return ResultView(record_id=result.record_id, standing=result.standing, refusal=result.refusal)


def view(row: AnyRow) -> PerformanceView:
    return PerformanceView(**_values(row))


def story(row: AnyRow, steps: list[StepView]) -> PerformanceStory:
    return PerformanceStory(**_values(row), steps=steps)


def step_view(row: AnyRow) -> StepView:
    return StepView(step=row.step, outcome=row.outcome, on=row.on_day, reason=row.reason, actor=row.actor, at=row.at)


def _values(row: AnyRow) -> dict[str, object]:
    record = Record.model_validate_json(row.body)
    plain = (
        "record_id", "subject_name", "subject_key", "region", "decided_on", "offline_on", "standing", "outcome",
        "opened_at", "reason", "actor", "at",
    )  # fmt: skip
    own = {"document_number": record.document_number, "authority": record.issuing_authority.name, "on": row.on_day}
    return {name: getattr(row, name) for name in plain} | own

"""`POST /v1/eligibility`: may these records be repaired, and from which day."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from services.repair.api.desk import Desk
from services.repair.eligibility.domain.verdict import Eligibility, Ground
from services.repair.eligibility.look import Asker, look, look_at_entries
from shared.clock import legal_date
from shared.identifiers import IdentifierProblem, parse_uscc
from shared.vocabulary import Audience, Severity
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.identifier import PATTERN
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/eligibility", tags=["eligibility"])

MOST_RECORDS = 100
Asking = Annotated[Caller, requires(Scope.REPAIR_WRITE)]


def _uscc(text: str) -> str:
    found = parse_uscc(text)
    if isinstance(found, IdentifierProblem):
        raise ValueError(found.message)
    return str(found)


class EligibilityBody(BaseModel):
    """Which records, and for which subject they would be applied for."""

    model_config = ConfigDict(extra="forbid")
    record_ids: list[Annotated[str, StringConstraints(pattern=PATTERN)]] = Field(default=[], max_length=MOST_RECORDS)
    entry_ids: list[Annotated[str, StringConstraints(pattern=PATTERN)]] = Field(
        default=[], max_length=MOST_RECORDS, description="Entries of the serious list, for an early removal."
    )
    uscc: Annotated[str, Field(max_length=40), AfterValidator(_uscc)] | None = Field(
        default=None, description="The applicant. Records of another subject are then answered as unknown."
    )

    @model_validator(mode="after")
    def _some(self) -> "EligibilityBody":
        if not self.record_ids and not self.entry_ids:
            raise ValueError("give record_ids or entry_ids")
        return self


class ReasonView(BaseModel):
    """One reason, the article behind it, and the audience that it comes from."""

    ground: Ground
    sentence: str
    article: str | None
    audience: Audience | None


class _Answered(BaseModel):
    eligible: bool
    possible_from: date | None = Field(description="First possible day; empty where no day makes it possible.")
    severity: Severity | None
    reasons: list[ReasonView]


class EligibilityView(_Answered):
    """The answer for one record."""

    record_id: str


class EntryView(_Answered):
    """The answer for one entry of the serious list."""

    entry_id: str


class EligibilityAnswer(BaseModel):
    """One answer a record, in the order asked, for the day on which it was asked."""

    as_of: date
    answers: list[EligibilityView]
    entries: list[EntryView]


_BODY = TypeAdapter(EligibilityBody)
_DOCUMENTED = {"requestBody": documented(_BODY, JSON)["requestBody"]}


@router.post("", summary="May these records be repaired", openapi_extra=_DOCUMENTED)
async def post_eligibility(
    request: Request, caller: Asking, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> EligibilityAnswer:
    """Answered at once and nothing is stored. What is unknown and what is somebody else's have the same answer."""
    body = await parsed(request, _BODY)
    today = legal_date(desk.clock.now())
    async with desk.database.reading() as connection:
        records = await look(connection, body.record_ids, Asker(caller, body.uscc), today)
        entries = await look_at_entries(connection, body.entry_ids, Asker(caller, body.uscc), today)
    return EligibilityAnswer(
        as_of=today,
        answers=[EligibilityView(record_id=one.record_id, **_view(one)) for one in records],
        entries=[EntryView(entry_id=one.record_id, **_view(one)) for one in entries],
    )


def _view(one: Eligibility) -> dict[str, Any]:
    reasons = [
        ReasonView(ground=why.ground, sentence=why.sentence, article=why.article, audience=why.audience)
        for why in one.reasons
    ]
    return {
        "eligible": one.eligible,
        "possible_from": one.possible_from,
        "severity": one.severity,
        "reasons": reasons,
    }

"""What callers send about the serious list, over HTTP or from a terminal: one body an act; each carries its reason."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.serious_list.domain.entry import Action, Step
from services.disclosure.serious_list.open_entry import Candidate, Earlier, notice_texts
from services.disclosure.serious_list.people import Person, PersonRole
from shared.policy.list_rules import NoticeItem, RemovalCondition
from shared.vocabulary import SubjectKind

NoticeText = Annotated[str, Field(min_length=1, max_length=4000)]
Reason = Annotated[str, Field(min_length=1, max_length=2000, description="Why; kept with the step.")]
DocumentNumber = Annotated[str, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class PersonBody(_Body):
    """A person of the entry (有关人员)."""

    role: PersonRole
    name: str = Field(min_length=1, max_length=50)
    id_number: str = Field(min_length=5, max_length=30)


class SubjectBody(_Body):
    """Whom the entry is about."""

    kind: SubjectKind
    name: str = Field(min_length=1, max_length=200)
    uscc: str | None = Field(default=None, max_length=18, description="Required unless a natural person.")
    address: str | None = Field(default=None, max_length=300, description="登记注册地址")


class AuthorityBody(_Body):
    """The body that imposed the penalty decides on the listing (谁处罚、谁决定、谁负责)."""

    code: str = Field(min_length=6, max_length=18)
    name: str = Field(min_length=1, max_length=200)
    region: str = Field(pattern=r"^[1-9]\d{5}$", description="Six-digit division code.")


class _OpenBody(_Body):
    subject: SubjectBody
    people: list[PersonBody] = Field(default=[], max_length=20)
    authority: AuthorityBody
    situation: str = Field(min_length=1, max_length=20, description="A situation of the list rule in force.")
    record_id: str | None = Field(default=None, pattern="^[0-9a-f]{32}$", description="The penalty behind it.")
    reason: Reason

    def candidate(self) -> Candidate:
        return Candidate(
            kind=self.subject.kind,
            name=self.subject.name,
            uscc=self.subject.uscc,
            address=self.subject.address,
            people=[Person(one.role, one.name, one.id_number) for one in self.people],
            authority_code=self.authority.code,
            authority_name=self.authority.name,
            region=self.authority.region,
            situation=self.situation,
            record_id=self.record_id,
        )


class NoticeBody(_OpenBody):
    """The prior notice (列入前告知). An item left out must follow before a decision is possible."""

    notice: dict[NoticeItem, NoticeText] = Field(min_length=1)


class RegistrationBody(_OpenBody):
    """An entry that was listed before (登记既有名单信息). The days before the listing belong to one that a region's
    transition had carried over from an older list (晋应急发〔2023〕386号 §4)."""

    listed_on: date
    published_on: date
    applied_for_listing_on: date | None = Field(default=None, description="Of the original application (carried over).")
    previously_published_on: date | None = Field(default=None, description="Of the older entry (carried over).")
    ban_until: date | None = None
    document_number: DocumentNumber

    def earlier(self) -> Earlier:
        return Earlier(
            listed_on=self.listed_on,
            published_on=self.published_on,
            ban_until=self.ban_until,
            document_number=self.document_number,
            applied_for_listing_on=self.applied_for_listing_on,
            previously_published_on=self.previously_published_on,
        )


class _StepBody(_Body):
    version: int = Field(ge=1, description="The version of the entry that the decision was taken on.")
    reason: Reason


class SupplementNotice(_StepBody):
    """The rest of the prior notice; representations begin anew."""

    action: Literal[Action.SERVE_NOTICE]
    notice: dict[NoticeItem, NoticeText] = Field(min_length=1)


class Decide(_StepBody):
    """The decision to list (决定列入), with the last day of a statutory ban if there is one."""

    action: Literal[Action.DECIDE]
    document_number: DocumentNumber
    ban_until: date | None = None


class ReEnter(_StepBody):
    """An older entry carried over by a region's transition (晋应急发〔2023〕386号 §4)."""

    action: Literal[Action.RE_ENTER]
    applied_for_listing_on: date
    situation: str = Field(min_length=1, max_length=20)


class ApproveRemoval(_StepBody):
    """Early removal, with the conditions that the authority has verified."""

    action: Literal[Action.APPROVE_REMOVAL]
    conditions: list[RemovalCondition] = Field(max_length=10)


class Plain(_StepBody):
    """Every act that brings nothing but its reason."""

    action: Literal[
        Action.HEAR,
        Action.WAIVE,
        Action.DROP,
        Action.LIST,
        Action.CONFIRM_REVIEW,
        Action.APPLY_REMOVAL,
        Action.ACCEPT_REMOVAL,
        Action.DECLINE_REMOVAL,
        Action.REFUSE_REMOVAL,
        Action.REVOKE_REMOVAL,
        Action.WITHDRAW,
    ]


StepBody = Annotated[SupplementNotice | Decide | ReEnter | ApproveRemoval | Plain, Field(discriminator="action")]

NOTICE: TypeAdapter[NoticeBody] = TypeAdapter(NoticeBody)
REGISTRATION: TypeAdapter[RegistrationBody] = TypeAdapter(RegistrationBody)
STEP: TypeAdapter[StepBody] = TypeAdapter(StepBody)


def step_of(body: StepBody, on: date) -> tuple[Step, dict[str, Any]]:
    """The act on a legal date, and what of its body is kept with it."""
    match body:
        case SupplementNotice():
            step = Step(action=body.action, on=on, notice=frozenset(body.notice))
            return step, {"notice": notice_texts(body.notice)}
        case Decide():
            step = Step(action=body.action, on=on, ban_until=body.ban_until)
            return step, _kept(body, "document_number", "ban_until")
        case ReEnter():
            step = Step(
                action=body.action,
                on=on,
                applied_for_listing_on=body.applied_for_listing_on,
                situation=body.situation,
            )
            return step, _kept(body, "applied_for_listing_on", "situation")
        case ApproveRemoval():
            step = Step(action=body.action, on=on, conditions=frozenset(body.conditions))
            return step, _kept(body, "conditions")
        case Plain():
            return Step(action=body.action, on=on), {}


def _kept(body: Decide | ReEnter | ApproveRemoval, *names: str) -> dict[str, Any]:
    return body.model_dump(mode="json", include=set(names), exclude_none=True)

"""What the campaign's endpoints take and give. Decides nothing."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.disclosure.campaign.domain.words import Channel, Clearing, Group, Outcome
from services.disclosure.forms.domain.buckets import Bucket
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.reasons import READABLE
from shared.vocabulary import TakeDownReason


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CampaignBody(_Body):
    """The window of days of decision; the letter of 2022 names 2019-01-01 to 2021-12-31."""

    title: str = Field(min_length=1, max_length=200)
    decided_from: date = date(2019, 1, 1)
    decided_to: date = date(2021, 12, 31)
    reason: str = Field(min_length=1, max_length=500, pattern=READABLE)


class ApprovalBody(_Body):
    """`digest` of the preview that the approver saw, and why these records are taken down."""

    what: Clearing
    digest: str = Field(min_length=32, max_length=32)
    explanation: str = Field(min_length=1, max_length=500, pattern=READABLE)


class ContactBody(_Body):
    """One contact. Names and numbers of persons do not belong here; numbers are masked."""

    subject_key: str = Field(min_length=1, max_length=80)
    contacted_on: date
    channel: Channel
    outcome: Outcome
    note: str = Field(default="", max_length=500)


class GroupView(BaseModel):
    records: int
    subjects: int


class CampaignView(BaseModel):
    """A campaign; `groups` as they were on the day the list was formed."""

    campaign_id: str
    title: str
    decided_from: date
    decided_to: date
    reason: str
    formed_on: date
    formed_by: str
    formed_at: datetime
    groups: dict[Group, GroupView] = {}


class SubjectView(BaseModel):
    subject_key: str
    subject_name: str | None
    records: int
    first_decided_on: date
    last_decided_on: date


class PreviewView(BaseModel):
    """A dry run. `held_back`: grave records of abnormal operators (cleared as `grave`); `more`: batches follow."""

    what: Clearing
    reason: TakeDownReason
    records: int
    by_region: dict[str, int]
    held_back: int
    more: bool
    digest: str
    first: list[str] = Field(description="The first 100 records of the batch.")


class ActView(BaseModel):
    act_id: str
    records: int


class ContactView(BaseModel):
    contact_id: str
    subject_key: str
    contacted_on: date
    channel: Channel
    outcome: Outcome
    note: str
    logged_by: str
    logged_at: datetime


class Logged(BaseModel):
    contact_id: str


class GuidanceView(BaseModel):
    """A subject to contact, with the outcome of the last contact."""

    subject_key: str
    subject_name: str | None
    records: int
    repair_from_on: date
    closes_on: date
    contacted_on: date | None
    outcome: Outcome | None


class ExitView(BaseModel):
    """A subject whose penalties have all ended: how many the public saw of them, why they left, when the last did."""

    subject_key: str
    subject_name: str | None
    region: str
    records: int
    grounds: dict[Bucket, int]
    last_decided_on: date
    last_shown_on: date


class ProgressView(BaseModel):
    region: str
    name: str
    total: int
    done: int
    percent: float


def contact_view(row: AnyRow) -> ContactView:
    values: dict[str, Any] = {name: getattr(row, name) for name in ContactView.model_fields}
    return ContactView(**values)


def campaign_view(row: AnyRow | None, groups: dict[str, tuple[int, int]]) -> CampaignView:
    if row is None:
        raise Problem(NOT_FOUND, "There is no such campaign.")
    sizes = {Group(name): GroupView(records=counts[0], subjects=counts[1]) for name, counts in groups.items()}
    return CampaignView(**row._mapping, groups=sizes)

"""What callers see and send about subscribers and changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.domain.signing import Algorithm
from services.sync.webhooks.feed import Watch
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.replay import What
from services.sync.webhooks.subscribers import LONGEST_NAME, Wanted
from shared.outbound.guard import LONGEST_URL, EgressRules
from shared.reasons import READABLE
from shared.vocabulary import Portal, RecordKind
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.instant import NamedInstant
from shared.web.scopes import Scope


@dataclass(frozen=True)
class Subscriptions:
    """What the endpoints of subscribers need besides the desk, put on `app.state`."""

    keys: KeyRing
    rules: EgressRules
    most: int
    watch: Watch


def _subscriptions(request: Request) -> Subscriptions:
    found: Subscriptions = request.app.state.subscriptions
    return found


TheSubscriptions = Annotated[Subscriptions, Depends(_subscriptions)]
Manager = Annotated[Caller, requires(Scope.SUBSCRIBERS_MANAGE)]
FeedReader = Annotated[Caller, requires(Scope.CHANGES_READ)]

Reason = Annotated[str, Field(min_length=1, max_length=300, pattern=READABLE)]
Region = Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WantedBody(_Sent):
    """Where a subscriber is told, and of what; an empty list means everything. Regions are beginnings of codes."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=READABLE)]
    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    types: Annotated[list[ChangeType], Field(max_length=20)] = Field(default_factory=list)
    kinds: Annotated[list[RecordKind], Field(max_length=20)] = Field(default_factory=list)
    regions: Annotated[list[Region], Field(max_length=100)] = Field(default_factory=list)

    def wanted(self) -> Wanted:
        return Wanted(self.name, self.url, self.types, self.kinds, self.regions)


class NewSubscriber(WantedBody):
    """新增订阅方. `v1` is HMAC-SHA256 with a shared secret, `v1a` is Ed25519 with our public key."""

    signature: Algorithm = Algorithm.HMAC


class ChangedSubscriber(WantedBody):
    """What is wanted from now on, whole, and why."""

    reason: Reason


class Because(_Sent):
    """Why."""

    reason: Reason


class Rotation(Because):
    """轮换密钥. The old key goes on signing beside the new one for so many hours."""

    overlap_hours: Annotated[float, Field(ge=0, le=168)] = 24


class ReplayAsked(Because):
    """重投: one delivery by its number, all since an instant, or all that failed."""

    what: What
    sequence: Annotated[int, Field(ge=1, le=2**62)] | None = None
    since: NamedInstant | None = None


class SubscriberView(BaseModel):
    """One subscriber and how its endpoint is doing. `last_sequence` is the number of its newest delivery; up to
    `settled_through` everything was delivered or given up as failed."""

    subscriber_id: str
    name: str
    url: str
    types: list[ChangeType]
    kinds: list[RecordKind]
    regions: list[str]
    from_position: int
    last_sequence: int
    settled_through: int
    waiting: int
    oldest_waiting_at: datetime | None
    failed: int
    state: str
    state_at: datetime
    state_by: str
    state_reason: str | None
    failures: int
    failing_since: datetime | None
    held_until: datetime | None
    last_success_at: datetime | None
    public_keys: list[str]
    created_at: datetime
    created_by: str


class KeyTold(BaseModel):
    """What checks our signatures. A secret is shown in this answer and never again; rotate again if it is lost."""

    subscriber_id: str
    secret: str | None
    public_key: str | None


class StateView(BaseModel):
    subscriber_id: str
    state: str


class Tested(BaseModel):
    """The number of the test event."""

    subscriber_id: str
    sequence: int


class ReplayView(BaseModel):
    """How far a replay is: done when `finished_at` is there."""

    replay_id: str
    what: What
    since: datetime | None
    next_sequence: int
    last_sequence: int
    requeued: int
    requested_at: datetime
    requested_by: str
    reason: str
    finished_at: datetime | None


class DeliveryView(BaseModel):
    """One event for one subscriber. `type` is null for a test event, `next_try_at` when it has ended and while the
    endpoint is paused; it is never a time at which the endpoint is left alone."""

    sequence: int
    webhook_id: str
    position: int | None
    type: ChangeType | None
    record_id: str | None
    portal: Portal | None
    state: str
    attempts: int
    next_try_at: datetime | None
    stored_at: datetime
    ended_at: datetime | None


class AttemptView(BaseModel):
    """One try. `outcome`: delivered, refused (another status), unreachable, uncertain, forbidden by the guard, or
    forgotten (not sent: the change is no longer kept)."""

    outcome: str
    status: int | None
    message: str | None
    attempted_at: datetime
    seconds: float


class DeliveryDetail(DeliveryView):
    tries: list[AttemptView]


class FeedQuery(_Sent):
    """Which stretch of the feed, and how long to wait when nothing is new."""

    after: Annotated[int, Field(ge=0, le=2**62)] | None = Field(
        default=None,
        description="The last position that the caller has; without it the oldest that is kept comes first.",
    )
    limit: int = Field(default=200, ge=1, le=1000, description="Positions at most.")
    wait: float = Field(default=0, ge=0, le=25, description="Seconds to wait when there is nothing new.")
    region: str = Field(default="", pattern="^[0-9]{0,12}$", description="Beginning of a division code (行政区划代码).")
    kind: RecordKind | None = Field(default=None, description="Only records of this kind.")


class ChangeView(BaseModel):
    """One change. A tombstone (墓碑) says that the record is to disappear, or has."""

    position: int
    type: ChangeType
    at: datetime
    record_id: str
    portal: Portal
    generation: int
    kind: RecordKind | None
    region: str | None
    drift: str | None
    tombstone: bool
    link: str


class ChangesView(BaseModel):
    """Everything after `after` up to `position`; pass `position` as `after` to go on.

    Nothing is missing when `items` and `skipped` together are `position - after`; in step when `position` is `head`.
    """

    items: list[ChangeView]
    after: int
    position: int
    skipped: int
    head: int

"""What an adapter to a public portal must do. Three very different transports fit behind it.

The core never learns a portal's words: it hands over a `Record`, gets outcomes and sightings back, and compares
what is shown with what the adapter says should be shown.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from services.sync.domain.channel import Pace
from services.sync.domain.stages import Progress
from shared.contracts.records import Record
from shared.errors import Unavailable
from shared.vocabulary import Portal, RecordKind, TakeDownReason


class PortalUnavailable(Unavailable):
    """The portal as a whole does not answer, is in maintenance, or asks us to slow down."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RequestRefused(Exception):
    """The portal refused several orders as one and did not say which is at fault: they are sent again in halves."""


class IncompleteListing(Exception):
    """A listing ended before the portal had shown everything it announced. Nothing may be concluded from it."""


class Outcome(StrEnum):
    """What a portal answered to one order."""

    TAKEN = "taken"  # 已接收: acknowledged, to be seen
    PENDING = "pending"  # 待回执: a receipt must be collected
    REFUSED = "refused"  # 已退回: a normal answer, with a reason
    UNCERTAIN = "uncertain"  # 未知: the write may or may not have happened; read back
    NOT_SENT = "not_sent"  # 未送达: surely not taken; only the core says this, after `PortalUnavailable`


@dataclass(frozen=True)
class PushOrder:
    """Show or hide one record. `generation` grows with every order for the same record on the same portal."""

    record_id: str
    generation: int
    take_down: bool
    record: Record
    closes_on: date | None
    reason: TakeDownReason | None = None

    @property
    def idempotency_key(self) -> str:
        return f"{self.record_id}-{self.generation}"


@dataclass(frozen=True)
class PushResult:
    """The portal's answer to one order. `receipt` is set while it is PENDING; `code` and `message` when refused.

    `progress` is set when a portal that decides by stages says how far a pending order has come.
    """

    record_id: str
    generation: int
    outcome: Outcome
    receipt: str | None = None
    code: str | None = None
    message: str | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class PendingReceipt:
    """An order whose answer is still to come."""

    record_id: str
    generation: int
    receipt: str


FACES = ("detail", "search", "list")
"""What a look is taken at: absence and presence are proven on all three of them, or not at all (guarantee G05)."""


class Sight(StrEnum):
    """What a look at the public face showed."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Sighting:
    """One look at one record. ABSENT only when detail, search and list all answered and none shows it (G05).

    PRESENT when any of them shows it: `where` names those that do, `blind` those that could not be read. `fields` are
    the values shown, in the adapter's normalised form; `others` holds, by face, what differs from them.
    """

    sight: Sight
    fields: Mapping[str, str] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    explanation: str = ""
    blind: tuple[str, ...] = ()
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Listed:
    """One entry of a portal's listing."""

    portal_key: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Digested:
    """One entry of a listing of which the values are not needed: `digest` is `domain.shown.digest` of its fields."""

    portal_key: str
    digest: str


@dataclass(frozen=True)
class Checkpoint:
    """How far a listing was read: its last page, what that page held, and the totals announced so far."""

    path: str
    keys: str
    listed: int
    lowest: int
    highest: int


@dataclass(frozen=True)
class ListedPage:
    """One page of a listing that can be gone on with behind it, or a part of a file, which is read from its beginning:
    that has no checkpoint."""

    entries: Sequence[Digested]
    checkpoint: Checkpoint | None = None


class ListingMoved(Exception):
    """A listing is not what it was at the checkpoint: it has to be read from its beginning."""


@dataclass(frozen=True)
class PortalLimits:
    """What the portal allows: orders in one request, requests at once, looks at once, and requests in a time.

    `cache_life` (缓存期) is how long its pages may show an earlier state: a look counts when one after that agrees.
    """

    orders_a_request: int
    requests_at_once: int
    looks_at_once: int
    pace: Pace = field(default_factory=Pace)
    cache_life: timedelta = timedelta()


class PortalAdapter(Protocol):
    """The conformance suite in `tests/conformance` is the rest of this definition."""

    @property
    def portal(self) -> Portal: ...

    @property
    def limits(self) -> PortalLimits: ...

    @property
    def kinds(self) -> frozenset[RecordKind]:
        """The kinds of record that the portal shows."""
        ...

    def portal_key(self, record: Record) -> str:
        """What identifies the record on this portal: issuing authority, document number and subject."""
        ...

    def shown(self, record: Record, closes_on: date) -> Mapping[str, str]:
        """The values that the public face must show, comparable with `Sighting.fields` and `Listed.fields`."""
        ...

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        """Send up to `limits.orders_a_request` orders; one result each, in any order.

        Raises `PortalUnavailable` only when the portal surely took none of them, and `RequestRefused` when it refused
        more than one as a whole: an order is refused only when it stands alone or the portal names it.
        """
        ...

    async def collect_receipts(self, pending: Sequence[PendingReceipt]) -> Sequence[PushResult]:
        """The answers that have arrived meanwhile; those still open are left out, or PENDING with their progress."""
        ...

    async def look(self, record: Record) -> Sighting:
        """Look as a citizen would: at the detail page, and by search and list."""
        ...

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        """Everything the public face shows, page by page. Raises `IncompleteListing` when it is cut short."""
        ...

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        """Whether the portal's answers still have the form that the adapter knows: a sentence for each departure.

        `known` are records that were lately seen there. Raises `PortalUnavailable` when nobody answers, which proves
        nothing.
        """
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...


@runtime_checkable
class PagedListing(Protocol):
    """What an adapter can do besides: hand out its listing part by part as digests, which is all that a
    reconciliation needs of it, and go on where it was when the parts are pages with addresses."""

    def pages(self, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        """`listing` with digests for fields, going on behind a checkpoint that it gave. Raises `ListingMoved` when that
        cannot be trusted."""
        ...


Look = Callable[[Record], Awaitable[Sighting]]
"""`PortalAdapter.look`."""


@runtime_checkable
class LooksTogether(Protocol):
    """What an adapter can do besides when its pages show many records: one reading serves all that are looked at."""

    def look_together(self, records: Sequence[Record]) -> Look:
        """`look` for these records, all of which are looked at from now on: no page may be older than this call."""
        ...


@runtime_checkable
class GroupsOrders(Protocol):
    """What an adapter can do besides when the orders of one request must have something in common, as an enterprise.

    Each group is pushed by itself, so that the channel counts its request and hears what the portal says to it.
    """

    def request_of(self, record: Record) -> str:
        """What the orders of one request share."""
        ...


@runtime_checkable
class KeepsDigests(Protocol):
    """What an adapter can do besides when the portal keeps digests of its entries by bucket (分桶摘要)."""

    def digest_values(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        """The values over which the portal makes the digest of an entry."""
        ...

    async def groups(self) -> Sequence[str]:
        """One digest a group of buckets, in order."""
        ...

    async def buckets(self, group: int) -> Sequence[tuple[int, int]]:
        """Number of entries and sum of their digests, one pair a bucket of the group, in order."""
        ...

    async def entries(self, buckets: Sequence[int]) -> Sequence[tuple[str, int]]:
        """Key and digest of every entry in these buckets."""
        ...

"""Send one delivery to its endpoint and say what came of it. No transaction is open meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from services.sync.webhooks.deliveries import webhook_id
from services.sync.webhooks.domain.changes import Change, told, told_as_test
from services.sync.webhooks.domain.patience import GONE, asked_pause
from services.sync.webhooks.domain.signing import headers
from services.sync.webhooks.endpoints import Endpoint
from services.sync.webhooks.handed import Handed
from services.sync.webhooks.noting import Attempt
from shared.clock import stopwatch, wall_time
from shared.database.types import AnyRow
from shared.errors import Unavailable
from shared.outbound.client import NotSent
from shared.outbound.egress import AddressRefused, Posted

_HEADERS = {"content-type": "application/json", "user-agent": "creditsync-webhooks"}


class Sender(Protocol):
    """What brings a body to an address: `shared.outbound.egress.Egress`."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Parcel:
    """A delivery that was claimed, with where it goes."""

    endpoint: Endpoint
    row: AnyRow | Handed


@dataclass(frozen=True)
class Answer:
    """An attempt, and what the endpoint asked for beside it."""

    endpoint: Endpoint
    attempt: Attempt
    asked: timedelta | None = None
    leads_on: bool = False
    """Something waited for this one when it was claimed."""

    @property
    def is_awaited(self) -> bool:
        """Somebody waits for its note: the next of its record, or whoever else sends to an endpoint that fails."""
        return self.leads_on or self.ends or not self.attempt.ok

    @property
    def ends(self) -> bool:
        """The endpoint wants nothing more now, or for ever."""
        return self.asked is not None or self.attempt.status == GONE


async def send(egress: Sender, parcel: Parcel) -> Answer:
    """The time in the signature is the real one, whatever clock the house lives by: a receiver compares it."""
    endpoint, row, body = parcel.endpoint, parcel.row, _body(parcel.row)
    name = webhook_id(endpoint.subscriber_id, row.sequence)
    signed = headers(endpoint.signing, name, int(wall_time().timestamp()), body)
    started = stopwatch()
    outcome, status, message, asked = "refused", None, None, None
    try:
        posted = await egress.post(endpoint.url, body, _HEADERS | signed)
        outcome = "delivered" if posted.ok else "refused"
        status, asked = posted.status, asked_pause(posted.status, posted.retry_after, wall_time())
    except AddressRefused as error:
        outcome, message = "forbidden", str(error)
    except NotSent as error:
        outcome, message = "unreachable", str(error)
    except Unavailable as error:
        outcome, message = "uncertain", str(error)
    attempt = Attempt(row.sequence, row.attempts, outcome, status, message, stopwatch() - started)
    return Answer(endpoint, attempt, asked, _leads_on(parcel))


def unforeseen(parcel: Parcel, error: Exception, seconds: float) -> Answer:
    """A send that failed in a way that nobody foresaw: it may have arrived. The error's text is not told: it may quote
    what was sent."""
    row = parcel.row
    attempt = Attempt(row.sequence, row.attempts, "uncertain", None, f"failed with {type(error).__name__}", seconds)
    return Answer(parcel.endpoint, attempt, leads_on=_leads_on(parcel))


def _leads_on(parcel: Parcel) -> bool:
    return bool(parcel.row.is_followed or parcel.endpoint.failures)


def _body(row: AnyRow | Handed) -> bytes:
    if row.told is None:
        return told_as_test(row.sequence, row.stored_at)
    return told(change_of(row), row.sequence)


def change_of(row: AnyRow | Handed) -> Change:
    """A row of `change` as a value."""
    return Change(
        position=row.position,
        type=row.type,
        at=row.at,
        record_id=row.record_id,
        portal=row.portal,
        generation=row.generation,
        kind=row.kind,
        region=row.region,
        detail=row.detail,
    )

"""Where a subscriber is told, and with which keys: one look, right before deliveries are claimed for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, select

from services.sync.webhooks.deliveries import may_be_sent_to
from services.sync.webhooks.domain.signing import SigningKey
from services.sync.webhooks.handed import Handed
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.tables import subscriber, subscriber_key
from shared.database.engine import Database
from shared.database.lookup import Lookup
from shared.database.types import Instant


@dataclass(frozen=True)
class Endpoint:
    """How often it failed in a row, and the keys that sign now, the newest first. Two are equal when they lead to the
    same place with the same keys."""

    subscriber_id: str
    url: str
    failures: int = field(compare=False)
    signing: Sequence[SigningKey] = field(repr=False)


def of_handed(ring: KeyRing, one: Handed) -> Endpoint:
    """Deliveries are handed over only while all is well."""
    return Endpoint(one.subscriber_id, one.url, 0, [ring.opened(key) for key in one.sealed_keys()])


async def find(database: Database, ring: KeyRing, subscriber_id: str, now: datetime) -> Endpoint | None:
    """None while nothing may be sent to it."""
    rows = await database.find_all(_ENDPOINT, of_subscriber=subscriber_id, now=now)
    if not rows:
        return None
    signing = [ring.opened(row) for row in rows if row["key_id"] is not None]
    return Endpoint(subscriber_id, rows[0]["url"], rows[0]["failures"], signing)


def signs(now: BindParameter[datetime]) -> ColumnElement[bool]:
    """The key is the subscriber's, and has not been replaced for good."""
    return and_(
        subscriber_key.c.subscriber_id == subscriber.c.subscriber_id,
        or_(subscriber_key.c.expires_at.is_(None), subscriber_key.c.expires_at > now),
    )


_NOW = bindparam("now", type_=Instant)
_ENDPOINT = Lookup(
    select(
        subscriber.c.url,
        subscriber.c.failures,
        subscriber_key.c.key_id,
        subscriber_key.c.algorithm,
        subscriber_key.c.sealed,
    )
    .select_from(subscriber.outerjoin(subscriber_key, signs(_NOW)))
    .where(subscriber.c.subscriber_id == bindparam("of_subscriber"), may_be_sent_to(_NOW))
    .order_by(subscriber_key.c.key_id.desc())
)

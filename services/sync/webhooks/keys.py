"""Keys of subscribers: made once, sealed at rest, opened only to sign (guarantee G12)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from services.sync.webhooks.domain.signing import SECRET_BYTES, Algorithm, SigningKey, public_key, shown_secret
from services.sync.webhooks.tables import subscriber_key
from shared.database.connection import AsyncConnection
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer, fresh_secret


@dataclass(frozen=True)
class NewKey:
    """What the subscriber needs for checking: the shared secret, which is told once, or our public key."""

    secret: str | None
    public_key: str | None


class KeyRing:
    """Makes and opens keys; the sealer is made when it is first needed."""

    def __init__(self, sealer: Callable[[], Sealer]) -> None:
        self._make = sealer

    @cached_property
    def _sealer(self) -> Sealer:
        return self._make()

    async def make(self, work: UnitOfWork, subscriber_id: str, algorithm: Algorithm) -> NewKey:
        """A further key of this subscriber; from now on it signs."""
        key_id, secret = new_id(), fresh_secret(SECRET_BYTES)
        public = public_key(secret) if algorithm is Algorithm.ED25519 else None
        row: dict[str, Any] = {
            "key_id": key_id,
            "subscriber_id": subscriber_id,
            "algorithm": algorithm,
            "sealed": self._sealer.seal(secret.hex(), _place(key_id)),
            "public_key": public,
            "created_at": work.now,
            "expires_at": None,
        }
        await work.connection.execute(insert(subscriber_key), row)
        return NewKey(None if public else shown_secret(secret), public)

    def opened(self, row: Mapping[str, Any]) -> SigningKey:
        """The key of a row, ready to sign."""
        secret = bytes.fromhex(self._sealer.open(bytes(row["sealed"]), _place(row["key_id"])))
        return SigningKey(Algorithm(row["algorithm"]), secret)


async def expire(work: UnitOfWork, subscriber_id: str, at: datetime) -> None:
    """The keys that sign now stop at this instant, unless they stop earlier anyway."""
    mine = subscriber_key.c.subscriber_id == subscriber_id
    longer = or_(subscriber_key.c.expires_at.is_(None), subscriber_key.c.expires_at > at)
    await work.connection.execute(update(subscriber_key).where(mine, longer).values(expires_at=at))


async def count_signing(work: UnitOfWork, subscriber_id: str) -> int:
    """How many keys sign now."""
    columns = subscriber_key.c
    signing = or_(columns.expires_at.is_(None), columns.expires_at > work.now)
    counted = select(func.count()).select_from(subscriber_key).where(columns.subscriber_id == subscriber_id, signing)
    return int(await work.connection.scalar(counted) or 0)


async def forget(work: UnitOfWork, subscriber_id: str) -> None:
    await work.connection.execute(delete(subscriber_key).where(subscriber_key.c.subscriber_id == subscriber_id))


async def public_keys(connection: AsyncConnection, subscriber_id: str, now: datetime) -> list[str]:
    """The public keys that may be met in signatures now, the newest first."""
    columns = subscriber_key.c
    statement = select(columns.public_key).where(
        columns.subscriber_id == subscriber_id,
        columns.public_key.is_not(None),
        or_(columns.expires_at.is_(None), columns.expires_at > now),
    )
    return list((await connection.execute(statement.order_by(columns.key_id.desc()))).scalars())


async def algorithm_of(connection: AsyncConnection, subscriber_id: str) -> Algorithm:
    """How the newest key of a subscriber signs."""
    columns = subscriber_key.c
    newest = select(columns.algorithm).where(columns.subscriber_id == subscriber_id).order_by(columns.key_id.desc())
    return Algorithm((await connection.execute(newest.limit(1))).scalar_one())


def _place(key_id: str) -> str:
    return f"subscriber_key.{key_id}"

"""A changing call takes effect once, however often it is repeated (guarantees G01 and G15).

The key, the digest of the request and the answer are stored in the transaction that does the work, so that none
of them can be there without the others. An endpoint looks like this:

    call = await changing_call(request, caller)
    async with unit_of_work(database, clock) as work:
        return await once(work, call, lambda: accept(work, batch))

A refused call (any `Problem`) rolls back and stores nothing: its key is free again.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import Row, String, bindparam, delete, exists, func, literal, select, true

from shared.database.connection import AsyncConnection
from shared.database.mechanics import idempotency_key as stored
from shared.errors import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, IN_PROGRESS, MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, Effect
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller

HEADER = "Idempotency-Key"
REPLAY_HEADER = "Idempotent-Replay"
_CALLER, _KEY_TEXT = bindparam("caller", type_=String()), bindparam("key", type_=String())
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True)
class ChangingCall:
    """Who wants what changed: equal for a repetition, and different for anything else."""

    caller: str
    key: str
    digest: bytes
    target: str


@dataclass(frozen=True)
class Reply:
    """An answer as it is stored and sent."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"


def reply(status: int, model: BaseModel) -> Reply:
    return Reply(status, model.model_dump_json().encode())


async def changing_call(request: Request, caller: Caller) -> ChangingCall:
    """Read the key and digest method, path, query, content type and body. Refuses a call without a usable key."""
    key = usable_key(request)
    return changing_call_with(request, caller, key, await request.body())


def changing_call_with(request: Request, caller: Caller, key: str, body: bytes) -> ChangingCall:
    """The same for a body that was not kept in memory: `body` is its digest."""
    target = f"{request.method} {request.url.path}"
    return ChangingCall(caller.client_id, key, request_digest(request, body), target)


def usable_key(request: Request) -> str:
    """The key of a changing call, or the problem that there is none; asked before a large body is read."""
    key = request.headers.get(HEADER, "").strip()
    if not key:
        raise Problem(IDEMPOTENCY_KEY_MISSING, f"The header {HEADER} is missing.", header=HEADER)
    if not _KEY.fullmatch(key):
        reason = "1 to 200 printable ASCII characters without spaces"
        raise Problem(MALFORMED, "The key cannot be used.", errors=[{"field": HEADER, "reason": reason}])
    return key


def request_digest(request: Request, body: bytes) -> bytes:
    """SHA-256 over what makes two requests the same; lengths keep the parts from running into each other."""
    digest = hashlib.sha256()
    media_type = request.headers.get("content-type", "")
    for part in (request.method, request.url.path, request.url.query, media_type):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4) + encoded)
    digest.update(body)
    return digest.digest()


async def once(work: UnitOfWork, call: ChangingCall, produce: Callable[[], Awaitable[Reply]]) -> Response:
    """The answer of `produce` the first time, and the stored answer each time after that.

    Call it before anything else in the transaction. The same call at the same moment waits on SQLite, where
    writers queue, and is told `request-in-progress` on PostgreSQL, so that it holds no connection while waiting.
    """
    earlier = await _earlier(work, call)
    if earlier is not None:
        return _replayed(call, earlier)
    answer = await produce()
    if not work.audited:
        work.audit(_act(call, answer))
    _store(work, call, answer)
    return Response(answer.body, answer.status, media_type=answer.media_type)


async def is_answered(connection: AsyncConnection, caller: Caller, key: str) -> bool:
    """Whether a call with this key was answered, so that what holds for new calls only is not asked of a repetition.
    `once` compares the calls."""
    mine = (stored.c.caller == caller.client_id) & (stored.c.idempotency_key == key)
    return bool(await connection.scalar(select(exists().where(mine))))


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Drop keys stored before an instant; callers may rely on a key for as long as the timer leaves them."""
    return (await connection.execute(delete(stored).where(stored.c.stored_at < before))).rowcount


async def _earlier(work: UnitOfWork, call: ChangingCall) -> Row[Any] | None:
    """The stored answer. On PostgreSQL the same statement takes the lock of this key until the transaction ends."""
    names = {"caller": call.caller, "key": call.key}
    row = (await work.connection.execute(_LOCK_AND_LOOK if work.dialect == "postgresql" else _LOOK, names)).one()
    if row.request_digest is not None:
        return row
    if not row.free:
        raise Problem(IN_PROGRESS, "The same request is being worked on.", retry_after_seconds=1)
    return None


def _store(work: UnitOfWork, call: ChangingCall, answer: Reply) -> None:
    row = {
        "caller": call.caller,
        "idempotency_key": call.key,
        "request_digest": call.digest,
        "status": answer.status,
        "response": answer.body,
        "media_type": answer.media_type,
        "stored_at": work.now,
    }
    # The other call may have committed between our look and our lock. Its effect stands, ours is rolled back.
    served = Problem(IN_PROGRESS, "The same request has just been served.", retry_after_seconds=1)
    work.store(stored, [row], taken=served)


def _act(call: ChangingCall, answer: Reply) -> Act:
    """No call that took effect is without an entry (guarantee G14), whatever its use case says of itself."""
    effect = Effect(1, hashlib.sha256(answer.body).hexdigest())
    payload = {"request": call.digest.hex(), "status": answer.status}
    return Act(Action.CALL_TAKEN, call.caller, call.target[:80], effect=effect, payload=payload)


def _replayed(call: ChangingCall, row: Row[Any]) -> Response:
    if row.request_digest != call.digest:
        raise Problem(IDEMPOTENCY_KEY_REUSED, "The stored request with this key is another one.")
    return Response(row.response, row.status, {REPLAY_HEADER: "true"}, media_type=row.media_type)


def _look(free: Any) -> Any:
    one = select(free.label("free")).subquery("one")
    matches = (stored.c.caller == _CALLER) & (stored.c.idempotency_key == _KEY_TEXT)
    columns = (stored.c.request_digest, stored.c.status, stored.c.response, stored.c.media_type)
    return select(one.c.free, *columns).select_from(one.outerjoin(stored, matches))


# Advisory locks belong to the whole database, so the schema is part of the name.
_LOCK_NAME = func.concat_ws(chr(31), func.current_schema(), _CALLER, _KEY_TEXT)
_LOOK = _look(true())
_LOCK_AND_LOOK = _look(func.pg_try_advisory_xact_lock(func.hashtextextended(_LOCK_NAME, literal(0))))

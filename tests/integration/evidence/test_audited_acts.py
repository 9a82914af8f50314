"""What the services keep of their acts: one entry an act, in its transaction, without personal data (G12 and G14)."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from fastapi import Request

from shared.evidence.entry import system
from shared.messaging.unit_of_work import unit_of_work
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once
from tests.support.audit_log import AuditLog, act


def request(path: str, key: str) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    headers = [(b"idempotency-key", key.encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers, "server": None}
    return Request(scope, receive)


async def called(log: AuditLog, key: str, *, says: bool) -> None:
    """A changing call, as an endpoint carries it out."""
    caller = Caller("officer", frozenset(), frozenset())
    call = await changing_call(request("/v1/lamps", key), caller)
    async with unit_of_work(log.database, log.clock) as work:

        async def produce() -> Reply:
            if says:
                work.audit(act(1))
            return Reply(201, b'{"lamp":1}')

        await once(work, call, produce)


async def test_every_changing_call_leaves_an_entry_even_when_its_use_case_says_nothing(log: AuditLog) -> None:
    await called(log, "first", says=False)
    await called(log, "first", says=False)
    await called(log, "second", says=True)
    rows = {row["action"]: row for row in await log.rows()}
    assert len(await log.rows()) == len(rows) == 2
    taken = rows["call.taken"]
    assert (taken["actor"], taken["subject"]) == ("officer", "POST /v1/lamps")
    assert taken["effect_digest"] == hashlib.sha256(b'{"lamp":1}').hexdigest()
    assert json.loads(taken["payload"])["status"] == 201
    assert rows["repair.decided"]["actor"] == "officer-1"


async def test_numbers_of_persons_in_a_reason_are_masked_before_they_are_kept_for_ever(log: AuditLog) -> None:
    async with unit_of_work(log.database, log.clock) as work:
        work.audit(replace(act(1), reason="当事人 11010519491231002X，电话 13912345678", actor=system("test")))
    [row] = await log.rows()
    assert "11010519491231002X" not in row["reason"]
    assert "13912345678" not in row["reason"]
    assert row["reason"].startswith("当事人 1101")

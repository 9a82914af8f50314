"""Numbering is planned once, perhaps while tables are known to be empty: when they have grown it must cost no more."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from services.sync.webhooks.domain.patience import LEASE
from services.sync.webhooks.numbering_at_once import at_once
from shared.clock import Clock
from tests.support.plans import nodes, readers_of_more_than
from tests.support.subscriber_fake import SubscriberHouse
from tests.support.sync_house import sync_house

HELD = 3_000
AT_ONCE = 100
pytestmark = pytest.mark.real

_IDS = f"(SELECT n, lpad(to_hex(n), 32, '0') AS record_id FROM generate_series(1, {HELD}) n) AS i"  # noqa: S608
_GROWN = (
    "INSERT INTO feed_entry SELECT record_id, 'credit_china', 1, '', n, n FROM " + _IDS,  # noqa: S608
    """INSERT INTO delivery (subscriber_id, sequence, position, record_id, state, attempts, next_try_at, stored_at)
        SELECT (SELECT subscriber_id FROM subscriber), n, n, record_id, 'delivered', 1, now(), now() FROM """  # noqa: S608
    + _IDS,
    """INSERT INTO change (position, type, record_id, portal, generation, at)
        SELECT n, 'display.show_ordered', record_id, 'credit_china', 1, now() FROM """  # noqa: S608
    + _IDS,
    f"UPDATE feed_head SET position = {HELD}",  # noqa: S608
    f"UPDATE subscriber_sequence SET last = {HELD}",  # noqa: S608
)
_ORDERED = """INSERT INTO change (type, record_id, portal, generation, at)
    SELECT $1::text, lpad(to_hex(n), 32, '0'), 'credit_china', 2, now() FROM generate_series(1, $2) n"""


@pytest.mark.parametrize("order", ["display.show_ordered", "display.hide_ordered"])
async def test_numbering_reads_what_it_numbers_however_much_is_held(
    postgres_url: str, tmp_path: Path, order: str
) -> None:
    async with sync_house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as house:
        subs = SubscriberHouse(house)
        await subs.enter()
        await subs.number()
        connection = await asyncpg.connect(
            make_url(house.database.url).set(drivername="postgresql").render_as_string(hide_password=False),
            server_settings={"search_path": "sync", "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"},
        )
        try:
            await connection.execute("VACUUM ANALYZE")
            await connection.execute(f"PREPARE numbering AS {at_once().text}")
            assert _told(await _explained(connection, house.clock)) == 0
            for statement in _GROWN:
                await connection.execute(statement)
            await connection.execute(_ORDERED, order, AT_ONCE)
            plan = await _explained(connection, house.clock)
            held = await connection.fetchval("SELECT count(*) FROM feed_entry WHERE generation = 1")
        finally:
            await connection.close()
    assert held == HELD - AT_ONCE
    assert readers_of_more_than(plan, 2 * AT_ONCE) == []


async def _explained(connection: asyncpg.Connection, clock: Clock) -> dict[str, Any]:
    now = clock.now()
    values = {"dealt_at": _literal(now), "lease": _literal(now + LEASE), "busy": "'{}'::text[]"}
    given = ", ".join(values[name] for name in at_once().names)
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE numbering({given})")
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan


def _literal(instant: datetime) -> str:
    return f"'{instant.isoformat()}'::timestamptz"


def _told(plan: dict[str, Any]) -> float:
    return sum(one["Actual Rows"] for one in nodes(plan) if one["Node Type"] == "ModifyTable")

"""A claim is planned by statistics of a quiet hour, in which nothing waits: when thousands do, it must cost no more."""

import json
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

from services.sync.webhooks.claiming import CLAIM, claiming
from tests.support.plans import nodes, readers_of_more_than
from tests.support.subscriber_fake import SubscriberHouse
from tests.support.sync_house import sync_house

WAIT = 3_000
pytestmark = pytest.mark.real

_STORED = """INSERT INTO delivery
        (subscriber_id, sequence, position, record_id, state, attempts, next_try_at, stored_at)
    SELECT subscriber_id, n, n, lpad(to_hex(n), 32, '0'), $1, 0, '2026-01-01Z', '2026-01-01Z'
    FROM subscriber, generate_series($2::bigint, $3::bigint) n"""
_TOLD = """INSERT INTO change (position, type, record_id, portal, generation, at)
    SELECT n, 'display.hide_ordered', lpad(to_hex(n), 32, '0'), 'credit_china', 1, now()
    FROM generate_series($1::bigint, $2::bigint) n"""


@pytest.mark.parametrize(
    ("sent", "mode"), [(0, "force_custom_plan"), (10_000, "force_custom_plan"), (10_000, "force_generic_plan")]
)
async def test_a_claim_reads_what_it_takes_however_much_waits(
    postgres_url: str, tmp_path: Path, sent: int, mode: str
) -> None:
    async with sync_house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as house:
        await SubscriberHouse(house).enter()
        connection = await asyncpg.connect(
            make_url(house.database.url).set(drivername="postgresql").render_as_string(hide_password=False),
            server_settings={"search_path": "sync", "plan_cache_mode": mode},
        )
        try:
            await connection.execute(_TOLD, 1, sent)
            await connection.execute(_STORED, "delivered", 1, sent)
            await connection.execute("VACUUM ANALYZE")
            explaining = await _explaining(connection)
            await connection.execute(explaining)  # a plan that is kept is made now
            await connection.execute(_TOLD, sent + 1, sent + WAIT)
            await connection.execute(_STORED, "pending", sent + 1, sent + WAIT)
            plan = json.loads(await connection.fetchval(explaining))[0]["Plan"]
        finally:
            await connection.close()
    [claimed] = [one for one in nodes(plan) if one["Node Type"] == "LockRows"]
    assert claimed["Actual Rows"] == CLAIM
    assert readers_of_more_than(plan, 2 * CLAIM) == []


async def _explaining(connection: asyncpg.Connection) -> str:
    """Carries the house's own statement out as it does: prepared."""
    statement = claiming(of_failing=False).compile(dialect=postgresql.asyncpg.dialect())  # type: ignore[no-untyped-call]
    await connection.execute(f"PREPARE claiming AS {statement}")
    subscriber_id = await connection.fetchval("SELECT subscriber_id FROM subscriber")
    own = {"of_subscriber": subscriber_id, "now": "2026-03-02Z", "lease": "2026-03-03Z"}
    given = ", ".join(_literal(own.get(name, statement.params[name])) for name in statement.positiontup or ())
    return f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE claiming({given})"


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)

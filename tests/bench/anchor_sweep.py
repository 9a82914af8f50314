"""Anchors `sweep_sql` and `sweep_orm`: what ends windows without keeping a promise. A table of nine columns and an
outbox of one row an order; no column, no ledger, no messages."""

from datetime import date, timedelta

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session

from shared.clock import stopwatch, wall_time
from shared.web.server import run
from tests.bench.anchor_tables import careful_sqlite
from tests.bench.fill import FIRST_END, day, fill, identifier
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import own_peak_mb
from tests.bench.sweeps import FEW_DAYS, Ended, Sweeper, measured

_metadata = MetaData()
_window = Table(
    "anchor_window",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("record_id", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("rule", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=True),
)
Index(
    "anchor_window_due",
    _window.c.ends_on,
    postgresql_where=text("state = 'online'"),
    sqlite_where=text("state = 'online'"),
)
_orders = Table(
    "anchor_outbox",
    _metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    Column("created_at", DateTime(timezone=True), server_default=func.now()),
)


async def _fill_anchor(engine: AsyncEngine, windows: int, days: int) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(_metadata.drop_all)
        await connection.run_sync(_metadata.create_all)
        dialect = engine.dialect.name
        values = {
            "id": "i",
            "record_id": identifier(dialect, "i"),
            "audience": "'public'",
            "state": "'online'",
            "starts_on": day(dialect, date(2025, 1, 1), "i % 300"),
            "ends_on": day(dialect, FIRST_END - timedelta(days=1), f"i % {days}"),
            "rule": "'order58/a20/general'",
            "generation": "1",
        }
        await fill(connection, _window, windows, values)


def sweep_sql(place: Place, sizes: Sizes) -> Figures:
    """Anchor: one UPDATE … RETURNING that feeds an INSERT; on SQLite, which has no such thing, the two in a row."""
    return run(_plain(place, sizes))


async def _plain(place: Place, sizes: Sizes) -> Figures:
    engine = create_async_engine(place.anchor_url("asyncpg"))
    careful_sqlite(engine.sync_engine)

    async def anew(windows: int, days: int) -> None:
        await _fill_anchor(engine, windows, days)

    async def end(on: date) -> Ended:
        start = stopwatch()
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                done = await connection.execute(text(_PLAIN), {"on": on})
            else:
                await connection.execute(text(_TELL), {"on": on.isoformat()})
                done = await connection.execute(text(_CLOSE), {"on": on.isoformat()})
        return Ended(done.rowcount, stopwatch() - start, own_peak_mb())

    figures = await measured(place, Sweeper(anew, end), sizes.windows)
    await engine.dispose()
    return figures


_PLAIN = """
WITH due AS (
    UPDATE anchor_window SET state = 'offline', generation = generation + 1, changed_at = now()
    WHERE state = 'online' AND ends_on < CAST(:on AS date)
    RETURNING record_id, audience, ends_on, rule, generation)
INSERT INTO anchor_outbox (topic, key, body)
SELECT 'publication.offline', record_id, jsonb_build_object('record_id', record_id, 'audience', audience,
    'ended_on', ends_on, 'rule', rule, 'generation', generation) FROM due
"""
_TELL = """
INSERT INTO anchor_outbox (topic, key, body)
SELECT 'publication.offline', record_id, json_object('record_id', record_id, 'audience', audience,
    'ended_on', ends_on, 'rule', rule, 'generation', generation + 1)
FROM anchor_window WHERE state = 'online' AND ends_on < :on
"""
_CLOSE = """
UPDATE anchor_window SET state = 'offline', generation = generation + 1, changed_at = CURRENT_TIMESTAMP
WHERE state = 'online' AND ends_on < :on
"""


class _Base(DeclarativeBase):
    metadata = _metadata


class _Window(_Base):
    __table__ = _window


class _Order(_Base):
    __table__ = _orders


def sweep_orm(place: Place, sizes: Sizes) -> Figures:
    """Anchor: the loop over objects, one commit. Of as many windows, a hundredth is due: its memory grows with them."""
    asynchronous = create_async_engine(place.anchor_url("asyncpg"))
    careful_sqlite(asynchronous.sync_engine)

    async def prepare() -> None:
        await _fill_anchor(asynchronous, sizes.windows, FEW_DAYS)
        await asynchronous.dispose()

    run(prepare())
    settle(place)
    engine = create_engine(place.anchor_url("psycopg"))
    careful_sqlite(engine)
    with Session(engine, expire_on_commit=False) as session:
        session.connection()
        start, number = stopwatch(), 0
        due = select(_Window).where(_window.c.state == "online", _window.c.ends_on < FIRST_END)
        for window in session.scalars(due).all():
            window.state, window.generation, window.changed_at = "offline", window.generation + 1, wall_time()
            body = {
                name: str(getattr(window, name)) for name in ("record_id", "audience", "ends_on", "rule", "generation")
            }
            session.add(_Order(topic="publication.offline", key=window.record_id, body=body))
            number += 1
        session.commit()
        seconds = stopwatch() - start
    engine.dispose()
    demand(number == sizes.windows // FEW_DAYS, f"{number} windows ended")
    return {"rows_per_s": number / seconds, "seconds": seconds, "peak_mb": own_peak_mb()}

"""Anchor `http_upsert`: the shortest endpoint that is still safe. Body, validation, executemany upsert, commit.

It keeps the 31 columns and the payload in a table with a primary key and two indexes, and nothing else: no verdict, no
event, no identity, no idempotency key.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from pydantic import TypeAdapter, create_model
from sqlalchemy import JSON, Column, Index, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine

from shared.database.upsert import upsert
from tests.bench.anchor_tables import careful_sqlite
from tests.bench.rows import COLUMNS

_FIELDS: dict[str, Any] = dict.fromkeys(COLUMNS, (str, ...))
Item: Any = create_model("Item", **_FIELDS)
_ITEMS: TypeAdapter[list[Any]] = TypeAdapter(list[Item])

metadata = MetaData()
record = Table(
    "record",
    metadata,
    Column("record_id", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in COLUMNS),
    Column("payload", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
)
Index("record_subject", record.c.CF_XDR_SHXYM)
Index("record_day", record.c.CF_JDRQ)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    url = os.environ["BENCH_DATABASE_URL"]
    # SQLite has one writer: a pool of one queues in the process instead of polling the file lock.
    engine = create_async_engine(url, pool_size=1 if url.startswith("sqlite") else 8, pool_timeout=120)
    careful_sqlite(engine.sync_engine)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    app.state.engine = engine
    app.state.statement = upsert(engine.dialect.name, record, keys=("record_id",))
    yield
    await engine.dispose()


app = FastAPI(lifespan=_lifespan)


@app.post("/records")
async def post_records(request: Request) -> dict[str, int]:
    """Sorted by key, so that two requests with the same rows cannot deadlock."""
    items = _ITEMS.validate_json(await request.body())
    rows = sorted((_row(item) for item in items), key=lambda row: str(row["record_id"]))
    async with request.app.state.engine.begin() as connection:
        await connection.execute(request.app.state.statement, rows)
    return {"rows": len(rows)}


def _row(item: Any) -> dict[str, Any]:
    values = item.__dict__
    return {"record_id": values["CF_WSH"], **values, "payload": values}

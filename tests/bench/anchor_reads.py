"""Anchors `read_…`: one record by its key. `app` is the shortest program that is safe, asyncpg and the stored text as
it is; `orm_app` is what the tutorials show, an async session, an object and a response model."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from pydantic import ConfigDict, create_model
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from tests.bench.anchor_endpoint import record
from tests.bench.anchor_tables import careful_sqlite
from tests.bench.rows import COLUMNS

_CONNECTIONS = 8

_FIELDS: dict[str, Any] = dict.fromkeys(("record_id", *COLUMNS), (str, ...))
RecordOut: Any = create_model("RecordOut", __config__=ConfigDict(from_attributes=True), **_FIELDS)


def app() -> FastAPI:
    """On SQLite, for which asyncpg does not exist, a Core connection and one statement."""
    url = os.environ["BENCH_DATABASE_URL"]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if url.startswith("postgresql"):
            address = url.replace("+asyncpg", "")
            app.state.pool = await asyncpg.create_pool(address, min_size=_CONNECTIONS, max_size=_CONNECTIONS)
            yield
            await app.state.pool.close()
            return
        app.state.engine = create_async_engine(url, pool_size=_CONNECTIONS)
        careful_sqlite(app.state.engine.sync_engine)
        yield
        await app.state.engine.dispose()

    served = FastAPI(lifespan=lifespan)

    @served.get("/records/{record_id}")
    async def read(record_id: str, request: Request) -> Response:
        found = await _payload(request.app.state, record_id)
        return Response(found, media_type="application/json") if found else Response(status_code=404)

    return served


async def _payload(state: Any, record_id: str) -> str | None:
    if hasattr(state, "pool"):
        async with state.pool.acquire() as connection:
            found = await connection.fetchval("SELECT payload::text FROM record WHERE record_id = $1", record_id)
    else:
        async with state.engine.connect() as connection:
            statement = text("SELECT payload FROM record WHERE record_id = :record_id")
            found = await connection.scalar(statement, {"record_id": record_id})
    return None if found is None else str(found)


class _Base(DeclarativeBase):
    pass


class StoredRecord(_Base):
    __table__ = record


def orm_app() -> FastAPI:
    engine = create_async_engine(os.environ["BENCH_DATABASE_URL"], pool_size=32)
    careful_sqlite(engine.sync_engine)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    served = FastAPI()

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    @served.get("/records/{record_id}", response_model=RecordOut)
    async def read(record_id: str, opened: Annotated[AsyncSession, Depends(session)]) -> Any:
        found = (await opened.execute(select(StoredRecord).where(record.c.record_id == record_id))).scalar_one_or_none()
        if found is None:
            raise HTTPException(404)
        return found

    return served

"""Anchors `orm_…`: what the tutorials show. One session a request, `add` or `add_all`, commit.

`sync_app` follows FastAPI's SQL tutorial, `async_app` SQLAlchemy's asyncio version of it; both take one record or a
list. They keep the 31 columns and nothing else.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from pydantic import ConfigDict, create_model
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from tests.bench.anchor_tables import careful_sqlite
from tests.bench.rows import COLUMNS

_INDEXED = ("CF_XDR_SHXYM", "CF_JDRQ")
_CONNECTIONS = 32

_FIELDS: dict[str, Any] = dict.fromkeys(COLUMNS, (str, ...))
ItemIn: Any = create_model("ItemIn", **_FIELDS)


class _Stored(ItemIn):
    model_config = ConfigDict(from_attributes=True)
    id: int


class _Base(DeclarativeBase):
    pass


StoredRow: Any = type(
    "StoredRow",
    (_Base,),
    {
        "__tablename__": "tutorial_record",
        "__annotations__": {"id": Mapped[int], **dict.fromkeys(COLUMNS, Mapped[str])},
        "id": mapped_column(primary_key=True),
        **{name: mapped_column(index=name in _INDEXED) for name in COLUMNS},
    },
)


def sync_app() -> FastAPI:
    """Plain functions in FastAPI's thread pool; `refresh` after each commit, as the tutorial does."""
    engine = create_engine(os.environ["BENCH_DATABASE_URL"], pool_size=10, max_overflow=30, pool_timeout=120)
    careful_sqlite(engine)
    _Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    app = FastAPI()

    def session() -> Iterator[Session]:
        with sessions() as opened:
            yield opened

    @app.post("/record", response_model=_Stored)
    def post_one(item: ItemIn, opened: Annotated[Session, Depends(session)]) -> Any:
        row = StoredRow(**item.model_dump())
        opened.add(row)
        opened.commit()
        opened.refresh(row)
        return row

    @app.post("/records")
    def post_many(items: list[ItemIn], opened: Annotated[Session, Depends(session)]) -> dict[str, int]:
        opened.add_all([StoredRow(**item.model_dump()) for item in items])
        opened.commit()
        return {"rows": len(items)}

    return app


def async_app() -> FastAPI:
    """The same with an async session, which does not expire what it has committed."""
    engine = create_async_engine(os.environ["BENCH_DATABASE_URL"], pool_size=_CONNECTIONS, pool_timeout=120)
    careful_sqlite(engine.sync_engine)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(_Base.metadata.create_all)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    @app.post("/record", response_model=_Stored)
    async def post_one(item: ItemIn, opened: Annotated[AsyncSession, Depends(session)]) -> Any:
        row = StoredRow(**item.model_dump())
        opened.add(row)
        await opened.commit()
        return row

    @app.post("/records")
    async def post_many(items: list[ItemIn], opened: Annotated[AsyncSession, Depends(session)]) -> dict[str, int]:
        opened.add_all([StoredRow(**item.model_dump()) for item in items])
        await opened.commit()
        return {"rows": len(items)}

    return app

"""Tables of a test's own, in an empty database of either kind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import MetaData
from sqlalchemy.schema import CreateSchema

from shared.database.engine import Database


@asynccontextmanager
async def with_tables(url: str, schema: str, metadata: MetaData) -> AsyncIterator[Database]:
    database = Database(url, schema)
    async with database.writing() as connection:
        if database.dialect == "postgresql":
            await connection.execute(CreateSchema(schema))
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()

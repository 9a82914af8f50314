"""The Alembic environment of all services; `shared.database.migrate` hands it the address, schema and tables."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

attributes = context.config.attributes
_LOCK = 0x63726564697473  # "credits": any constant that nobody else in this database uses


def _migrate(connection: Connection) -> None:
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{attributes["schema"]}"'))
        connection.execute(text(f'SET search_path TO "{attributes["schema"]}"'))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=attributes["metadata"],
        render_as_batch=True,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    if postgresql:
        connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        connection.commit()


async def _run() -> None:
    engine = create_async_engine(attributes["url"])
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


asyncio.run(_run())

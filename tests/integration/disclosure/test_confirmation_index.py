"""The queue of confirmations is counted by an index of what waits, whatever else is published."""

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from services.disclosure.confirmations import store
from tests.support.services import RunningService

DIALECTS = {"postgresql": postgresql.dialect(), "sqlite": sqlite.dialect()}
EXPLAIN = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}


async def test_what_waits_for_confirmation_is_found_without_reading_all_publications(
    disclosure: RunningService,
) -> None:
    async with disclosure.database.reading() as connection:
        name = connection.dialect.name
        asked = store.all_to_confirm().compile(dialect=DIALECTS[name], compile_kwargs={"literal_binds": True})
        if name == "postgresql":
            await connection.execute(text("SET LOCAL enable_seqscan = off"))  # of an empty table it reads the whole
        rows = (await connection.execute(text(f"{EXPLAIN[name]} {asked}"))).all()
    plan = "\n".join(str(cell) for row in rows for cell in row)
    assert "ix_publication_to_confirm" in plan, plan

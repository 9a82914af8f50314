"""An empty database of each kind, and the small service of outbox and inbox on each pair of database and bus."""

from collections.abc import AsyncIterator

import pytest

from tests.support.messaging_house import House, house

_PAIRS = [
    pytest.param(("tmp_sqlite_url", "embedded"), id="sqlite-embedded"),
    pytest.param(("postgres_url", "amqp_url"), id="postgresql-rabbitmq", marks=pytest.mark.real),
]


@pytest.fixture(params=_PAIRS)
def urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    database, bus = request.param
    database_url = str(request.getfixturevalue(database))
    if bus == "embedded":
        return database_url, database_url.replace("test.db", "bus.db")
    return database_url, str(request.getfixturevalue(bus))


@pytest.fixture
async def own(urls: tuple[str, str]) -> AsyncIterator[House]:
    async with house(*urls) as own:
        yield own


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    url: str = request.getfixturevalue("tmp_sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url

"""All four services: on SQLite a file each, on PostgreSQL a schema each of one database."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.calendar_house import TOKENS, CalendarHouse, calendar_house
from tests.support.services import RunningService, running_service


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def url_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    if request.param == "sqlite":
        return lambda name: f"sqlite+aiosqlite:///{tmp_path / name}.db"
    url: str = request.getfixturevalue("postgres_url")
    return lambda _name: url


@pytest.fixture
async def house(url_of: Callable[[str], str], tmp_path: Path) -> AsyncIterator[CalendarHouse]:
    async with calendar_house(url_of, tmp_path) as house:
        yield house


@pytest.fixture
async def disclosure(url_of: Callable[[str], str], tmp_path: Path) -> AsyncIterator[RunningService]:
    """disclosure alone."""
    async with running_service("disclosure", url_of("disclosure"), tmp_path, TOKENS["disclosure"]) as service:
        yield service


@pytest.fixture
async def sync(url_of: Callable[[str], str], tmp_path: Path) -> AsyncIterator[RunningService]:
    """sync alone, on 2 November 2026."""
    async with running_service("sync", url_of("sync"), tmp_path, TOKENS["sync"]) as service:
        yield service

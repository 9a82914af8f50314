"""One door for each thing that makes a program hard to repeat: time, chance, the environment, connections."""

import re
from dataclasses import dataclass

import pytest

from tests.architecture.source import CODE, Module, calls, imports, modules


@dataclass(frozen=True)
class Door:
    """Names that may be used in these files or folders only."""

    names: str
    allowed: tuple[str, ...]

    def breaches(self, module: Module) -> list[str]:
        if module.path.startswith(self.allowed):
            return []
        tree = module.tree
        used = [*calls(tree), *imports(tree)]
        return [f"{module.path}:{line} {name}" for line, name in used if re.fullmatch(self.names, name)]


SERVICES = ("ingest", "disclosure", "repair", "sync")

_MAKES_SECRETS = (
    "shared/settings.py",
    "services/issuer.py",
    "services/accounts/",
    "services/sync/dashboard/sign_in/",
    "services/local/",
)

DOORS = {
    "the time": Door(
        r"(datetime\.)?datetime\.(now|utcnow|today)|(datetime\.)?date\.today|"
        r"time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)",
        ("shared/clock.py", "shared/ids.py"),
    ),
    "identifiers": Door(r"uuid(\..*)?|os\.urandom", ("shared/ids.py", "shared/sealing.py")),
    "secrets": Door(r"secrets(\..*)?", _MAKES_SECRETS),
    "chance": Door(r"random(\..*)?", ("services/local/", "services/sync/mock_portals/")),
    "the environment": Door(r"os\.(environ|getenv|putenv)(\..*)?", ("services/local/",)),
    "settings": Door(
        r"shared\.settings\.load|services\.house\.load_with",
        ("services/house.py", "services/cli.py", "services/local/", *(f"services/{name}/cli.py" for name in SERVICES),
         "services/disclosure/terminal.py", "services/repair/terminal.py", "services/accounts/cli.py"),
    ),
    "engines": Door(
        r"sqlalchemy.*\.(create_engine|create_async_engine)|sqlalchemy\.(ext|orm)(\..*)?"
        r"|(asyncpg|aiosqlite|sqlite3|psycopg)(\..*)?",
        ("shared/database/", "shared/messaging/doorbell.py"),
    ),
    "raw sockets and other HTTP clients": Door(
        r"(socket|http\.client|urllib\.request|ftplib|smtplib)(\..*)?",
        # `outages` only names the errors of a name that was not found.
        ("shared/web/server.py", "shared/outbound/", "shared/database/outages.py", "services/local/"),
    ),
    "printing": Door(r"print|sys\.stdout(\..*)?", ("services/local/",)),
    "metrics": Door(
        r"prometheus_client(\..*)?",
        ("shared/observability/", "shared/messaging/metrics.py", "shared/calendars/metrics.py",
         "shared/evidence/metrics.py", "shared/timers.py", *(
            f"services/{name}/metrics.py" for name in SERVICES
        )),
    ),
}  # fmt: skip


@pytest.mark.parametrize("thing", DOORS)
def test_there_is_one_door_to(thing: str) -> None:
    assert [breach for module in modules(*CODE) for breach in DOORS[thing].breaches(module)] == []


@pytest.mark.parametrize(
    ("thing", "code"),
    [
        ("the time", "from datetime import datetime\nat = datetime.now()"),
        ("the time", "import time\ntime.monotonic()"),
        ("the time", "from datetime import date\nday = date.today()"),
        ("identifiers", "import uuid"),
        ("identifiers", "from uuid import uuid4"),
        ("chance", "from random import random"),
        ("the environment", "import os\nos.environ['HOME']"),
        ("the environment", "from os import environ"),
        ("engines", "from sqlalchemy.ext.asyncio import create_async_engine"),
        ("engines", "from sqlalchemy.ext.asyncio import AsyncConnection"),
        ("engines", "import asyncpg"),
        ("raw sockets and other HTTP clients", "import urllib.request"),
    ],
)
def test_a_way_around_a_door_would_be_seen(thing: str, code: str) -> None:
    assert DOORS[thing].breaches(Module("services/sync/push.py", code))


def test_no_record_is_written_by_a_values_list_of_many() -> None:
    """`.values([...])` binds each cell anew and is an order of magnitude slower than executemany."""
    many = re.compile(r"\.values\(\s*(\[|list\()")
    assert [one.path for one in modules(*CODE) if many.search(one.text)] == []

"""sync asks disclosure with an identity of its own: the local issuer's, and in production only a given one."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.decided import decided_source
from services.disclosure.app import TABLES, create_app
from services.disclosure.settings import DisclosureSettings
from services.issuer import create_issuer, ensure_identity
from services.local.ports import LOOPBACK, free_ports
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.contracts.decided import Stretch
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.settings import HouseSettings, Mode
from tests.support.web import served


@pytest.fixture
def disclosure_url(tmp_path: Path) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path / 'disclosure.db'}"
    TABLES.upgrade(url)
    return url


async def test_with_the_local_issuer_nothing_has_to_be_set(tmp_path: Path, disclosure_url: str) -> None:
    ports = free_ports(2)
    at, of = (f"http://{LOOPBACK}:{port}" for port in ports)
    ensure_identity(tmp_path)
    house: dict[str, Any] = {"data_dir": tmp_path, "issuer": at}
    database = Database(disclosure_url, "disclosure")
    issuer = create_issuer(HouseSettings(**house), SystemClock())
    disclosure = create_app(DisclosureSettings(**house), database)
    try:
        async with (
            served((issuer, ports[0]), (disclosure, ports[1])),
            decided_source(SyncSettings(**house, disclosure_url=of), SystemClock()) as source,
        ):
            page = await source.stated("")
            assert [(one.stretch, one.entries) for one in page.stated] == [(Stretch("", None), 0)]
            assert await source.entries(Stretch("", None)) == []
            assert await source.repeat(["a" * 32], "丢失", "key") == 0
            wrong = SyncSettings(**house, disclosure_url=of, token_url=f"{at}/token", service_secret=SecretStr("wrong"))
            with pytest.raises(Unavailable, match="401"):
                async with decided_source(wrong, SystemClock()) as refused:
                    await refused.stated("")
    finally:
        await database.close()


async def test_in_production_nobody_asks_under_a_name_that_was_not_given() -> None:
    settings = SyncSettings().model_copy(update={"mode": Mode.PRODUCTION})
    with pytest.raises(Unavailable, match="CREDITSYNC_SERVICE_SECRET is missing"):
        async with decided_source(settings, SystemClock()):
            raise AssertionError("opened")

"""How each portal is reached, and its stand-in run. Imported only by roles that need portals: it is half of sync."""

from urllib.parse import urlsplit

from fastapi import FastAPI

from services.sync.mock_portals.app import mock_app
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.base import PortalAdapter
from services.sync.portals.registry import PortalOptions, create_adapter
from services.sync.settings import SyncSettings
from shared.clock import Clock
from shared.vocabulary import Portal


def portal_adapters(settings: SyncSettings, clock: Clock) -> dict[Portal, PortalAdapter]:
    """The adapters as the settings describe them; in the embedded mode they know the stand-ins' secrets."""
    return {portal: create_adapter(portal, _options(portal, settings), clock) for portal in Portal}


def _options(portal: Portal, settings: SyncSettings) -> PortalOptions:
    mock = MockOptions(settings.data_dir / "portals")
    of_stand_in = {"token": mock.token, "secret": mock.secret, "exchange_url": mock.exchange()}
    stated = settings.of_portal(portal)
    known = {name: stated[name] or usual for name, usual in of_stand_in.items() if name in stated}
    return PortalOptions(
        settings.address_of(portal),
        token=known.get("token", ""),
        secret=known.get("secret", ""),
        exchange_url=known.get("exchange_url"),
        more={name: value for name, value in stated.items() if value and name not in {"url", *of_stand_in}},
        cache_life=settings.cache_life_of(portal),
        pace=settings.pace_of(portal),
    )


def mock_portal(portal: Portal, settings: SyncSettings) -> tuple[FastAPI, str, int]:
    """One stand-in, with the address and port at which the settings expect the portal."""
    data_dir = settings.data_dir / "portals"
    data_dir.mkdir(parents=True, exist_ok=True)
    options = MockOptions(
        data_dir,
        clock=settings.clock(),
        exchange_url=settings.of_portal(portal).get("exchange_url"),
        form_days=settings.mock_form_days,
    )
    address = urlsplit(settings.address_of(portal))
    return mock_app(portal, data_dir, options), address.hostname or "127.0.0.1", address.port or 80

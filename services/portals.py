"""How each portal is reached, and its stand-in run. Imported only by roles that need portals: it is half of sync."""

from dataclasses import replace
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
    mock = MockOptions(settings.data_dir / "portals")
    exchange = settings.credit_jiangsu_exchange_url
    token, secret = settings.credit_china_token, settings.market_supervision_secret
    options = {
        Portal.CREDIT_CHINA: PortalOptions(
            settings.credit_china_url, token=token.get_secret_value() if token else mock.token
        ),
        Portal.CREDIT_JIANGSU: PortalOptions(
            settings.credit_jiangsu_url, exchange_url=exchange.get_secret_value() if exchange else mock.exchange()
        ),
        Portal.MARKET_SUPERVISION: PortalOptions(
            settings.market_supervision_url, secret=secret.get_secret_value() if secret else mock.secret
        ),
    }
    return {portal: create_adapter(portal, _as_set(options[portal], settings, portal), clock) for portal in Portal}


def _as_set(options: PortalOptions, settings: SyncSettings, portal: Portal) -> PortalOptions:
    return replace(options, cache_life=settings.cache_life_of(portal), pace=settings.pace_of(portal))


def mock_portal(portal: Portal, settings: SyncSettings) -> tuple[FastAPI, str, int]:
    """One stand-in, with the address and port at which the settings expect the portal."""
    exchange = settings.credit_jiangsu_exchange_url
    data_dir = settings.data_dir / "portals"
    data_dir.mkdir(parents=True, exist_ok=True)
    options = MockOptions(
        data_dir,
        clock=settings.clock(),
        exchange_url=exchange.get_secret_value() if exchange else None,
        form_days=settings.mock_form_days,
    )
    address = urlsplit(str(getattr(settings, f"{portal}_url")))
    return mock_app(portal, data_dir, options), address.hostname or "127.0.0.1", address.port or 80

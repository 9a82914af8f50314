"""How sync reaches disclosure to compare what it was told: with the settings' identity, or the local issuer's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from services.sync.decided.source import PATIENCE, SCOPES, Disclosure
from services.sync.settings import SyncSettings
from shared.clock import Clock
from shared.errors import Unavailable
from shared.outbound.client import OutboundClient
from shared.outbound.tokens import TokenSource
from shared.settings import Mode


@asynccontextmanager
async def decided_source(settings: SyncSettings, clock: Clock) -> AsyncIterator[Disclosure]:
    """Open for one step of the comparison. Raises `Unavailable` where nothing says who asks."""
    base, path = _token_endpoint(settings)
    async with (
        OutboundClient(base, timeouts=PATIENCE, connections=2) as provider,
        OutboundClient(settings.disclosure_url, timeouts=PATIENCE, connections=2) as http,
    ):
        tokens = TokenSource(
            provider,
            path=path,
            client_id=settings.service_client,
            client_secret=_secret(settings),
            scopes=SCOPES,
            clock=clock,
        )
        yield Disclosure(http, tokens)


def _token_endpoint(settings: SyncSettings) -> tuple[str, str]:
    if settings.token_url is None:
        from services.issuer import TOKEN_PATH

        return settings.issuer, TOKEN_PATH
    parts = urlsplit(settings.token_url)
    return f"{parts.scheme}://{parts.netloc}", parts.path


def _secret(settings: SyncSettings) -> str:
    if settings.service_secret is not None:
        return settings.service_secret.get_secret_value()
    if settings.mode is Mode.PRODUCTION:
        raise Unavailable("CREDITSYNC_SERVICE_SECRET is missing: disclosure cannot be asked what it decided")
    from services.issuer import ensure_identity

    return ensure_identity(settings.data_dir)["sync"]

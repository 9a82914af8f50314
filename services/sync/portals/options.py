"""How one portal is reached. Which of the values an adapter needs, its QUIRKS.md says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from starlette.types import ASGIApp

from services.sync.domain.channel import Pace
from services.sync.portals.base import PortalLimits
from shared.database.engine import Database
from shared.outbound.client import Timeouts


@dataclass(frozen=True)
class PortalOptions:
    """`token` is for Credit China, `app_id` and `secret` for market supervision, `exchange_url` for Credit Jiangsu;
    `more` are the further settings that a portal states, by name.

    `cache_life` (缓存期) and `pace` replace what is known of the portal. `app` puts an ASGI application in place of the
    network, for tests and for the one-process demo. `database` opens the exchange tables.
    """

    base_url: str
    token: str = field(default="", repr=False)
    app_id: str = "creditsync"
    secret: str = field(default="", repr=False)
    exchange_url: str | None = field(default=None, repr=False)
    more: Mapping[str, str] = field(default_factory=dict, repr=False)
    database: Callable[[str, str], Database] = Database
    timeouts: Timeouts = field(default_factory=lambda: Timeouts(connect=5, silence=10, whole=20))
    app: ASGIApp | None = None
    cache_life: timedelta | None = None
    pace: Pace | None = None

    def limits(self, known: PortalLimits) -> PortalLimits:
        """What is known of the portal, but for the cache life and the pace that these options name."""
        cache_life = known.cache_life if self.cache_life is None else self.cache_life
        return replace(known, cache_life=cache_life, pace=self.pace or known.pace)

"""The adapters by portal. A further portal is one folder and one line here."""

from collections.abc import Callable, Mapping

from services.sync.portals.base import PortalAdapter
from services.sync.portals.credit_china.adapter import CreditChina
from services.sync.portals.credit_jiangsu.adapter import CreditJiangsu
from services.sync.portals.market_supervision.adapter import MarketSupervision
from services.sync.portals.options import PortalOptions
from shared.clock import Clock
from shared.vocabulary import Portal

Adapters = Mapping[Portal, Callable[[PortalOptions, Clock], PortalAdapter]]

ADAPTERS: Adapters = {
    Portal.CREDIT_CHINA: lambda options, _clock: CreditChina(options),
    Portal.CREDIT_JIANGSU: lambda options, _clock: CreditJiangsu(options),
    Portal.MARKET_SUPERVISION: MarketSupervision,
}


def create_adapter(
    portal: Portal, options: PortalOptions, clock: Clock, adapters: Adapters = ADAPTERS
) -> PortalAdapter:
    """The adapter to a portal; `open` it before use and `close` it after."""
    return adapters[portal](options, clock)


__all__ = ["ADAPTERS", "PortalOptions", "create_adapter"]

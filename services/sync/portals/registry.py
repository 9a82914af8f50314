"""The adapters by portal. A further portal is one folder and one line here."""

from services.sync.portals.base import PortalAdapter
from services.sync.portals.credit_china.adapter import CreditChina
from services.sync.portals.credit_jiangsu.adapter import CreditJiangsu
from services.sync.portals.market_supervision.adapter import MarketSupervision
from services.sync.portals.options import PortalOptions
from shared.clock import Clock
from shared.vocabulary import Portal


def create_adapter(portal: Portal, options: PortalOptions, clock: Clock) -> PortalAdapter:
    """The adapter to a portal; `open` it before use and `close` it after."""
    match portal:
        case Portal.CREDIT_CHINA:
            return CreditChina(options)
        case Portal.CREDIT_JIANGSU:
            return CreditJiangsu(options)
        case Portal.MARKET_SUPERVISION:
            return MarketSupervision(options, clock)


__all__ = ["PortalOptions", "create_adapter"]

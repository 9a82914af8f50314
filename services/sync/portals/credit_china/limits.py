"""What Credit China's interface allows. Dated in QUIRKS.md."""

from datetime import timedelta

from services.sync.portals.base import PortalLimits

LIMITS = PortalLimits(orders_a_request=500, requests_at_once=4, looks_at_once=16, cache_life=timedelta(minutes=5))
BATCHES_A_QUERY = 50

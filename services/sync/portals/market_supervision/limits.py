"""What the market-supervision interface allows. Dated in QUIRKS.md."""

from datetime import timedelta

from services.sync.portals.base import PortalLimits

LIMITS = PortalLimits(orders_a_request=200, requests_at_once=16, looks_at_once=16, cache_life=timedelta(minutes=5))
RECORDS_AN_ENTERPRISE = 200
FORMS_A_QUERY = 200

"""What Credit Jiangsu's exchange database takes well. Dated in QUIRKS.md."""

from datetime import timedelta

from services.sync.portals.base import PortalLimits

LIMITS = PortalLimits(orders_a_request=1000, requests_at_once=1, looks_at_once=16, cache_life=timedelta(minutes=5))
KEYS_A_QUERY = 500
RETRY_WHILE_CLOSED = 30.0
EXPORT_BYTES = 1024 * 1024 * 1024
EXPORT_ROWS_A_PAGE = 250
EXPORT_SECONDS = 900.0

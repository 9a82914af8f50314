"""What the county's page takes. Dated in QUIRKS.md."""

from services.sync.portals.base import PortalLimits

LIMITS = PortalLimits(orders_a_request=200, requests_at_once=2, looks_at_once=4)

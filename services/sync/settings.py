"""The settings that only sync has."""

from collections.abc import Iterable
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from services.sync.domain.channel import Pace, QuietHours
from services.sync.portal_settings import PortalSettings
from shared.outbound.guard import EgressRules
from shared.settings import Mode
from shared.vocabulary import Portal

_QUIET = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"

_MOCK_CACHE_SECONDS = 1.0
_MOCK_REQUESTS_A_SECOND = 500.0


class SyncSettings(PortalSettings):
    """Settings of the service sync."""

    mend_records: int = Field(
        default=20, ge=0, description="Records that one reconciliation may mend by itself, whatever the share."
    )
    mend_share: float = Field(
        default=0.02, ge=0, le=1, description="Share of a listing that one reconciliation may mend by itself."
    )
    reconcile_cron: str = Field(
        default="30 2 * * *", description="When the daily reconciliation runs, as a cron expression in Asia/Shanghai."
    )
    decided_cron: str = Field(
        default="30 4 * * *",
        description="When what is wanted is compared with what disclosure decided (告知核对), as a cron expression in "
        "Asia/Shanghai.",
    )
    disclosure_url: str = Field(
        default="http://127.0.0.1:8102",
        pattern="^https?://[^\\s/?#]+$",
        description="Where sync asks disclosure what it decided; the dashboard reads it there.",
    )
    token_url: str | None = Field(
        default=None,
        pattern="^https?://[^\\s/?#]+/[^\\s?#]*$",
        description="Where the identity provider gives tokens for client credentials. Unset: the local issuer's.",
    )
    service_client: str = Field(
        default="sync", max_length=120, description="The identifier under which sync asks for such tokens."
    )
    service_secret: SecretStr | None = Field(
        default=None,
        description="Its secret there. Unset: the local issuer's; in production nothing is compared without it.",
    )

    quiet_hours: dict[Portal, Annotated[str, Field(pattern=_QUIET)]] = Field(
        default_factory=dict,
        description="Hours of maintenance (维护时段) in which nothing is sent to a portal, in Asia/Shanghai, as JSON: "
        '`{"credit_china": "01:00-03:00"}`.',
    )

    portal_cache_seconds: dict[Portal, Annotated[float, Field(ge=0, le=86_400)]] = Field(
        default_factory=dict,
        description="Seconds for which a portal's pages may show an earlier state (缓存期), as JSON: "
        '`{"credit_china": 300}`. A look counts when another one agrees after them. Not given: five minutes in '
        "production, one second with the mock portals.",
    )
    portal_requests_a_second: dict[Portal, Annotated[float, Field(gt=0, le=10_000)]] = Field(
        default_factory=dict,
        description="Requests a second that a portal gets in the long run (请求预算), orders, looks and listings "
        "together, twice as many at once, as JSON: "
        '`{"credit_china": 20}`. Not given: 50 in production, 500 with the mock portals.',
    )
    mock_form_days: tuple[int, int, int] = Field(
        default=(0, 0, 0),
        description="Working days in which the mock of market supervision accepts, decides and executes a repair form, "
        "as JSON: `[2, 15, 3]`.",
    )
    certificate_burst: int = Field(
        default=30, ge=1, description="Requests for certificates that one address may send at once."
    )
    certificate_requests_a_second: float = Field(
        default=2, gt=0, description="Requests for certificates that one address may send in the long run."
    )

    certificate_url: str = Field(
        default="http://127.0.0.1:8104",
        pattern="^https?://[^\\s?#]+$",
        description="Address under which the public reaches the check pages of take-down certificates (下线证明).",
    )

    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks of the house to which webhooks may be sent besides public addresses, as JSON: "
        '`["10.20.0.0/16"]`.',
    )
    webhook_pause_hours: float = Field(
        default=24, gt=0, le=720, description="Hours of failure after which an endpoint is paused; its events are kept."
    )
    max_subscribers: int = Field(default=50, ge=0, le=1000, description="Most webhook subscribers (订阅方).")
    delivery_days: int = Field(
        default=90, ge=4, description="Days for which deliveries and their attempts are kept; what waits stays longer."
    )
    feed_days: int = Field(default=400, ge=90, description="Days for which the change feed (变更流) goes back.")

    def egress_rules(self) -> EgressRules:
        """Where webhooks may be sent."""
        return EgressRules(self.webhook_networks, https_only=self.mode is Mode.PRODUCTION)

    def webhook_pause(self) -> timedelta:
        return timedelta(hours=self.webhook_pause_hours)

    @model_validator(mode="after")
    def _feed_outlives_the_deliveries(self) -> Self:
        if self.feed_days < self.delivery_days:
            raise ValueError("CREDITSYNC_FEED_DAYS must be at least CREDITSYNC_DELIVERY_DAYS: deliveries tell changes")
        return self

    def quiet_at(self, portal: Portal) -> QuietHours | None:
        """The hours of maintenance of one portal, if it has any."""
        hours = self.quiet_hours.get(portal)
        return QuietHours(*map(time.fromisoformat, hours.split("-"))) if hours else None

    def cache_life_of(self, portal: Portal) -> timedelta | None:
        """How long the pages of a portal may lag; None for what its adapter knows."""
        given = self.portal_cache_seconds.get(portal, None if self.mode is Mode.PRODUCTION else _MOCK_CACHE_SECONDS)
        return None if given is None else timedelta(seconds=given)

    def pace_of(self, portal: Portal) -> Pace | None:
        """How many requests a portal gets; None for what its adapter knows."""
        usual = None if self.mode is Mode.PRODUCTION else _MOCK_REQUESTS_A_SECOND
        given = self.portal_requests_a_second.get(portal, usual)
        return None if given is None else Pace(given, max(1, round(2 * given)))

    def paces(self, portals: Iterable[Portal]) -> dict[Portal, Pace]:
        """The same of several portals, as far as it is known without their adapters."""
        return {portal: self.pace_of(portal) or Pace() for portal in portals}

    @model_validator(mode="after")
    def _public_address_in_production(self) -> Self:
        if self.mode is Mode.PRODUCTION and "certificate_url" not in self.model_fields_set:
            raise ValueError("CREDITSYNC_CERTIFICATE_URL is missing: set it to the public address of the check pages")
        return self

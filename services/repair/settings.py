"""The settings that only repair has."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.outbound.guard import EgressRules
from shared.settings import HouseSettings, Mode


class RepairSettings(HouseSettings):
    """Settings of the service repair."""

    repair_port: int = Field(default=8103, ge=1, le=65535, description="Port of repair.")
    material_dir: Path | None = Field(
        default=None,
        description="Folder of the papers that applicants hand in (申请材料), sealed; all processes of repair share "
        "it. Unset: `materials` under the data folder.",
    )
    material_max_bytes: int = Field(
        default=20 * 1024 * 1024,
        ge=1024,
        description="Largest file of a paper, in bytes; no larger than a body may be.",
    )
    material_max_files: int = Field(default=40, ge=1, le=500, description="Most papers of one application.")
    material_uploads: int = Field(default=4, ge=1, le=64, description="Papers received at once by one process.")
    material_link_seconds: int = Field(
        default=600, ge=10, le=86_400, description="How long a link to a paper is good, in seconds."
    )
    material_scanner: str | None = Field(
        default=None,
        description="Malware scanner: `tcp://host:port` or `unix:///path` of clamd, or `exec:program arguments` that "
        "reads the file from standard input (0 clean, 1 infected). Unset: papers stay unscanned and can be fetched.",
    )
    material_scan_seconds: float = Field(
        default=60.0, ge=1, le=3600, description="Most seconds that a scan of one file may take."
    )
    tracking_requests_a_second: float = Field(
        default=0.5, gt=0, description="Requests a second that one address may send to the tracking page for long."
    )
    tracking_burst: float = Field(
        default=30.0, ge=1, description="Requests that one address may send to the tracking page at once."
    )

    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks of the house to which webhooks may be sent besides public addresses, as JSON: "
        '`["10.20.0.0/16"]`.',
    )
    smtp_host: str | None = Field(
        default=None,
        description="Mail server that takes reminders (修复提醒). Unset: no contact can have a mail address.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_sender: str = Field(
        default="creditsync@localhost", pattern="^[^@\\s]+@[^@\\s]+$", description="Address from which reminders come."
    )
    smtp_starttls: bool = Field(default=True, description="Encrypt before anything is said to the mail server.")
    smtp_user: str | None = Field(default=None, description="Name at the mail server. Unset: no login.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server.")

    def egress_rules(self) -> EgressRules:
        """Where webhooks may be sent."""
        return EgressRules(self.webhook_networks, https_only=self.mode is Mode.PRODUCTION)

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("CREDITSYNC_SMTP_USER and CREDITSYNC_SMTP_PASSWORD belong together: set both or none")
        if self.mode is Mode.PRODUCTION and self.smtp_host is not None and "smtp_sender" not in self.model_fields_set:
            raise ValueError("CREDITSYNC_SMTP_SENDER is missing: set it to the address from which reminders come")
        return self

"""The settings that only the dashboard has."""

from typing import ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import HouseSettings, Mode

SIGN_IN_CALLBACK = "/sign-in/callback"
"""Where the identity provider sends people back to, under the dashboard's address."""

_ADDRESS = r"^https?://[^\s/?#]+$"


class DashboardSettings(HouseSettings):
    """Settings of the dashboard (看板): it faces browsers, so it holds no key of the house and no database."""

    NOT_NEEDED: ClassVar[frozenset[str]] = frozenset({"database_url", "bus_url", "person_key", "evidence_keys"})

    dashboard_port: int = Field(default=8100, ge=1, le=65535, description="Port of the dashboard.")
    dashboard_url: str = Field(
        default="http://127.0.0.1:8100",
        pattern=_ADDRESS,
        description="Address at which browsers reach the dashboard; forms from any other origin are refused.",
    )
    ingest_url: str = Field(
        default="http://127.0.0.1:8101", pattern=_ADDRESS, description="Where the dashboard reads ingest."
    )
    disclosure_url: str = Field(
        default="http://127.0.0.1:8102", pattern=_ADDRESS, description="Where the dashboard reads disclosure."
    )
    repair_url: str = Field(
        default="http://127.0.0.1:8103", pattern=_ADDRESS, description="Where the dashboard reads repair."
    )
    sync_url: str = Field(
        default="http://127.0.0.1:8104", pattern=_ADDRESS, description="Where the dashboard reads sync."
    )
    sign_in_client: str = Field(
        default="dashboard", max_length=120, description="The dashboard's client identifier at the identity provider."
    )
    sign_in_secret: SecretStr | None = Field(
        default=None, description="Its secret there. Unset: a public client, which PKCE protects."
    )
    sign_in_scope: str = Field(
        default="openid", description="What it asks the identity provider for, separated by blanks."
    )
    session_key: SecretStr | None = Field(
        default=None,
        description="Key that seals session cookies: 64 hexadecimal digits, the same for all processes. Unset: made "
        "once under the data folder.",
    )
    session_idle_minutes: int = Field(
        default=30, ge=1, le=480, description="After so many minutes without a click one must sign in again."
    )
    session_hours: int = Field(default=10, ge=1, le=24, description="A session ends after so many hours in any case.")
    bureau: str = Field(
        default="", max_length=60, description="Name of the bureau (单位名称), at the head of every page on paper."
    )
    poll_seconds: int = Field(
        default=3, ge=1, le=60, description="How often an open page asks whether anything has changed."
    )

    @model_validator(mode="after")
    def _own_key_in_production(self) -> Self:
        if self.mode is Mode.PRODUCTION and self.session_key is None:
            raise ValueError(
                "CREDITSYNC_SESSION_KEY is missing: set it to 64 hexadecimal digits from a secret store, "
                "made for example with `openssl rand -hex 32`"
            )
        return self

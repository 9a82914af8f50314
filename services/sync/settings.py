"""The settings that only sync has."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import HouseSettings, Mode


class SyncSettings(HouseSettings):
    """Settings of the service sync."""

    sync_port: int = Field(default=8104, ge=1, le=65535, description="Port of sync.")
    credit_china_url: str = Field(default="http://127.0.0.1:8111", description="Address of Credit China (信用中国).")
    credit_china_token: SecretStr | None = Field(default=None, description="Bearer token for Credit China.")
    credit_jiangsu_url: str = Field(
        default="http://127.0.0.1:8112", description="Address of the public pages of Credit Jiangsu (信用江苏)."
    )
    credit_jiangsu_exchange_url: SecretStr | None = Field(
        default=None, description="Address of Credit Jiangsu's exchange database (前置库)."
    )
    market_supervision_url: str = Field(
        default="http://127.0.0.1:8113", description="Address of the market-supervision portal (市场监管)."
    )
    market_supervision_secret: SecretStr | None = Field(
        default=None, description="Secret that signs requests to the market-supervision portal."
    )
    mend_records: int = Field(
        default=20, ge=0, description="Records that one reconciliation may mend by itself, whatever the share."
    )
    mend_share: float = Field(
        default=0.02, ge=0, le=1, description="Share of a listing that one reconciliation may mend by itself."
    )
    reconcile_cron: str = Field(
        default="30 2 * * *", description="When the daily reconciliation runs, as a cron expression in Asia/Shanghai."
    )

    @model_validator(mode="after")
    def _secrets_in_production(self) -> Self:
        for name in ("credit_china_token", "credit_jiangsu_exchange_url", "market_supervision_secret"):
            if self.mode is Mode.PRODUCTION and getattr(self, name) is None:
                raise ValueError(f"CREDITSYNC_{name.upper()} is missing: the portal refuses calls without it")
        return self

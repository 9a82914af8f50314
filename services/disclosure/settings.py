"""The settings that only disclosure has."""

from pydantic import Field

from shared.settings import HouseSettings


class DisclosureSettings(HouseSettings):
    """Settings of the service disclosure."""

    disclosure_port: int = Field(default=8102, ge=1, le=65535, description="Port of disclosure.")
    expiry_seconds: float = Field(
        default=1.0, gt=0, description="Seconds between two looks for publications whose last lawful day is over."
    )

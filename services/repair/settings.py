"""The settings that only repair has."""

from pydantic import Field

from shared.settings import HouseSettings


class RepairSettings(HouseSettings):
    """Settings of the service repair."""

    repair_port: int = Field(default=8103, ge=1, le=65535, description="Port of repair.")

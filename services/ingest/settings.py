"""The settings that only ingest has."""

from pydantic import Field

from shared.settings import HouseSettings


class IngestSettings(HouseSettings):
    """Settings of the service ingest."""

    ingest_port: int = Field(default=8101, ge=1, le=65535, description="Port of ingest.")

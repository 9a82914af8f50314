"""The stand-in as an application of its own."""

from typing import Any

from services.ingest.mock_source.api import source_router
from services.ingest.mock_source.source import MockSource
from shared.settings import HouseSettings
from shared.web.app import create_api


def create_mock_source(source: MockSource, settings: HouseSettings, slow_seconds: float = 1.0) -> Any:
    """Serves these rows; it knows nothing of the house that asks."""
    return create_api(
        "source",
        "mock law-enforcement system (执法系统)",
        routers=[source_router(source, slow_seconds)],
        settings=settings,
        verifier=None,
    )

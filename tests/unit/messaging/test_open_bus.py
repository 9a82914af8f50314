"""The bus is chosen by its address."""

from pathlib import Path

import pytest

from shared.errors import StartRefused
from shared.messaging.connect import open_bus
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.rabbitmq import RabbitBus


@pytest.mark.parametrize("scheme", ["amqp", "amqps"])
async def test_an_amqp_address_is_rabbitmq(scheme: str) -> None:
    assert isinstance(open_bus(f"{scheme}://guest:guest@localhost/", "test"), RabbitBus)


@pytest.mark.parametrize("start", ["sqlite+aiosqlite:///{}/bus.db", "postgresql+asyncpg://localhost/{}"])
async def test_a_database_address_is_the_embedded_bus(tmp_path: Path, start: str) -> None:
    bus = open_bus(start.format(tmp_path), "test")
    assert isinstance(bus, EmbeddedBus)
    await bus.close()


async def test_any_other_address_stops_the_start_with_a_sentence() -> None:
    with pytest.raises(StartRefused, match="must start with amqp://"):
        open_bus("redis://localhost", "test")

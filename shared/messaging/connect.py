"""Chooses the bus by its address. Serves every process; decides nothing else."""

from shared.database.engine import Database
from shared.errors import StartRefused
from shared.messaging.bus import Bus
from shared.messaging.embedded import SCHEMA, EmbeddedBus


def open_bus(url: str, name: str) -> Bus:
    """The bus behind `url`, not yet connected: `await bus.open()` does that, and `await bus.close()` ends it.

    `name` tells the process apart in RabbitMQ's own screens.
    """
    scheme = url.partition("://")[0]
    if scheme in ("amqp", "amqps"):
        from shared.messaging.rabbitmq import RabbitBus  # 5 MB that no process without RabbitMQ needs

        return RabbitBus(url, name=name)
    if scheme in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        return EmbeddedBus(Database(url, SCHEMA))
    raise StartRefused(
        f"the bus address starts with {scheme}://; it must start with amqp://, amqps://, sqlite+aiosqlite:/// "
        "or postgresql+asyncpg://"
    )

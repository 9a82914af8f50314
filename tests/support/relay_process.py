"""A relay in a process of its own that dies by SIGKILL where the test wants: `DATABASE_URL BUS_URL WHEN`.

`before_publish`: it has claimed rows and told nobody. `before_delete`: the broker has confirmed, the rows are there.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from shared.messaging.bus import Message
from tests.support.messaging_house import WrappedBus, house


class DeadlyBus(WrappedBus):
    """Kills its own process around a publication."""

    when = ""

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.when == "before_delete":
            await self.inner.publish(messages)
        os.kill(os.getpid(), signal.SIGKILL)


async def main(database_url: str, bus_url: str, when: str) -> None:
    async with house(database_url, bus_url) as own:
        bus = DeadlyBus(own.bus)
        bus.when = when
        await own.relay(bus).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

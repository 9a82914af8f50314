"""A consumer that takes messages and never answers, to be killed by the test that started it: `URL QUEUE`."""

import asyncio
import sys

from tests.support.buses import make_bus, opened


async def main(url: str, queue: str) -> None:
    async with opened(make_bus(url)) as bus, bus.consume(queue, prefetch=10) as deliveries:
        async for delivery in deliveries:
            print(delivery.message.message_id, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

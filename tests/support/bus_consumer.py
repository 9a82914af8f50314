"""A consumer that takes messages and never answers: `URL QUEUE`. It ends when its standard input does, or is killed."""

import asyncio
import sys

from tests.support.buses import make_bus, opened


async def main(url: str, queue: str) -> None:
    async with opened(make_bus(url)) as bus, bus.consume(queue, prefetch=10) as deliveries:

        async def tell() -> None:
            async for delivery in deliveries:
                print(delivery.message.message_id, flush=True)

        telling = asyncio.create_task(tell())
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        telling.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

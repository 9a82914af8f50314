"""A TCP proxy on loopback that misbehaves on request, for tests of time-outs, retries and reconnects.

It stands between a client and a real server and swallows, resets, refuses or delays what passes. Bytes that it
swallowed are lost, so such a connection is reset when the fault ends: no stream ever goes on with a hole in it.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from services.local.ports import LOOPBACK, free_port

_CHUNK = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class FaultMode(StrEnum):
    PASS = "pass"
    BLACK_HOLE = "black_hole"  # takes connections and bytes of both sides, delivers nothing, closes nothing
    RESET = "reset"  # resets what is open and every new connection
    REFUSE = "refuse"  # resets what is open; nobody listens any more
    LATENCY = "latency"  # delays every chunk, in each direction


class _Link:
    """One client and, unless it came in during a black hole, its connection to the target."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.writers = [client]
        self.lost_bytes = False
        self.ended = asyncio.Event()

    def reset(self) -> None:
        self.ended.set()
        for writer in self.writers:
            with suppress(OSError):  # the other side may be gone already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()


class FaultProxy:
    """`async with FaultProxy(host, port) as proxy:` and connect to `proxy.port` on loopback.

    `emptied` is set when the last client has left.
    """

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self._mode = FaultMode.PASS
        self._latency = 0.0
        self._links: dict[asyncio.Task[None], _Link] = {}
        self._listener: asyncio.Server | None = None
        self.emptied = asyncio.Event()
        self.host = LOOPBACK
        self.port = free_port()

    @property
    def mode(self) -> FaultMode:
        return self._mode

    @property
    def connections(self) -> int:
        """How many clients are connected now."""
        return len(self._links)

    def url(self, original: str) -> str:
        """The same URL, through this proxy."""
        parts = urlsplit(original)
        credentials, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{credentials}{at}{self.host}:{self.port}").geturl()

    async def set_mode(self, mode: FaultMode, *, latency: float = 0.0) -> None:
        """Switches at once, for open and for new connections; `latency` in seconds goes with that mode."""
        self._mode, self._latency = mode, latency
        for link in list(self._links.values()):
            if mode in (FaultMode.RESET, FaultMode.REFUSE) or (link.lost_bytes and mode != FaultMode.BLACK_HOLE):
                link.reset()
        if mode == FaultMode.REFUSE:
            self._close_listener()
        elif self._listener is None:
            await self._listen()

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_listener()
        tasks = list(self._links)
        for task in tasks:
            self._links[task].reset()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # one turn of the loop, in which aborted transports close their sockets

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._accept, self.host, self.port)

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A plain function and a task of our own: the stream server would report a cancelled handler as an error."""
        link = _Link(writer)
        task = asyncio.get_running_loop().create_task(self._serve(reader, link))
        self._links[task] = link
        self.emptied.clear()
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._links[task]
        if not self._links:
            self.emptied.set()

    async def _serve(self, reader: asyncio.StreamReader, link: _Link) -> None:
        if self._mode == FaultMode.RESET:
            link.reset()
            return
        try:
            if self._mode == FaultMode.BLACK_HOLE:
                await self._swallow(reader, link)
            else:
                await self._connect_through(reader, link)
        except OSError:
            link.reset()
        finally:
            for writer in link.writers:
                writer.close()

    async def _swallow(self, reader: asyncio.StreamReader, link: _Link) -> None:
        """Takes everything of one side until the link is reset; even its goodbye goes unanswered."""
        link.lost_bytes = True
        while await reader.read(_CHUNK):
            pass
        await link.ended.wait()

    async def _connect_through(self, reader: asyncio.StreamReader, link: _Link) -> None:
        target_reader, target_writer = await asyncio.open_connection(*self._target)
        link.writers.append(target_writer)
        async with asyncio.TaskGroup() as both_ways:
            both_ways.create_task(self._pump(reader, target_writer, link))
            both_ways.create_task(self._pump(target_reader, link.writers[0], link))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, link: _Link) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK):
                if self._mode == FaultMode.LATENCY:
                    await asyncio.sleep(self._latency)
                if self._mode == FaultMode.BLACK_HOLE:
                    return await self._swallow(source, link)
                sink.write(chunk)
                await sink.drain()
            if self._mode == FaultMode.BLACK_HOLE:
                return await self._swallow(source, link)
            if not sink.transport.is_closing():
                sink.write_eof()
            return None
        link.reset()
        return None

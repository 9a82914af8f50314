"""The other end of the delivery cases: `python -m tests.bench.receiver PORT`.

It answers every POST at once and keeps when which record came; one that posts to `/silent` is never answered.
`GET /received` gives [record, when] for each; `DELETE /received` forgets them.
"""

import asyncio
import json
import re
import sys
import time
from typing import cast

import uvloop

from services.local.ports import LOOPBACK

_RECORD = re.compile(rb'"record_id":"([^"]*)"')
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_received: list[tuple[str, float]] = []


class Receiver(asyncio.Protocol):
    """As little HTTP as a keep-alive client needs."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._buffer = cast("asyncio.Transport", transport), b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            request, self._buffer = self._buffer[:whole], self._buffer[whole:]
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        if request.startswith(b"GET"):
            body = json.dumps(_received).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        elif request.startswith(b"DELETE"):
            _received.clear()
            self._transport.write(_TAKEN)
        elif not request.startswith(b"POST /silent"):
            record = _RECORD.search(request)
            _received.append((record[1].decode() if record else "", time.time()))
            self._transport.write(_TAKEN)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, LOOPBACK, port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))

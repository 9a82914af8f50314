"""One portal over HTTP: which answers mean that the portal as a whole is not there.

A 429 or 503 means that nothing was taken, and so does a connection that never came about. Everything else that goes
wrong after sending is `Uncertain`: read back, never guess.
"""

import math
from collections.abc import Callable, Mapping

from services.sync.portals.base import PortalUnavailable
from services.sync.portals.options import PortalOptions
from services.sync.portals.spending import Purse, purse
from shared.clock import wall_time
from shared.outbound.client import Answer, NotSent, OutboundClient, Uncertain
from shared.retry_after import wait_until

_TURNED_AWAY = frozenset({429, 503})
_OUR_CREDENTIALS = frozenset({401, 403})
_LONGEST_WAIT = 24 * 3600.0


class PortalHttp:
    """A connection pool to one portal. `Uncertain` passes through; the caller knows what was at stake."""

    def __init__(self, options: PortalOptions, *, connections: int, max_answer_bytes: int = 16 * 1024 * 1024) -> None:
        self._client = OutboundClient(
            options.base_url,
            timeouts=options.timeouts,
            connections=connections,
            max_answer_bytes=max_answer_bytes,
            app=options.app,
        )

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self._send("GET", path, None, headers)

    async def post(self, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        return await self._send("POST", path, content, {"content-type": "application/json", **headers})

    async def download(self, path: str, write: Callable[[bytes], object], *, most_bytes: int) -> int:
        """Hand on a long body as it comes, up to a bound; the status. Part of a body may have been handed on before
        `Uncertain` is raised."""
        taken = 0

        def bounded(chunk: bytes) -> None:
            nonlocal taken
            taken += len(chunk)
            if taken > most_bytes:
                raise Uncertain(f"{path} is longer than {most_bytes} bytes")
            write(chunk)

        if (payer := purse()) is not None:
            await payer.pay()
        try:
            answer = await self._client.download(path, bounded)
        except NotSent as error:
            raise PortalUnavailable(str(error)) from error
        return (await _judged(answer, payer)).status

    async def close(self) -> None:
        await self._client.close()

    async def _send(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str] | None) -> Answer:
        if (payer := purse()) is not None:
            await payer.pay()
        try:
            answer = await self._client.send(method, path, content=content, headers=headers)
        except NotSent as error:
            raise PortalUnavailable(str(error)) from error
        return await _judged(answer, payer)


async def _judged(answer: Answer, payer: Purse | None) -> Answer:
    """The answer, unless it means that the portal is not there for us."""
    if answer.status in _TURNED_AWAY:
        asked = _retry_after(answer)
        if asked and payer is not None:
            await payer.told_to_wait(asked)
        raise PortalUnavailable(f"the portal answered {answer.status}", asked)
    if answer.status in _OUR_CREDENTIALS:
        raise PortalUnavailable(f"the portal refuses our credentials ({answer.status}): {answer.text[:200]}")
    return answer


def _retry_after(answer: Answer) -> float | None:
    """Seconds, a day at most: from now to the date, where it names one."""
    said = answer.headers.get("retry-after", "")
    try:
        seconds = float(said)
    except ValueError:
        until = wait_until(said, wall_time())
        if until is None:
            return None
        seconds = until.total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT) if math.isfinite(seconds) else None

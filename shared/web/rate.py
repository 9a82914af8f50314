"""How often one address may ask a public page: a token bucket for each, in this process.

A courtesy to the others, no identity. A route that has no login depends on `not_too_often`.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address

from fastapi import Request

from shared.clock import stopwatch
from shared.errors import TOO_MANY_REQUESTS, Problem

_ADDRESSES = 10_000


class Buckets:
    """`burst` requests at once, `a_second` more each second. The address that was silent longest is forgotten first."""

    def __init__(self, *, burst: float, a_second: float, seconds: Callable[[], float] = stopwatch) -> None:
        self._burst = burst
        self._a_second = a_second
        self._seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """0 when the request may pass, else the seconds after which one may."""
        now = self._seconds()
        tokens, since = self._buckets.pop(address, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._a_second)
        passes = tokens >= 1
        self._buckets[address] = (tokens - passes, now)
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return 0 if passes else max(1, math.ceil((1 - tokens) / self._a_second))


def not_too_often(request: Request, limits: Buckets) -> None:
    """Refuse a caller whose address has used up its bucket, and say when to come again."""
    seconds = limits.wait(address_of(request))
    if seconds:
        raise Problem(TOO_MANY_REQUESTS, "Too many requests from this address.", retry_after_seconds=seconds)


def address_of(request: Request) -> str:
    """From where the request comes: what a proxy that the settings name says last, else the other end of the line."""
    peer = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    trusted = getattr(request.app.state, "trusted_proxies", ())
    if not told or not trusted:
        return peer
    try:
        return str(ip_address(told)) if any(ip_address(peer) in network for network in trusted) else peer
    except ValueError:
        return peer

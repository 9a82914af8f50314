"""How often one address may ask: a token bucket for each, in this process. A courtesy to the others, no identity."""

import math
from collections import OrderedDict
from collections.abc import Callable

from shared.clock import stopwatch

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

"""A portal's patience: a token bucket for its interface."""

from shared.clock import stopwatch


class RateLimit:
    """`rate` requests a second in the long run, `burst` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._seen = stopwatch()

    def wait(self) -> float:
        """0 when the request may pass, else the seconds after which it may."""
        now = stopwatch()
        self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate

"""The background side of the audit log, the same in each service: link, sign, verify (guarantee G14)."""

from collections.abc import Awaitable, Callable

from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.evidence.link import link_entries
from shared.evidence.seal import Sealer, Seals
from shared.timers import Timer

_LINK_SECONDS = 1.0
_SEAL_SECONDS = 60.0
_VERIFY_SECONDS = 24 * 3600.0
"""Every worker walks the chain when it starts and once a day: a million entries take about a minute of one core."""


def evidence_timers(database: Database, clock: Clock, seals: Seals | None) -> list[Timer]:
    """Linking needs nothing; signing and verifying need keys, which a worker in a test may lack."""

    async def link() -> int:
        return await link_entries(database, clock)

    timers = [Timer("audit.link", _LINK_SECONDS, link)]
    if seals:
        sealer = Sealer(database, seals)

        verify = _once_in(_VERIFY_SECONDS, sealer)
        timers += [Timer("audit.seal", _SEAL_SECONDS, sealer.seal), Timer("audit.verify", _SEAL_SECONDS, verify)]
    return timers


def _once_in(seconds: float, sealer: Sealer) -> Callable[[], Awaitable[int]]:
    """A walk at once and then each day; the timer itself comes by each minute, so that its silence stays an alarm."""
    due_at = stopwatch()

    async def verify() -> int:
        nonlocal due_at
        if stopwatch() >= due_at:
            await sealer.verify()
            due_at = stopwatch() + seconds
        return 0

    return verify

"""Merges dead letters by type and cause where the broker cannot: one after the other, holding one of each cause."""

from dataclasses import replace
from datetime import datetime

from shared.messaging.bus import DeadCause, DeadLetter


def merged(so_far: DeadCause | None, letter: DeadLetter) -> DeadCause:
    """The cause with one more letter; its sample is the oldest."""
    if so_far is None:
        return DeadCause(letter.message.type, letter.cause, 1, letter.dead_at, letter.dead_at, letter)
    times: list[datetime] = [at for at in (so_far.oldest_at, so_far.newest_at, letter.dead_at) if at is not None]
    oldest, newest = (min(times), max(times)) if times else (None, None)
    sample = letter if oldest is not None and letter.dead_at == oldest != so_far.oldest_at else so_far.sample
    return replace(so_far, letters=so_far.letters + 1, oldest_at=oldest, newest_at=newest, sample=sample)

"""Questions to the tables of sync: is there anything to do now, and when will there be? They decide nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.simulation.databases import Peek

LOST_AFTER = timedelta(seconds=60)
"""An order that nobody has taken up for so long is sent after again."""

APPROVED = (
    "SELECT 1 FROM mending_approval WHERE state = 'approved' AND (lease_until IS NULL OR lease_until <= ?) LIMIT 1"
)
_WAITING = (
    "acknowledged_generation < generation AND refusal IS NULL AND receipt IS NULL AND next_look_at IS NULL"
    " AND portal_key IS NOT NULL"
)
_PENDING = f"""SELECT portal, pushes, iif(portal_key IS NOT NULL, next_look_at, NULL) AS look_at,
 iif(receipt IS NOT NULL, next_receipt_at, NULL) AS answer_at, iif({_WAITING}, next_push_at, NULL) AS push_at
FROM placement WHERE look_at IS NOT NULL OR answer_at IS NOT NULL OR push_at IS NOT NULL ORDER BY portal"""  # noqa: S608
_RESUMED = "SELECT portal, reads_resume_at FROM portal_channel WHERE reads_resume_at IS NOT NULL"
_LEASED = "SELECT DISTINCT leased_until FROM outbox"
_WAITS = "SELECT min(waits_until) FROM reconciliation WHERE state = 'waiting' AND waits_until > ?"
_PUT_OFF = "SELECT min(lease_until) FROM mending_approval WHERE state = 'approved' AND lease_until > ?"
STOPPED = "SELECT portal FROM portal_channel WHERE stopped_by IS NOT NULL"
OWED = """SELECT DISTINCT subscriber_id FROM delivery WHERE state = 'pending' AND next_try_at <= ? ORDER BY 1"""
ASKED = """SELECT DISTINCT portal FROM reconciliation r
WHERE state = 'waiting' AND waits_until <= ?1 OR state = 'requested' AND NOT EXISTS (
 SELECT 1 FROM reconciliation w WHERE w.portal = r.portal AND w.method = r.method AND w.state = 'waiting'
 AND w.waits_until > ?1)"""
"""One that is asked for while another one waits for the same begins when that one does."""


@dataclass
class Due:
    """What is due at one portal."""

    looks: bool = False
    receipts: bool = False
    pushes: bool = False


def due(sync: Peek, now: datetime) -> dict[str, Due]:
    """By portal, in the order of their names. Asked without the moment: remembered while the clock moves."""
    at, lost = stamp(now), stamp(now - LOST_AFTER)
    held = {row["portal"] for row in sync.rows(_RESUMED) if row["reads_resume_at"] > at}
    found: dict[str, Due] = {}
    for portal, pushes, look_at, answer_at, push_at in sync.rows(_PENDING):
        here = found.setdefault(portal, Due())
        here.looks |= portal not in held and bool(look_at) and look_at <= at
        here.receipts |= portal not in held and bool(answer_at) and answer_at <= at
        here.pushes |= bool(push_at) and push_at <= at and (pushes > 0 or push_at < lost)
    return found


def has_to_tell(peek: Peek, now: str) -> bool:
    """Whether the outbox holds what no relay has in hand."""
    return any(until is None or until <= now for (until,) in peek.rows(_LEASED))


def following(peeks: Mapping[str, Peek], others: Iterable[str | None], now: datetime) -> list[datetime]:
    """When something falls due, by the tables and by what the others say; some of it may be past."""
    sync, at = peeks["sync"], stamp(now)
    pending = sync.rows(_PENDING)
    moments = {until for peek in peeks.values() for (until,) in peek.rows(_LEASED)}
    moments |= {row["reads_resume_at"] for row in sync.rows(_RESUMED)} | {sync.one(_WAITS, at), sync.one(_PUT_OFF, at)}
    moments |= {moment for row in pending for moment in tuple(row)[2:]}
    coming = [instant(one) for one in [*(one for one in moments if one and one > at), *others] if one]
    untaken = [row["push_at"] for row in pending if row["push_at"] and row["pushes"] == 0]
    lost = [instant(min(untaken)) + LOST_AFTER + timedelta(milliseconds=1)] if untaken else []
    return coming + lost


def stamp(moment: datetime) -> str:
    """An instant as SQLite keeps it."""
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

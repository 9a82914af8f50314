"""Questions to the tables of sync: is there anything to do now, and when will there be? They decide nothing."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from tests.simulation.databases import Peek

LOST_AFTER = timedelta(seconds=60)
"""An order that nobody has taken up for so long is sent after again."""

APPROVED = (
    "SELECT 1 FROM mending_approval WHERE state = 'approved' AND (lease_until IS NULL OR lease_until < ?) LIMIT 1"
)
_WAITING = (
    "acknowledged_generation < generation AND refusal IS NULL AND receipt IS NULL AND next_look_at IS NULL"
    " AND portal_key IS NOT NULL"
)
HELD = "(SELECT portal FROM portal_channel WHERE reads_resume_at > ?)"
DUE = f"""SELECT portal,
 sum(next_look_at <= ? AND portal_key IS NOT NULL AND portal NOT IN {HELD}) AS looks,
 sum(receipt IS NOT NULL AND next_receipt_at <= ? AND portal NOT IN {HELD}) AS receipts,
 sum({_WAITING} AND next_push_at <= ? AND (pushes > 0 OR next_push_at < ?)) AS again
FROM placement GROUP BY portal"""  # noqa: S608
_MOMENTS = (
    "SELECT min(reads_resume_at) FROM portal_channel WHERE reads_resume_at > ?",
    "SELECT min(waits_until) FROM reconciliation WHERE state = 'waiting' AND waits_until > ?",
    "SELECT min(next_look_at) FROM placement WHERE next_look_at > ? AND portal_key IS NOT NULL",
    "SELECT min(next_receipt_at) FROM placement WHERE receipt IS NOT NULL AND next_receipt_at > ?",
    f"SELECT min(next_push_at) FROM placement WHERE {_WAITING} AND next_push_at > ?",  # noqa: S608
)
_UNTAKEN = f"SELECT min(next_push_at) FROM placement WHERE {_WAITING} AND pushes = 0"  # noqa: S608
STOPPED = "SELECT portal FROM portal_channel WHERE stopped_by IS NOT NULL"
ASKED = """SELECT DISTINCT portal FROM reconciliation r
WHERE state = 'waiting' AND waits_until <= ?1 OR state = 'requested' AND NOT EXISTS (
 SELECT 1 FROM reconciliation w WHERE w.portal = r.portal AND w.method = r.method AND w.state = 'waiting'
 AND w.waits_until > ?1)"""
"""One that is asked for while another one waits for the same begins when that one does."""


def following(peeks: Mapping[str, Peek], others: Iterable[str | None], now: datetime) -> list[datetime]:
    """When something falls due, by the tables and by what the others say; some of it may be past."""
    sync, at = peeks["sync"], stamp(now)
    found = [peek.one("SELECT min(leased_until) FROM outbox WHERE leased_until > ?", at) for peek in peeks.values()]
    found += [sync.one(statement, at) for statement in _MOMENTS]
    lost = sync.one(_UNTAKEN)
    moments = [instant(one) for one in (*found, *others) if one]
    return [*moments, instant(lost) + LOST_AFTER + timedelta(milliseconds=1)] if lost else moments


def stamp(moment: datetime) -> str:
    """An instant as SQLite keeps it."""
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

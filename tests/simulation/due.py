"""Questions to the tables of sync: is there anything to do now, and when will there be? They decide nothing."""

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
MOMENTS = (
    "SELECT min(reads_resume_at) FROM portal_channel WHERE reads_resume_at > ?",
    "SELECT min(waits_until) FROM reconciliation WHERE state = 'waiting' AND waits_until > ?",
    "SELECT min(next_look_at) FROM placement WHERE next_look_at > ? AND portal_key IS NOT NULL",
    "SELECT min(next_receipt_at) FROM placement WHERE receipt IS NOT NULL AND next_receipt_at > ?",
    f"SELECT min(next_push_at) FROM placement WHERE {_WAITING} AND next_push_at > ?",  # noqa: S608
)
UNTAKEN = f"SELECT min(next_push_at) FROM placement WHERE {_WAITING} AND pushes = 0"  # noqa: S608
ASKED = """SELECT DISTINCT portal FROM reconciliation
WHERE state = 'requested' OR state = 'waiting' AND waits_until <= ?"""

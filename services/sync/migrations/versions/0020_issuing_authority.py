"""issuing_authority: the feed shows a record to the authority that issued it, no longer to the one that handed it in

Revision ID: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_AUTHORITY = {
    "postgresql": "t.body::json #>> '{issuing_authority,code}'",
    "sqlite": "json_extract(t.body, '$.issuing_authority.code')",
}
# What has no content any more keeps what it has, and what is not numbered yet is told when it is. For most records both
# are one authority: their rows stay untouched. Each body is taken apart once: row by row it took thrice the time.
_MOVED = """
WITH issued AS MATERIALIZED (SELECT t.record_id, t.audience, {authority} AS authority FROM content t)
UPDATE {table} SET authority = i.authority
FROM placement p JOIN issued i ON i.record_id = p.record_id AND i.audience = p.audience
WHERE p.record_id = {table}.record_id AND p.portal = {table}.portal AND {table}.authority <> i.authority
"""
# The digests of everybody ('') do not depend on it.
_SUMMED = """
INSERT INTO feed_digest (authority, bucket, entries, total)
SELECT authority, bucket, count(*), CAST(sum(digest) AS BIGINT) FROM feed_entry
WHERE authority <> '' GROUP BY authority, bucket
"""


def upgrade() -> None:
    """A reader by authority whose records move compares its copy with `/v1/changes/state`."""
    authority = _AUTHORITY[op.get_bind().dialect.name]
    for table in ("change", "feed_entry"):
        op.execute(sa.text(_MOVED.format(table=table, authority=authority)))
    op.execute("DELETE FROM feed_digest WHERE authority <> ''")
    op.execute(_SUMMED)


def downgrade() -> None:
    """The older code reads these as well."""

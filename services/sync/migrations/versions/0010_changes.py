"""changes: what a copy holds that has followed the feed, with its digests

Revision ID: 0010
"""

from collections import Counter
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_AT_ONCE = 1_000
# The newest order that the feed still tells of each placement; where it tells of none any more, the placement itself.
_SHOWN = """
SELECT p.record_id, p.portal, coalesce(c.generation, p.generation) AS generation, coalesce({authority}, '') AS authority
FROM placement p
LEFT JOIN (
  SELECT record_id, portal, max(position) AS position FROM change
  WHERE position IS NOT NULL AND type IN ('display.show_ordered', 'display.hide_ordered') GROUP BY record_id, portal
) n ON n.record_id = p.record_id AND n.portal = p.portal
LEFT JOIN change c ON c.position = n.position
LEFT JOIN content t ON t.record_id = p.record_id AND t.audience = p.audience
WHERE CASE WHEN c.type IS NULL THEN NOT p.take_down ELSE c.type = 'display.show_ordered' END
ORDER BY p.record_id, p.portal
"""
_AUTHORITY = {
    'postgresql': "t.body::json #>> '{source_authority,code}'",
    'sqlite': "json_extract(t.body, '$.source_authority.code')",
}


def upgrade() -> None:
    entry = op.create_table('feed_entry',
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('portal', sa.String(length=20), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('authority', sa.String(length=18), nullable=False),
    sa.Column('bucket', sa.Integer(), nullable=False),
    sa.Column('digest', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('record_id', 'portal', name=op.f('pk_feed_entry'))
    )
    with op.batch_alter_table('feed_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_feed_entry_bucket'), ['bucket'], unique=False)
    digest = op.create_table('feed_digest',
    sa.Column('authority', sa.String(length=18), nullable=False),
    sa.Column('bucket', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('entries', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('authority', 'bucket', name=op.f('pk_feed_digest'))
    )
    _fill(entry, digest)


def _fill(entry: sa.Table, digest: sa.Table) -> None:
    """A change that is not numbered yet is taken in when it is."""
    connection = op.get_bind()
    entries, totals = Counter(), Counter()
    rows = connection.execute(sa.text(_SHOWN.replace('{authority}', _AUTHORITY[connection.dialect.name])))
    for some in rows.partitions(_AT_ONCE):
        found = [_entry(row) for row in some]
        connection.execute(entry.insert(), found)
        for one in found:
            for place in {('', one['bucket']), (one['authority'], one['bucket'])}:
                entries[place] += 1
                totals[place] += one['digest']
    places = [
        {'authority': place[0], 'bucket': place[1], 'entries': entries[place], 'total': totals[place]}
        for place in sorted(entries)
    ]
    for at in range(0, len(places), _AT_ONCE):
        connection.execute(digest.insert(), places[at : at + _AT_ONCE])


def _entry(row: sa.Row) -> dict[str, object]:
    key = f'{row.record_id}/{row.portal}'
    text = f'{key}\x1dgeneration\x1f{row.generation}'
    return {
        'record_id': row.record_id,
        'portal': row.portal,
        'generation': row.generation,
        'authority': row.authority,
        'bucket': int.from_bytes(sha256(key.encode()).digest()[:2], 'big'),
        'digest': int.from_bytes(sha256(text.encode()).digest()[:6], 'big'),
    }

"""digests: the triggers that keep them

A later revision that makes SQLite copy the table `placement` has to run `upgrade` of this one again: a copy has none.

Revision ID: 0008
"""

from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_LOG = 'INSERT INTO bucket_change (portal, bucket, entries, total) '
_IN_NEW = 'NOT new.take_down AND new.bucket IS NOT NULL'
_IN_OLD = 'NOT old.take_down AND old.bucket IS NOT NULL'
_ADD = _LOG + 'SELECT new.portal, new.bucket, 1, new.entry_digest WHERE ' + _IN_NEW
_TAKE = _LOG + 'SELECT old.portal, old.bucket, -1, -old.entry_digest WHERE ' + _IN_OLD
_CHANGED = 'old.take_down IS {0} new.take_down OR old.bucket IS {0} new.bucket OR old.entry_digest IS {0} new.entry_digest'
_SQLITE = (
    f'CREATE TRIGGER bucket_insert AFTER INSERT ON placement WHEN {_IN_NEW} BEGIN {_ADD}; END',
    'CREATE TRIGGER bucket_update AFTER UPDATE OF take_down, bucket, entry_digest ON placement '
    f"WHEN {_CHANGED.format('NOT')} BEGIN {_TAKE}; {_ADD}; END",
    f'CREATE TRIGGER bucket_delete AFTER DELETE ON placement WHEN {_IN_OLD} BEGIN {_TAKE}; END',
)
_POSTGRESQL = (
    f'CREATE FUNCTION bucket_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_ADD}; RETURN NULL; END $$',
    f'CREATE FUNCTION bucket_take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_TAKE}; RETURN NULL; END $$',
    f'CREATE FUNCTION bucket_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_TAKE}; {_ADD}; RETURN NULL; END $$',
    f'CREATE TRIGGER bucket_insert AFTER INSERT ON placement FOR EACH ROW WHEN ({_IN_NEW}) EXECUTE FUNCTION bucket_add()',
    'CREATE TRIGGER bucket_update AFTER UPDATE OF take_down, bucket, entry_digest ON placement FOR EACH ROW '
    f"WHEN ({_CHANGED.format('DISTINCT FROM')}) EXECUTE FUNCTION bucket_move()",
    f'CREATE TRIGGER bucket_delete AFTER DELETE ON placement FOR EACH ROW WHEN ({_IN_OLD}) EXECUTE FUNCTION bucket_take()',
)


def upgrade() -> None:
    for statement in _SQLITE if op.get_bind().dialect.name == 'sqlite' else _POSTGRESQL:
        op.execute(statement)

"""The digests of what each portal shall show, kept by the database itself in the transaction of every change.

Triggers write one line a change into a log to which everybody only appends, so that no two writers ever wait for
each other; a timer folds the log into one row a bucket.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, event, text

from services.sync.tables import metadata, placement
from shared.database.mechanics import Identity

bucket_digest = Table(
    "bucket_digest",
    metadata,
    Column("portal", String(20), primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
)

bucket_change = Table(
    "bucket_change",
    metadata,
    Column("change_id", Identity, primary_key=True, autoincrement=True),
    Column("portal", String(20), nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Index(None, "portal"),
)

_LOG = "INSERT INTO bucket_change (portal, bucket, entries, total) "
_IN = "NOT {0}.take_down AND {0}.bucket IS NOT NULL"
_ADD = _LOG + "SELECT new.portal, new.bucket, 1, new.entry_digest WHERE " + _IN.format("new")
_TAKE = _LOG + "SELECT old.portal, old.bucket, -1, -old.entry_digest WHERE " + _IN.format("old")
_CHANGED = (
    "old.take_down IS {0} new.take_down OR old.bucket IS {0} new.bucket OR old.entry_digest IS {0} new.entry_digest"
)

SQLITE = (
    f"CREATE TRIGGER bucket_insert AFTER INSERT ON placement WHEN {_IN.format('new')} BEGIN {_ADD}; END",
    (
        "CREATE TRIGGER bucket_update AFTER UPDATE OF take_down, bucket, entry_digest ON placement "
        f"WHEN {_CHANGED.format('NOT')} BEGIN {_TAKE}; {_ADD}; END"
    ),
    f"CREATE TRIGGER bucket_delete AFTER DELETE ON placement WHEN {_IN.format('old')} BEGIN {_TAKE}; END",
)
POSTGRESQL = (
    f"CREATE FUNCTION bucket_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_ADD}; RETURN NULL; END $$",
    f"CREATE FUNCTION bucket_take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_TAKE}; RETURN NULL; END $$",
    f"CREATE FUNCTION bucket_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_TAKE}; {_ADD}; RETURN NULL; END $$",
    (
        "CREATE TRIGGER bucket_insert AFTER INSERT ON placement FOR EACH ROW "
        f"WHEN ({_IN.format('new')}) EXECUTE FUNCTION bucket_add()"
    ),
    (
        "CREATE TRIGGER bucket_update AFTER UPDATE OF take_down, bucket, entry_digest ON placement FOR EACH ROW "
        f"WHEN ({_CHANGED.format('DISTINCT FROM')}) EXECUTE FUNCTION bucket_move()"
    ),
    (
        "CREATE TRIGGER bucket_delete AFTER DELETE ON placement FOR EACH ROW "
        f"WHEN ({_IN.format('old')}) EXECUTE FUNCTION bucket_take()"
    ),
)


def _with_the_table(_target: Any, connection: Any, **_options: Any) -> None:
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.execute(text(statement))


event.listen(placement, "after_create", _with_the_table)

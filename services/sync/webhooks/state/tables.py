"""The entries that a copy holds which followed the feed to its end, and their digests by bucket (分桶摘要)."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from services.sync.tables import metadata

EVERYBODY = ""
"""Stands for all authorities together."""

feed_entry = Table(
    "feed_entry",
    metadata,
    # One record that is to be shown on one portal, by the newest order that the feed told of.
    Column("record_id", String(32), primary_key=True),
    Column("portal", String(20), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("authority", String(18), nullable=False),
    Column("bucket", Integer, nullable=False),
    Column("digest", BigInteger, nullable=False),
    Index(None, "bucket"),
)

feed_digest = Table(
    "feed_digest",
    metadata,
    # Kept for each authority and for all of them, so that whoever may see a part can check that part.
    Column("authority", String(18), primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
)

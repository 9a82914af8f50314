"""The marks of objections."""

from sqlalchemy import Boolean, Column, Date, Integer, String, Table

from services.disclosure.tables import metadata

objection_mark = Table(
    "objection_mark",
    metadata,
    # 异议标注: what repair told last of a record, whether or not disclosure knows it yet.
    Column("record_id", String(32), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("marked", Boolean, nullable=False),
    Column("since_on", Date, nullable=False),
)

"""The table of announced years that each service keeps, and the columns of a deadline that can be counted again.

Years are kept as they arrived; the newest notice of a year counts and the older ones stay. Serves G11.
"""

from typing import Any

from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, String, Table, Text, false, text

from shared.database.types import Instant


def calendar_years(metadata: MetaData) -> Table:
    """The table `calendar_year` of one service. Rows are only added; `notice` is the generation given by disclosure."""
    return Table(
        "calendar_year",
        metadata,
        Column("notice", Integer, primary_key=True, autoincrement=False),
        Column("year", Integer, nullable=False),
        Column("text", Text, nullable=False),  # in the form of a year file
        Column("loaded_by", String(120), nullable=False),
        Column("reason", Text, nullable=False),
        Column("loaded_at", Instant, nullable=False),
        Column("stored_at", Instant, nullable=False),  # here; in disclosure the same as `loaded_at`
        # When everything that this notice touches was found to be counted by it.
        Column("recounted_at", Instant, nullable=True),
    )


def term_columns() -> tuple[Column[Any], ...]:
    """Beside `due_at`: the deadline of the law that it comes from, the day of the event, and whether it is provisional.

    A table with these columns also needs `term_index`.
    """
    return (
        Column("due_deadline", String(20), nullable=True),
        Column("due_from", Date, nullable=True),
        Column("due_provisional", Boolean, nullable=False, server_default=false()),  # 暂定期限
    )


def term_index() -> Index:
    """Finds provisional deadlines by the day of their event; the others are never looked for."""
    return Index(
        None, "due_from", "due_deadline", postgresql_where=text("due_provisional"), sqlite_where=text("due_provisional")
    )

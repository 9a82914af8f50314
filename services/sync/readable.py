"""Stored contents as records. One that cannot be read, as a newer program may have written it, is told and passed over:
it must not keep a job of a whole portal from the others."""

from collections.abc import Iterator, Sequence

import structlog

from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.vocabulary import Portal

log = structlog.get_logger()


def readable(rows: Sequence[AnyRow], portal: Portal) -> Iterator[tuple[AnyRow, Record]]:
    """Those rows whose `body` is a record, with it; a row tells its `record_id`."""
    for row in rows:
        try:
            record = Record.model_validate_json(row.body)
        except ValueError as error:
            log.error("content_unreadable", portal=portal, record_id=row.record_id, error=type(error).__name__)
        else:
            yield row, record

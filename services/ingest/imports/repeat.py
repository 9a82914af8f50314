"""A file that came again with the same bytes counts as received on its day, though nobody reads it twice (B04).

Without it a source whose list did not change would look silent. Every row of it counts as unchanged: the verdicts, also
those of rows that wait for a person, stand in the receipt of the file that was read.
"""

from sqlalchemy import exists, func, literal, select

from services.ingest.data_sharing.domain.figures import FIGURES
from services.ingest.data_sharing.tables import data_share
from services.ingest.imports.states import ImportState
from services.ingest.imports.tables import import_job, import_slice
from shared.clock import legal_date
from shared.messaging.unit_of_work import UnitOfWork

_share = data_share.c


async def note_repeat(work: UnitOfWork, repeat_id: str, of_import: str) -> None:
    """One statement; noted once under its identifier, however often it is tried. An import that is still being read
    counts by itself on the day on which it is."""
    noted = exists().where(data_share.alias("noted").c.batch_id == repeat_id)
    batches = (
        select(import_slice.c.batch_id)
        .join(import_job, import_job.c.import_id == import_slice.c.import_id)
        .where(import_slice.c.import_id == of_import, import_job.c.state == ImportState.DONE)
    )
    figures = {name: func.sum(_share.received) if name in ("received", "unchanged") else literal(0) for name in FIGURES}
    brought = (
        select(
            literal(repeat_id).label("batch_id"),
            _share.authority_code,
            literal(legal_date(work.now), _share.on_day.type).label("on_day"),
            _share.source,
            _share.kind,
            *(figure.label(name) for name, figure in figures.items()),
            literal(work.now, _share.received_at.type).label("received_at"),
        )
        .where(_share.batch_id.in_(batches), ~noted)
        .group_by(_share.authority_code, _share.source, _share.kind)
    )
    columns = [column.name for column in brought.selected_columns]
    await work.connection.execute(data_share.insert().from_select(columns, brought))

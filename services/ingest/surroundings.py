"""What is read with each batch before its rows are judged: the source map of the kind, and whether the register names
anybody at all.

One look at the database for both, so that a change counts at once; a house without a register asks it for no names.
"""

from sqlalchemy import bindparam, exists, select

from services.ingest.domain.findings import Weight
from services.ingest.domain.source_map import SourceMap, source_map
from services.ingest.registry.tables import registered_subject
from services.ingest.tables import authoritative_source
from shared.database.connection import AsyncConnection
from shared.database.quick_look import QuickLook
from shared.vocabulary import RecordKind

_columns = authoritative_source.c
_REGISTER = select(exists(select(registered_subject.c.uscc)).label("has_names")).subquery("register")
_RULES = select(_REGISTER.c.has_names, _columns.authority_code, _columns.client, _columns.others).select_from(
    _REGISTER.outerjoin(authoritative_source, _columns.kind == bindparam("kind"))
)
_LOOK = QuickLook(lambda _dialect: _RULES)


async def read_surroundings(connection: AsyncConnection, kind: RecordKind) -> tuple[SourceMap, bool]:
    """The source map of a kind, a few rows; and whether the register has told the name of any subject."""
    rows = await _LOOK.on(connection, kind=kind)
    rules = ((authority, client, Weight(others)) for _, authority, client, others in rows if client is not None)
    return source_map(rules), bool(rows[0][0])

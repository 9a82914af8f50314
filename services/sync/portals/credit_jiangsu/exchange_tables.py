"""The exchange database (前置库) as we know it. The platform owns it; we write into two tables and read two others."""

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text

from services.sync.portals import dual_disclosure
from services.sync.portals.columns import Column as TemplateColumn
from shared.vocabulary import RecordKind

SCHEMA = "exchange"
OPEN = "开放"
TAKEN = "成功"
REFUSED = "失败"

metadata = MetaData()

feedback = Table(
    "qzk_fk",
    metadata,
    Column("ywlsh", String(64), primary_key=True),
    Column("jg", String(8), nullable=False),
    Column("dm", String(40), nullable=True),
    Column("xx", Text, nullable=True),
)

state = Table(
    "qzk_zt",
    metadata,
    Column("mc", String(16), primary_key=True),
    Column("zt", String(8), nullable=False),
)


def _intake(name: str, columns: tuple[TemplateColumn, ...]) -> Table:
    return Table(
        name,
        metadata,
        Column("ywlsh", String(64), primary_key=True),
        Column("bsbs", String(160), nullable=False),
        Column("czlx", String(1), nullable=False),
        Column("bbh", BigInteger, nullable=False),
        *(Column(column.wire.lower(), Text, nullable=True) for column in columns),
    )


INTAKE = {
    RecordKind.PENALTY: _intake("qzk_xzcf", dual_disclosure.PENALTY),
    RecordKind.LICENCE: _intake("qzk_xzxk", dual_disclosure.LICENCE),
}

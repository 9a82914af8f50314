"""The exchange database (前置库) as the platform sets it up: rows come in, feedback goes out, one flag says 'open'."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text

from services.sync.mock_portals.common.layout import Layout
from shared.database.types import Instant

SCHEMA = "exchange"
OPEN = "开放"
CLOSED = "维护"

metadata = MetaData()

feedback = Table(
    "qzk_fk",
    metadata,
    Column("ywlsh", String(64), primary_key=True),
    Column("jg", String(8), nullable=False),
    Column("dm", String(40), nullable=True),
    Column("xx", Text, nullable=True),
    Column("fksj", Instant, nullable=False, index=True),
)

state = Table(
    "qzk_zt",
    metadata,
    Column("mc", String(16), primary_key=True),
    Column("zt", String(8), nullable=False),
)

_NAMES = {"CF": "qzk_xzcf", "XK": "qzk_xzxk"}


def intake_tables(layouts: Mapping[str, Layout]) -> tuple[MetaData, dict[str, Table]]:
    """A table for each template: 业务流水号 of the row, 报送标识 of the order, 操作类型 (I, D), 版本号, the columns."""
    own = MetaData()
    return own, {template: _intake_table(own, _NAMES[template], layout) for template, layout in layouts.items()}


def _intake_table(own: MetaData, name: str, layout: Layout) -> Table:
    return Table(
        name,
        own,
        Column("ywlsh", String(64), primary_key=True),
        Column("bsbs", String(160), nullable=False),
        Column("czlx", String(1), nullable=False),
        Column("bbh", BigInteger, nullable=False, index=True),
        *(Column(item.wire.lower(), Text, nullable=True) for item in layout.items),
    )

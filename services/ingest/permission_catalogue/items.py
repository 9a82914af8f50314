"""The columns of a catalogue and its items: all of them can be published, or the file is refused with its rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.list_files import ListColumn, ListRow, ListTable
from shared.errors import MALFORMED, Problem

COLUMNS = (
    ListColumn("power_code", ("权力编码", "职权编码", "事项编码"), required=True),
    ListColumn("name", ("权力名称", "职权名称", "事项名称"), required=True),
    ListColumn("power_type", ("权力类型", "职权类型", "权力类别"), required=True),
    ListColumn("legal_basis", ("设定依据", "法律依据", "实施依据")),
    ListColumn("authority_name", ("实施机关", "实施主体", "行使主体")),
    ListColumn("remark", ("备注",)),
)

MOST_ITEMS = 5_000
_REASONS_TOLD = 20
_LONGEST = {"power_code": 64, "name": 500, "power_type": 40, "authority_name": 200}
_LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class PermissionItem:
    """One power (权力事项) of an authority."""

    power_code: str
    name: str
    power_type: str
    legal_basis: str
    authority_name: str
    remark: str


def read_items(table: ListTable) -> list[PermissionItem]:
    """In the order of the file. Raises `Problem` with the rows that stand in the way."""
    rows = table.rows
    if not 0 < len(rows) <= MOST_ITEMS:
        raise Problem(MALFORMED, f"The catalogue has {len(rows)} rows; 1 to {MOST_ITEMS} can be taken.")
    faults = [(row.number, fault) for row in rows if (fault := _fault(row)) is not None]
    faults += _doubled(rows)
    if faults:
        errors = [{"field": f"row {number}", "reason": reason} for number, reason in sorted(faults)[:_REASONS_TOLD]]
        raise Problem(MALFORMED, f"{len(faults)} rows of the catalogue cannot be published.", errors=errors)
    return [PermissionItem(**{column.field: row.fields.get(column.field, "") for column in COLUMNS}) for row in rows]


def _fault(row: ListRow) -> str | None:
    if row.is_damaged:
        return "a cell has lost its value in the spreadsheet"
    for column in COLUMNS:
        text = row.fields.get(column.field, "")
        if column.required and not text:
            return f"{column.titles[0]} is empty"
        if len(text) > _LONGEST.get(column.field, _LONGEST_TEXT):
            return f"{column.titles[0]} is longer than {_LONGEST.get(column.field, _LONGEST_TEXT)} characters"
    return None


def _doubled(rows: Sequence[ListRow]) -> list[tuple[int, str]]:
    first: dict[str, int] = {}
    found = []
    for row in rows:
        before = first.setdefault(row.fields.get("power_code", ""), row.number)
        if before != row.number and "power_code" in row.fields:
            found.append((row.number, f"the code is that of row {before}"))
    return found

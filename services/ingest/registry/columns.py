"""The columns of a register's extract, under the titles that registers and bureaus use for them."""

from collections.abc import Sequence
from datetime import date

from services.ingest.list_files import ListColumn, ListRow
from services.ingest.mapping.dates import parse_date
from services.ingest.registry.domain.entry import RegistryEntry, several
from services.ingest.registry.domain.words import status_of

COLUMNS = (
    ListColumn("uscc", ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"), required=True),
    ListColumn("name", ("企业名称", "主体名称", "名称", "单位名称", "市场主体名称", "name")),
    ListColumn("former_names", ("曾用名", "曾用名称", "历史名称", "former_names")),
    ListColumn("old_numbers", ("注册号", "工商注册号", "原注册号", "组织机构代码", "old_numbers")),
    ListColumn("status", ("登记状态", "经营状态", "主体状态", "企业状态", "status")),
    ListColumn("as_of", ("状态日期", "数据日期", "截至日期", "核准日期", "as_of")),
    ListColumn("proof_reference", ("证明材料", "依据", "公告文号", "proof_reference")),
)


def entries_of(rows: Sequence[ListRow], as_of: date | None, proof: str) -> list[RegistryEntry | str]:
    """The rows of an extract; a sentence for one that cannot be used. Day and proof of the file fill in for a row."""
    return [_entry(row, as_of, proof) for row in rows]


def _entry(row: ListRow, as_of: date | None, proof: str) -> RegistryEntry | str:
    fields = row.fields
    if row.is_damaged:
        return "a cell of the row has lost its value in the spreadsheet (a formula or a shortened number)"
    day = parse_date(fields["as_of"]) if "as_of" in fields else as_of
    if day is None:
        return "no day that can be read; give it in the row or for the whole file"
    status = status_of(fields["status"]) if "status" in fields else None
    if "status" in fields and status is None:
        return "the status is none of the known words (正常、注销、已办理注销登记、已公告进入破产清算程序、重整 …)"
    return RegistryEntry(
        uscc=fields.get("uscc", ""),
        as_of=day,
        proof_reference=fields.get("proof_reference", proof),
        name=fields.get("name", ""),
        former_names=several(fields.get("former_names", "")),
        old_numbers=several(fields.get("old_numbers", "")),
        status=status,
    )

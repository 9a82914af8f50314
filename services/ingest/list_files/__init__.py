"""Reads small lists that are no records: the register's extracts, the provincial list. CSV or XLSX, told by content.

Uses the doors of `services.ingest.files` for workbooks; a list has a header of its own and is held in memory, bounded.
"""

from services.ingest.list_files.header import ListColumn
from services.ingest.list_files.read import ListRow, ListTable, read_list

__all__ = ["ListColumn", "ListRow", "ListTable", "read_list"]

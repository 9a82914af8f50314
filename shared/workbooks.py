"""The one way to begin a spreadsheet that is whole before it is sent: rows in constant memory, and texts that stay
texts whatever they begin with."""

from pathlib import Path
from typing import IO, Any

_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook(target: Path | IO[bytes], **more: Any) -> Any:
    """An `xlsxwriter.Workbook` that writes to a file. Imported here: 13 MB that most processes never need."""
    import xlsxwriter

    return xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, _OPTIONS | more)

"""Tables as bytes while their rows come: CSV, and xlsx as a zip that is written from front to end.

Nothing is kept, on disk or in memory, so that a sheet may be as long as a sheet can be. Texts stay texts whatever they
begin with. What makes whole books (`shared.workbooks`) can send nothing before the last row.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import IO, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | int | float

MOST_SHEET_ROWS = 1_048_576
"""A sheet has no more, the heading among them."""
MOST_SHEET_BYTES = 2_000_000_000
"""Of its XML; above 2 GiB the zip would need a form that spreadsheet programs read badly."""
_CELL_CHARACTERS = 32_767
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class Table(Protocol):
    """One table on its way. What each call gives goes to the reader at once."""

    media_type: str

    def begin(self, headings: Sequence[str]) -> bytes: ...

    def rows(self, rows: Sequence[Sequence[Cell]]) -> bytes: ...

    def room(self) -> int | None:
        """How many rows there is still room for; `None` for no limit."""
        ...

    def end(self) -> bytes: ...

    def close(self) -> None:
        """Let go of a table that will never end."""
        ...


class CsvTable:
    """With a byte-order mark, by which spreadsheet programs know the encoding; a leading sign becomes text."""

    media_type = "text/csv; charset=utf-8"

    def begin(self, headings: Sequence[str]) -> bytes:
        return b"\xef\xbb\xbf" + self.rows([headings])

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        target = io.StringIO()
        csv.writer(target).writerows(
            [_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
        )
        return target.getvalue().encode()

    def room(self) -> None:
        return None

    def end(self) -> bytes:
        return b""

    def close(self) -> None:
        """Nothing is held."""


class SheetTable:
    """One sheet with a heading that stays in sight, below a title if it has one."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, most_rows: int = MOST_SHEET_ROWS, title: str = "") -> None:
        self._most_rows, self._above = most_rows, [[title]] if title else []
        self._parts, self._columns = _PARTS, ""
        self._pipe = _Pipe()
        self._zip = ZipFile(self._pipe, "w", ZIP_DEFLATED, compresslevel=4)
        self._sheet: IO[bytes] = io.BytesIO()
        self._row = self._bytes = 0

    def begin(self, headings: Sequence[str]) -> bytes:
        for name, text in self._parts.items():
            self._zip.writestr(name, f"{_XML}{text}")
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w")
        heading = len(self._above) + 1
        self._sheet.write(f"{_XML}{_SHEET.format(heading=heading, below=heading + 1, columns=self._columns)}".encode())
        return self.rows([*self._above, headings])

    def rows(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        text = []
        for row in rows:
            self._row += 1
            text.append(f'<row r="{self._row}">{_cells(row, self._row, self._style(self._row))}</row>')
        encoded = "".join(text).encode()
        self._bytes += len(encoded)
        self._sheet.write(encoded)
        return self._pipe.taken()

    def room(self) -> int:
        """One row is kept for a last word."""
        return max(self._most_rows - 1 - self._row, 0) if self._bytes < MOST_SHEET_BYTES else 0

    def _style(self, _row: int) -> int:
        return 0

    def end(self) -> bytes:
        self._sheet.write(b"</sheetData></worksheet>")
        self.close()
        return self._pipe.taken()

    def close(self) -> None:
        self._sheet.close()
        self._zip.close()


class DocumentTable(SheetTable):
    """A sheet that people print and file: named, with lines above its heading, widths, borders, bold heads."""

    _plain, _bold, _heading = 1, 2, 3

    def __init__(self, name: str, above: Sequence[str], widths: Sequence[int]) -> None:
        super().__init__()
        self._above = [[line] for line in above]
        self._parts = {
            **_PARTS,
            "[Content_Types].xml": _PARTS["[Content_Types].xml"].replace("</Types>", _STYLED_TYPE),
            "xl/_rels/workbook.xml.rels": _PARTS["xl/_rels/workbook.xml.rels"].replace("</Rel", _STYLED_LINK, 1),
            "xl/workbook.xml": _PARTS["xl/workbook.xml"].replace("Sheet1", escape(name)),
            "xl/styles.xml": _STYLES,
        }
        columns = (f'<col min="{at}" max="{at}" width="{one}" customWidth="1"/>' for at, one in enumerate(widths, 1))
        self._columns = f"<cols>{''.join(columns)}</cols>"

    def _style(self, row: int) -> int:
        heading = len(self._above) + 1
        return self._plain if row > heading else self._bold if row == heading else self._heading if row == 1 else 0


class _Pipe:
    """What a zip is written into; it can only go forward."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Everything is handed on by `taken`."""

    def close(self) -> None:
        """There is nothing behind it."""

    def taken(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held


def _harmless(text: str) -> str:
    """As it may stand in a CSV. Spaces before the sign are looked through, as spreadsheet programs do."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA) else text


def _cells(row: Sequence[Cell], number: int, style: int) -> str:
    if style:
        return "".join(_cell(value, f'r="{_LETTERS[at]}{number}" s="{style}"') for at, value in enumerate(row))
    return "".join(_cell(value, f'r="{_LETTERS[at]}{number}"') for at, value in enumerate(row) if value != "")


def _cell(value: Cell, marks: str) -> str:
    if value == "":
        return f"<c {marks}/>"
    if not isinstance(value, str):
        return f"<c {marks}><v>{value!r}</v></c>"
    text = escape(_LOOKS_ESCAPED.sub("_x005F_", _NO_XML.sub("\ufffd", value[:_CELL_CHARACTERS])), quote=False)
    return f'<c {marks} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


_LETTERS = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f"{_OFFICE}/spreadsheetml/2006/main"
_LINKS = f"{_OFFICE}/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="{{heading}}" '
    'topLeftCell="A{below}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>{columns}<sheetData>'
)
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_LINKS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_STYLED_TYPE = f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
_STYLED_LINK = f'<Relationship Id="rId2" Type="{_LINKS}/styles" Target="styles.xml"/></Rel'
_LINE = "".join(f'<{side} style="thin"/>' for side in ("left", "right", "top", "bottom"))
_FRAMED_CELL = 'borderId="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="3"><font><sz val="11"/></font><font><b/><sz val="11"/></font>'
    '<font><b/><sz val="14"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="2">'
    "<border><left/><right/><top/><bottom/></border>"
    f'<border>{_LINE}</border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf xfId="0"/>'
    f'<xf xfId="0" {_FRAMED_CELL}<xf xfId="0" fontId="1" applyFont="1" {_FRAMED_CELL}'
    '<xf xfId="0" fontId="2" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)

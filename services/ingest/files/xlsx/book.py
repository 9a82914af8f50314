"""What a workbook says of itself: its sheets, whether days count from 1904, which styles show a number as a day."""

import re
from typing import NamedTuple

from services.ingest.files.limits import FileLimits
from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.elements import read_elements
from services.ingest.files.xlsx.package import Package, damaged, resolved, unsafe

_MOST_STYLES = 100_000
# Built-in formats of days, those of East Asian locales among them; 18 to 21 and 45 to 47 are times of day.
_BUILT_IN_DAYS = frozenset({14, 15, 16, 17, 22, *range(27, 32), *range(34, 37), *range(50, 59)})
_NO_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')  # literals, escapes, padding, colours and locales
_TRUE = ("1", "true", "on")


class Sheet(NamedTuple):
    """One worksheet (工作表) and the part that holds it."""

    name: str
    part: str
    is_hidden: bool


class Book(NamedTuple):
    """The frame of a workbook."""

    sheets: tuple[Sheet, ...]
    since_1904: bool
    day_styles: frozenset[str]  # style numbers as the cells write them
    texts_part: str | None


def read_book(package: Package, limits: FileLimits, deadline: Deadline) -> Book:
    """The frame, or `FileRefused` when it is none."""
    workbook = next(
        (target for kind, target in _relations(package, "", deadline).values() if kind == "officeDocument"), None
    )
    if workbook is None or workbook not in package:
        raise damaged("it has no list of sheets")
    relations = _relations(package, workbook, deadline)
    by_kind = dict(relations.values())
    sheets, since_1904 = _sheets(package, workbook, relations, deadline)
    if len(sheets) > limits.sheets:
        raise unsafe(f"it has {len(sheets)} sheets; {limits.sheets} are read at most")
    styles, texts = by_kind.get("styles", ""), by_kind.get("sharedStrings", "")
    days: frozenset[str] = _day_styles(package, styles, deadline) if styles in package else frozenset()
    return Book(tuple(sheets), since_1904, days, texts if texts in package else None)


def _relations(package: Package, part: str, deadline: Deadline) -> dict[str, tuple[str, str]]:
    """By their ids, what kind of part each relation leads to and which. Outside targets lead nowhere."""
    folder, _, name = part.rpartition("/")
    listed = f"{folder}/_rels/{name}.rels".lstrip("/")
    if listed not in package:
        raise damaged("it does not say how its parts belong together")
    return {
        found.get("Id", ""): (found.get("Type", "").rpartition("/")[2], resolved(part, found.get("Target", "")))
        for _, tag, found in read_elements(package, listed, deadline)
        if tag == "Relationship" and found.get("TargetMode") != "External"
    }


def _sheets(
    package: Package, workbook: str, relations: dict[str, tuple[str, str]], deadline: Deadline
) -> tuple[list[Sheet], bool]:
    sheets: list[Sheet] = []
    since_1904 = False
    for parent, tag, found in read_elements(package, workbook, deadline):
        if tag == "workbookPr":
            since_1904 = found.get("date1904", "").lower() in _TRUE
        elif (parent, tag) == ("sheets", "sheet"):
            kind, target = relations.get(found.get("id", ""), ("", ""))
            if kind == "worksheet":  # charts and dialogues hold no rows
                sheets.append(Sheet(found.get("name", "")[:100], target, found.get("state", "visible") != "visible"))
    if not sheets:
        raise damaged("it has no sheet")
    return sheets, since_1904


def _day_styles(package: Package, part: str, deadline: Deadline) -> frozenset[str]:
    codes: dict[str, str] = {}
    formats: list[str] = []
    for parent, tag, found in read_elements(package, part, deadline):
        if tag == "numFmt":
            codes[found.get("numFmtId", "")] = found.get("formatCode", "")
        elif (parent, tag) == ("cellXfs", "xf"):
            formats.append(found.get("numFmtId", "0"))
        if len(codes) + len(formats) > _MOST_STYLES:
            raise unsafe("it has too many styles")
    shows_day = {number: _shows_day(number, codes) for number in set(formats)}
    return frozenset(str(at) for at, number in enumerate(formats) if shows_day[number])


def _shows_day(number: str, codes: dict[str, str]) -> bool:
    if number in codes:
        code = _NO_CODE.sub("", codes[number][:500]).lower()
        return "y" in code or "d" in code
    return number.isascii() and number.isdigit() and int(number[:6]) in _BUILT_IN_DAYS

"""Files that are not read at all: each is refused with a reason, a sentence and an advice, before a row comes out."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

from services.ingest.files import FileLimits, FileRefused, open_table
from shared.vocabulary import RecordKind
from tests.support.source_files import NAMES, TITLES, changed, csv_of, read, row, table, text_of, workbook

GOOD = workbook(("s", table([TITLES, row(1)])))
SHEET = "xl/worksheets/sheet1.xml"


def refused(folder: Path, content: bytes, name: str = "a.csv", limits: FileLimits | None = None,
            kind: RecordKind | None = None) -> str:  # fmt: skip
    with pytest.raises(FileRefused) as caught:
        read(folder, content, name, limits=limits, kind=kind)
    assert caught.value.sentence.endswith(".")
    assert caught.value.advice.endswith(".")
    assert str(caught.value) == caught.value.sentence
    return caught.value.reason_code.value


def ole2(name: str) -> bytes:
    """The head of an OLE2 container and its directory, far behind, with one entry."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, 300)
    return bytes(head) + b"\0" * 512 * 300 + name.encode("utf-16-le").ljust(128, b"\0")


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def flagged(content: bytes) -> bytes:
    """The same archive with its first entry marked as encrypted."""
    at = content.index(b"PK\x01\x02") + 8
    return content[:at] + bytes([content[at] | 1]) + content[at + 1 :]


def with_doctype(text: str) -> str:
    return text.replace("<worksheet", '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet', 1)


CONTENT: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "empty"),
    "only spaces": (b"\xef\xbb\xbf \r\n\r\n", "empty"),
    "an old workbook": (ole2("Workbook"), "old_spreadsheet"),
    "a protected workbook": (ole2("EncryptedPackage"), "encrypted"),
    "an archive with a password": (flagged(GOOD), "encrypted"),
    "an OpenDocument sheet": (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "other_spreadsheet"),
    "a binary workbook": (archive(**{"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "other_spreadsheet"),
    "another archive": (archive(**{"a.csv": b"x"}), "not_a_table"),
    "a document": (archive(**{"[Content_Types].xml": b"", "word/document.xml": b""}), "not_a_table"),
    "a page under the name of a workbook": (b"<html><table><tr><td>1</td></tr></table>", "other_spreadsheet"),
    "a PDF": (b"%PDF-1.7 x", "not_a_table"),
    "a picture": (b"\x89PNG\r\n", "not_a_table"),
    "binary data": (bytes(range(1, 9)) * 50, "not_a_table"),
    "UTF-32": (text_of([TITLES]).encode("utf-32"), "unknown_encoding"),
    "UTF-16 without its mark": (text_of([list(NAMES)]).encode("utf-16-le"), "unknown_encoding"),
    "a workbook cut in the middle": (GOOD[: len(GOOD) // 2], "damaged"),
    "a workbook without its sheet": (changed(GOOD, {SHEET: None}), "damaged"),
    "a workbook without relations": (changed(GOOD, {"_rels/.rels": None}), "damaged"),
    "a workbook without list of sheets": (changed(GOOD, {"xl/workbook.xml": lambda _: "<workbook/>"}), "damaged"),
    "entities": (changed(GOOD, {SHEET: with_doctype}), "damaged"),
    "no known column": (csv_of(["甲", "乙", "丙"], ["1", "2", "3"]), "no_header"),
    "two known columns": (csv_of(["行政相对人名称", "决定文书号", "丙"]), "no_header"),
    "a doubled column": (csv_of([*TITLES, "行政相对人名称"]), "doubled_columns"),
    "a column by two names": (csv_of([*TITLES, "CF_WSH"]), "doubled_columns"),
    "columns of two kinds": (csv_of([*NAMES, "XK_WSH", "XK_NR", "XK_JDRQ"]), "ambiguous_kind"),
    "columns of any kind": (csv_of(["行政相对人名称", "法定代表人", "备注"]), "ambiguous_kind"),
    "10,000 columns": (csv_of([*TITLES, *(f"列{n}" for n in range(10_000))]), "too_many_columns"),
    "no JSON object": (b"{not json}\n", "no_header"),
    "an object that is no row": (b'{"rows": [{}]}\n', "no_header"),
    "an empty array without a kind": (b"[]", "no_header"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENT)
def test_this_is_refused(tmp_path: Path, name: str) -> None:
    content, reason = CONTENT[name]
    assert refused(tmp_path, content) == reason


def test_a_file_of_5_gb_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.touch()
    os.truncate(path, 5 * 1024**3)
    with pytest.raises(FileRefused, match="5368709120 bytes"):
        open_table(path, "large.csv", FileLimits())


def test_a_workbook_of_10_000_columns_is_refused(tmp_path: Path) -> None:
    wide = workbook(("s", table([[*TITLES, *(f"列{n}" for n in range(10_000))], row(1)])))
    assert refused(tmp_path, wide, "a.xlsx") == "too_many_columns"


def test_columns_of_another_kind_than_was_said_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, csv_of(TITLES, row(1)), kind=RecordKind.AWARD) == "other_kind"
    assert refused(tmp_path, GOOD, "a.xlsx", kind=RecordKind.AWARD) == "other_kind"


def test_sheets_of_two_kinds_are_refused_when_no_kind_was_said(tmp_path: Path) -> None:
    licences = ["XK_XDR_MC", "XK_WSH", "XK_NR", "XK_JDRQ"]
    both = workbook(("处罚", table([TITLES, row(1)])), ("许可", table([licences])))
    assert refused(tmp_path, both, "a.xlsx") == "ambiguous_kind"


def test_the_content_decides_and_a_wrong_name_is_noted(tmp_path: Path) -> None:
    for content, name in (
        (GOOD, "公示.csv"),
        (csv_of(TITLES, row(1)), "公示.xlsx"),
        (csv_of(TITLES, row(1)), "a.json"),
    ):
        found = read(tmp_path, content, name)
        assert (found.texts(), found.noted[0]) == ([tuple(row(1))], "not_what_its_name_says")


BOMBS: dict[str, tuple[bytes, FileLimits]] = {
    "a part that unpacks to more than rows can": (
        changed(GOOD, {"xl/media/a.xml": b" " * (33 * 1024 * 1024)}), FileLimits()),
    "parts that unpack to too much": (changed(GOOD, {"b": b"x" * 50_000}), FileLimits(unpacked_bytes=50_000)),
    "too many parts": (changed(GOOD, {f"p{n}": b"x" for n in range(60)}), FileLimits(parts=50)),
    "too many sheets": (workbook(("s", table([TITLES])), ("t", table([]))), FileLimits(sheets=1)),
    "too many texts": (GOOD, FileLimits(shared_texts=5)),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_workbook_that_would_eat_the_machine_is_refused(tmp_path: Path, name: str) -> None:
    content, limits = BOMBS[name]
    assert refused(tmp_path, content, "a.xlsx", limits) == "unsafe"


def lying(content: bytes, part: str, size: int) -> bytes:
    """The same archive, whose directory says that a part unpacks to `size` bytes."""
    altered, name = bytearray(content), part.encode()
    at = altered.index(name, altered.index(b"PK\x01\x02")) - 46
    struct.pack_into("<I", altered, at + 24, size)
    struct.pack_into("<I", altered, struct.unpack_from("<I", altered, at + 42)[0] + 22, size)
    return bytes(altered)


def test_a_part_that_unpacks_to_more_than_the_archive_says_is_not_unpacked(tmp_path: Path) -> None:
    bomb = changed(GOOD, {SHEET: lambda text: text.replace("<sheetData>", "<sheetData>" + " " * (40 * 1024 * 1024))})
    assert refused(tmp_path, bomb, "a.xlsx") == "unsafe"
    assert refused(tmp_path, lying(bomb, SHEET, 2_000), "a.xlsx") == "damaged"


MERGES = "<mergeCells>{}</mergeCells>"


@pytest.mark.parametrize(
    "ranges",
    ["".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, 60)), '<mergeCell ref="A1:B9000"/>' * 30],
)
def test_too_many_merged_ranges_are_refused(tmp_path: Path, ranges: str) -> None:
    content = changed(GOOD, {SHEET: lambda text: text.replace("</sheetData>", "</sheetData>" + MERGES.format(ranges))})
    assert refused(tmp_path, content, "a.xlsx", FileLimits(merged_ranges=50, columns=20)) == "unsafe"


HOSTILE = {
    "endless nesting": "<a>" * 5_000 + "</a>" * 5_000,
    "endless names": "".join(f"<a{n}/>" for n in range(6_000)),
    "an endless name": f"<{'a' * 2_000_000}/>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_xml_that_is_no_table_is_refused(tmp_path: Path, name: str) -> None:
    content = changed(GOOD, {SHEET: lambda text: text.replace("<sheetData>", HOSTILE[name] + "<sheetData>")})
    assert refused(tmp_path, content, "a.xlsx") == "damaged"


def test_opening_has_an_end(tmp_path: Path) -> None:
    assert refused(tmp_path, GOOD, "a.xlsx", FileLimits(opening_seconds=0)) == "too_slow"


@pytest.mark.parametrize("place", range(0, len(GOOD), 97))
def test_a_workbook_cut_anywhere_is_refused_or_read_to_where_it_breaks(tmp_path: Path, place: int) -> None:
    with pytest.raises(FileRefused):
        read(tmp_path, GOOD[:place], "a.xlsx")


@pytest.mark.parametrize("place", range(0, len(GOOD), 53))
def test_a_workbook_with_a_wrong_byte_never_ends_in_another_error(tmp_path: Path, place: int) -> None:
    spoiled = GOOD[:place] + bytes([GOOD[place] ^ 0x5A]) + GOOD[place + 1 :]
    try:
        found = read(tmp_path, spoiled, "a.xlsx")
    except FileRefused:
        return
    assert found.rows == [] or found.rows[0].number == 1

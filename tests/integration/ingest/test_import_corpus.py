"""Files as they really come, through the whole import: each row's line in the verdict file, or the refusal of the file.

What is expected was written down by hand. A file of 5 GB is refused when it is announced (`test_import_upload`).
"""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.ingest.tables import record
from tests.support import source_files
from tests.support.imports import ImportHouse, csv_bytes, read_everything
from tests.support.rows import AUTHORITY, Row, penalty
from tests.support.services import running_service

CHINESE = (
    "行政相对人名称", "行政相对人类别", "统一社会信用代码", "法定代表人", "行政处罚决定书文号", "违法行为类型",
    "违法事实", "处罚依据", "处罚类别", "处罚内容", "罚款金额（万元）", "处罚决定日期", "处罚有效期", "处罚机关",
    "处罚机关统一社会信用代码", "数据来源单位", "数据来源单位统一社会信用代码",
)  # fmt: skip


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


def cells(number: int, **changed: str) -> list[str]:
    return [str(cell) for cell in penalty(number, **changed).values()]


HEADER = list(penalty())


def lines(*rows: list[str], encoding: str = "utf-8") -> bytes:
    return source_files.csv_of(*rows, encoding=encoding)


def sheet(*rows: list[str], fill: source_files.Fill | None = None) -> bytes:
    """A workbook of these rows; `fill` writes over them."""

    def both(book: Any, page: Any) -> None:
        source_files.table(rows)(book, page)
        if fill:
            fill(book, page)

    return source_files.workbook(("处罚", both))


def merged(book: Any, page: Any) -> None:
    page.merge_range(1, HEADER.index("CF_CFJG"), 2, HEADER.index("CF_CFJG"), "南通市应急管理局", book.add_format())


def without_value(_book: Any, page: Any) -> None:
    page.write_formula(1, HEADER.index("CF_NR_FK"), "=2*3", None, 6)
    page.write_formula(2, HEADER.index("CF_NR_FK"), "=2*3")


def never_computed(content: bytes) -> bytes:
    part = "xl/worksheets/sheet1.xml"
    return source_files.changed(content, {part: lambda text: text.replace("</f><v>0</v>", "</f><v></v>")})


def bomb() -> bytes:
    return source_files.changed(sheet(HEADER, cells(1)), {"xl/media/a.xml": b" " * (33 * 1024 * 1024)})


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("photo.jpg", b"\xff\xd8")
    return out.getvalue()


def encrypted() -> bytes:
    content = sheet(HEADER, cells(1))
    at = content.index(b"PK\x01\x02") + 8
    return content[:at] + bytes([content[at] | 1]) + content[at + 1 :]


def without(number: int, column: str) -> list[str]:
    return [str(cell) for name, cell in penalty(number).items() if name != column]


def array(*rows: Row | str) -> bytes:
    texts = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[{','.join(texts)}]".encode()


DEEP = "[" * 20_000 + "]" * 20_000
GOOD = "admitted"
ROWS: dict[str, tuple[bytes, list[str]]] = {
    "UTF-8 with its mark": (b"\xef\xbb\xbf" + lines(HEADER, cells(1)), [GOOD]),
    "GB18030, Chinese titles, title rows above": (
        lines(["行政处罚公示表"], ["填报单位：南通市应急管理局"], list(CHINESE), cells(2), encoding="gb18030"), [GOOD]),
    "both encodings in one file": (
        lines(HEADER, cells(3)) + lines(cells(4), encoding="gb18030"), [GOOD, GOOD]),
    "bytes of no encoding": (
        lines(HEADER, cells(5)) + lines(cells(6)).replace("样例乙".encode(), b"\xff\xff\xff") + lines(cells(7)),
        [GOOD, "quarantined undecodable", GOOD]),
    "a row cut in the middle": (
        lines(HEADER, cells(8)) + ",".join(cells(9)[:7]).encode() + b"\r\n" + lines(cells(10)),
        [GOOD, "quarantined cut_row", GOOD]),
    "a separator without quotes": (
        lines(HEADER) + ",".join(cells(11, CF_SY="未培训,未告知")).encode(), ["quarantined surplus_cells"]),
    "control characters": (
        lines(HEADER, cells(12)) + ",".join(cells(13, CF_SY="\x01\x02" * 5)).encode(),
        [GOOD, "quarantined control_characters"]),
    "merged cells": (sheet(HEADER, cells(14), cells(15, CF_CFJG=""), fill=merged), [GOOD, GOOD]),
    "a formula without its value": (
        never_computed(sheet(HEADER, cells(16), cells(17), fill=without_value)),
        [GOOD, "quarantined formula_without_value"]),
    "a text under the name of a workbook": (lines(HEADER, cells(18)), [GOOD]),
    "strings that a spreadsheet would run": (
        lines(HEADER, cells(19, CF_SY="=HYPERLINK(\"http://a\")"), cells(20, CF_XDR_SHXYM="=1+1")),
        [GOOD, "quarantined V02"]),
    "dates and amounts as bureaus write them": (
        lines(HEADER, cells(21, CF_JDRQ="2026年10月30日", CF_YXQ="2027/10/30"), cells(22, CF_JDRQ="26-10-30")),
        [GOOD, "quarantined V11"]),
    "a header without a required column": (
        lines([name for name in HEADER if name != "CF_SY"], without(24, "CF_SY")), ["quarantined V01"]),
    "a column under its present and its former name": (
        lines([*HEADER, "CF_FR"], [*cells(25), penalty()["CF_FRDB"]], [*cells(26), "另一人"]),
        [GOOD, "quarantined V01"]),
    "unknown columns of one name": (lines([*HEADER, "承办人", "承办人"], [*cells(27), "甲", "乙"]), [GOOD]),
    "a list as a cell, a row too deep and a row too long": (
        array(penalty(28), penalty(29, CF_CFLB=["罚款"]), DEEP, penalty(30, CF_SY="长" * 600_000), penalty(31)),
        [GOOD, "quarantined nested_value", "quarantined nested_value", "quarantined row_too_long", GOOD]),
    "a code that a spreadsheet rounded": (
        lines(HEADER, cells(32, CF_XDR_SHXYM="9.13206E+17")), ["quarantined lost_digits"]),
    "a withdrawal without its reason": (
        lines([*HEADER, "CF_ZT"], [*cells(1), "2"]), ["quarantined V16"]),
    "a header and no row": (lines(HEADER), []),
    "totals and empty rows": (
        lines(HEADER, cells(23), [""] * len(HEADER), ["合计", *[""] * (len(HEADER) - 1)]), [GOOD]),
}  # fmt: skip

REFUSED: dict[str, tuple[bytes, str]] = {
    "10,000 columns": (lines([*HEADER, *(f"列{n}" for n in range(10_000))], cells(1)), "too_many_columns"),
    "a zip bomb": (bomb(), "unsafe"),
    "a workbook with a password": (encrypted(), "encrypted"),
    "an archive of pictures": (archive(), "not_a_table"),
    "a header without the columns that tell": (lines(["名称", "金额", "日期"], ["a", "1", "x"]), "no_header"),
    "a header with a doubled column": (lines([*HEADER, "CF_WSH"], [*cells(1), "x"]), "doubled_columns"),
    "a workbook cut in the middle": (sheet(HEADER, cells(1))[:2000], "damaged"),
    "UTF-32": (lines(HEADER, cells(1), encoding="utf-32"), "unknown_encoding"),
}


async def test_each_row_of_a_file_has_its_line_in_the_verdict_file(house: ImportHouse) -> None:
    told = {name: await verdicts(house, name, content) for name, (content, _) in ROWS.items()}
    assert {name: [f"{one['verdict']} {codes(one)}".strip() for one in found] for name, found in told.items()} == {
        name: expected for name, (_, expected) in ROWS.items()
    }
    stopped = [one for found in told.values() for one in found if one["verdict"] == "quarantined"]
    assert all(one["sentence"] and one["advice"] for one in stopped)


def codes(line: Row) -> str:
    return str(line["code"]) if line["verdict"] == "quarantined" else ""


async def verdicts(house: ImportHouse, name: str, content: bytes) -> list[Row]:
    view = await house.import_file(content, name=f"{name}.xlsx")
    assert (view["state"], view["reason"]) == ("done", None), name
    answer = await house.service.get(f"/v1/imports/{view['import_id']}/verdicts?form=ndjson")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["row"] for one in found] == list(range(1, view["rows"] + 1))
    assert sum(view["counts"].values()) == view["rows"]
    return found


async def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_the_next_one_is_read(
    house: ImportHouse,
) -> None:
    views = {name: await house.import_file(content, name="名单.xlsx") for name, (content, _) in REFUSED.items()}
    assert {name: (one["state"], one["reason"]["code"]) for name, one in views.items()} == {
        name: ("refused", code) for name, (_, code) in REFUSED.items()
    }
    assert all(one["reason"]["sentence"] and one["reason"]["advice"] for one in views.values())
    assert await house.service.rows(record) == []
    assert (await house.import_file(csv_bytes([penalty(1)])))["counts"]["admitted"] == 1


async def test_a_string_that_a_spreadsheet_would_run_is_stored_as_text(house: ImportHouse) -> None:
    await house.import_file(csv_bytes([penalty(1, CF_SY='=HYPERLINK("http://a")')]))
    [stored] = await house.service.rows(record)
    facts = json.loads(stored.content)["detail"]["violation_facts"]
    assert facts.startswith("=HYPERLINK")


async def test_others_are_answered_while_hostile_files_are_read(house: ImportHouse) -> None:
    hostile = [content for content, _ in REFUSED.values()] + [array(penalty(1), DEEP, "[" * 300_000 + "]" * 300_000)]
    ids = [await house.upload(content, name="名单.xlsx") for content in hostile]
    reading = asyncio.create_task(read_everything(house.room()))
    answers = 0
    while not reading.done():
        async with asyncio.timeout(10):
            sent = await house.service.post("/v1/records", {"kind": "penalty", "row": penalty(1_000 + answers)})
            assert sent.status_code == 201, sent.text
        answers += 1
    await reading
    assert answers >= 3
    assert [(await house.look(one))["state"] for one in ids] == ["refused"] * len(REFUSED) + ["done"]
    assert len(await house.service.rows(record)) == answers + 1

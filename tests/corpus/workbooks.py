"""The workbooks of the corpus. `make.py` writes them; two that other programs made are told of in the README."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import xlsxwriter

from tests.corpus.table import TITLES, cells, row
from tests.corpus.texts import Build
from tests.support.rows import Row
from tests.support.source_files import Fill, table

_MADE_AT = datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - a workbook knows no zone
_COLUMN = {name: at for at, name in enumerate(TITLES)}


def book(*sheets: tuple[str, Fill], **options: Any) -> bytes:
    """The same bytes each time."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        made.set_properties({"created": _MADE_AT})
        for name, fill in sheets:
            fill(made, made.add_worksheet(name))
    return out.getvalue()


def lines(*rows: Row) -> list[list[Any]]:
    return [list(TITLES.values()), *(list(one.values()) for one in rows)]


def monthly_report() -> bytes:
    """Title over all columns, who reports, header in the third row, one bureau merged over three rows, a sum below."""
    rows = [row(5001), row(5002, CF_CFJG="", CF_CFJGDM=""), row(5003, CF_CFJG="", CF_CFJGDM="")]

    def fill(made: Any, page: Any) -> None:
        bold = made.add_format({"bold": True, "align": "center", "border": 1})
        page.merge_range(0, 0, 0, len(TITLES) - 1, "2026年10月行政处罚信息公示表", bold)
        page.merge_range(1, 0, 1, 5, "填报单位：南通市应急管理局", made.add_format())
        page.write_string(1, 6, "填报日期：2026年11月2日")
        table(lines(*rows), first_line=2)(made, page)
        for name in ("CF_CFJG", "CF_CFJGDM"):
            page.merge_range(3, _COLUMN[name], 5, _COLUMN[name], rows[0][name], bold)
        page.write_string(6, 0, "合计")
        page.write_formula(6, _COLUMN["CF_NR_FK"], "=SUM(M4:M6)", None, 18)

    return book(("10月", fill))


def formulas() -> bytes:
    def fill(made: Any, page: Any) -> None:
        table(lines(*(row(number) for number in range(5101, 5106))))(made, page)
        fine, name = _COLUMN["CF_NR_FK"], _COLUMN["CF_XDR_MC"]
        page.write_formula(1, fine, "=2*3", None, 6)
        page.write_formula(2, fine, "=2*3", None, "NEVER")
        page.write_formula(3, fine, "=VLOOKUP(A4,Z:Z,1,0)", None, "#N/A")
        page.write_formula(
            4, name, '=CONCATENATE("南通样例第","5104","化工有限公司")', None, "南通样例第5104化工有限公司"
        )

    return _never_computed(book(("处罚", fill)))


def _never_computed(content: bytes) -> bytes:
    """Without the result that marks the formula; programs write it so when nobody has opened the workbook yet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part)
            new.writestr(part, text.replace(b' t="str"><f>2*3</f><v>NEVER</v>', b"><f>2*3</f>"))
    return out.getvalue()


def dates_as_numbers() -> bytes:
    def fill(made: Any, page: Any) -> None:
        table(lines(*(row(number) for number in range(5201, 5207))))(made, page)
        decided, until = _COLUMN["CF_JDRQ"], _COLUMN["CF_YXQ"]
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        page.write_datetime(1, decided, date(2026, 10, 30), day)
        page.write_datetime(1, until, date(2027, 10, 30), made.add_format({"num_format": "yyyy年m月d日"}))
        page.write_number(2, decided, 46325)
        page.write_number(3, decided, 46325.6, made.add_format({"num_format": "yyyy/m/d h:mm"}))
        page.write_number(4, decided, 20261030)
        page.write_number(5, decided, 2026)
        page.write_number(6, until, 2958465, day)

    return book(("处罚", fill))


def dates_since_1904() -> bytes:
    def fill(made: Any, page: Any) -> None:
        table(lines(row(5301), row(5302)))(made, page)
        page.write_datetime(1, _COLUMN["CF_JDRQ"], date(2026, 10, 30), made.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(2, _COLUMN["CF_JDRQ"], 46325 - 1462)

    return book(("处罚", fill), date_1904=True)


def numbers() -> bytes:
    def fill(made: Any, page: Any) -> None:
        table(lines(row(5401, CF_NR="罚款人民币3000元。"), *(row(number) for number in range(5402, 5405))))(made, page)
        page.write_number(1, _COLUMN["CF_NR_FK"], 0.1 + 0.2)
        page.write_number(2, _COLUMN["CF_NR_FK"], 6)
        page.write_number(3, _COLUMN["CF_XDR_SHXYM"], 913206001234567890)
        page.write_number(4, _COLUMN["CF_NR_FK"], 6, made.add_format({"num_format": '0.00"万元"'}))

    return book(("处罚", fill))


def several_sheets() -> bytes:
    def guide(_made: Any, page: Any) -> None:
        page.write_column(0, 0, ["填表说明", "一、每行填写一份处罚决定。", "二、金额以万元为单位。"])

    def october(made: Any, page: Any) -> None:
        table(lines(row(5501), row(5502)))(made, page)
        page.autofilter(0, 0, 2, len(TITLES) - 1)
        page.set_row(2, options={"hidden": True})

    def november(made: Any, page: Any) -> None:
        table(lines(row(5503, CF_JDRQ="2026-11-01", CF_YXQ="2027-11-01"), row(5504, CF_NR_FK="")))(made, page)
        page.hide()

    return book(("填表说明", guide), ("10月", october), ("11月", november), ("Sheet4", lambda _made, _page: None))


def called_a_csv() -> bytes:
    return book(("处罚", table(lines(row(5601)))))


def hostile_texts() -> bytes:
    """Strings that a spreadsheet would run, written as strings, and control characters as a workbook writes them."""
    run = '=HYPERLINK("http://example.invalid","点击")'
    rows = [row(5701, CF_SY=run), row(5702, CF_XDR_MC="南通样例\x0b第5702化工有限公司"),
            row(5703, CF_SY="\x01\x02" * 5 + "未培训。")]  # fmt: skip
    return book(("处罚", table(lines(*rows))))


def cut_in_the_middle() -> bytes:
    whole = book(("处罚", table(lines(row(6001), row(6002)))))
    return whole[: len(whole) * 2 // 3]


def two_kinds() -> bytes:
    licences = [["行政相对人名称", "行政许可决定文书号", "许可内容", "许可决定日期", "有效期自", "有效期至",
                 "许可机关"],
                ["南通样例化工有限公司", "（苏通）应急安许〔2026〕1号", "危险化学品生产", "2026-10-30", "2026-10-30",
                 "2029-10-29", "南通市应急管理局"]]  # fmt: skip
    return book(("处罚", table(lines(row(6101)))), ("许可", table(licences)))


def pictures() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in ("现场照片1.jpg", "现场照片2.jpg"):
            packed.writestr(zipfile.ZipInfo(name, (2026, 11, 2, 9, 0, 0)), b"\xff\xd8\xff\xe0" + bytes(200))
    return out.getvalue()


def plain_table() -> list[list[str]]:
    """What the workbooks of other programs hold."""
    return [list(TITLES.values()), cells(row(5801)), cells(row(5802, CF_NR_FK=""))]


FILES: dict[str, Build] = {
    "xlsx/monthly-report.xlsx": monthly_report,
    "xlsx/formulas.xlsx": formulas,
    "xlsx/dates-as-numbers.xlsx": dates_as_numbers,
    "xlsx/dates-since-1904.xlsx": dates_since_1904,
    "xlsx/numbers.xlsx": numbers,
    "xlsx/several-sheets.xlsx": several_sheets,
    "xlsx/called-a-csv.csv": called_a_csv,
    "xlsx/hostile-texts.xlsx": hostile_texts,
    "refused/cut-in-the-middle.xlsx": cut_in_the_middle,
    "refused/two-kinds.xlsx": two_kinds,
    "refused/pictures.xlsx": pictures,
}

"""What the files of the corpus are made of: penalties of invented subjects under the titles of the template."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from tests.support.rows import PERSON_NUMBER, Row, company_code, penalty

TITLES = {
    "CF_XDR_MC": "行政相对人名称",
    "CF_XDR_LB": "行政相对人类别",
    "CF_XDR_SHXYM": "行政相对人代码_1(统一社会信用代码)",
    "CF_FRDB": "法定代表人",
    "CF_XDR_ZJLX": "证件类型",
    "CF_XDR_ZJHM": "证件号码",
    "CF_WSH": "行政处罚决定书文号",
    "CF_WFXW": "违法行为类型",
    "CF_SY": "违法事实",
    "CF_YJ": "处罚依据",
    "CF_CFLB": "处罚类别",
    "CF_NR": "处罚内容",
    "CF_NR_FK": "罚款金额（万元）",
    "CF_JDRQ": "处罚决定日期",
    "CF_YXQ": "处罚有效期",
    "CF_CFJG": "处罚机关",
    "CF_CFJGDM": "处罚机关统一社会信用代码",
    "CF_SJLY": "数据来源单位",
    "CF_SJLYDM": "数据来源单位统一社会信用代码",
}
"""Column and title of penalties, in the order in which the files have them."""

NATURAL = {"CF_XDR_MC": "欧阳样例甲", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": "",
           "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": PERSON_NUMBER}  # fmt: skip

_FORMER = {"CF_FRDB": "CF_FR", "CF_XDR_ZJHM": "CF_XDR_SFZ", "CF_CFLB": "CF_CFLB1", "CF_NR": "CF_JG",
           "CF_YXQ": "CF_JZQ", "CF_CFJG": "CF_XZJG"}  # fmt: skip


def row(number: int, **changed: Any) -> Row:
    """A fine of 60,000 yuan against an invented company, with a company of its own for each number."""
    own = {"CF_XDR_MC": f"南通样例第{number}化工有限公司", "CF_XDR_SHXYM": company_code(number)}
    found = penalty(number) | own | changed
    return {name: found.get(name, "") for name in TITLES} | {name: found[name] for name in changed}


def old_row(number: int) -> Row:
    """The same under the column codes of before 2018; the kinds of penalty stand in two columns."""
    named = {_FORMER.get(name, name): cell for name, cell in row(number).items()}
    return named | {"CF_CFLB1": "警告", "CF_CFLB2": "罚款"}


def cells(one: Row) -> list[str]:
    return [str(cell) for cell in one.values()]


def codes(*rows: Row) -> str:
    """A CSV below the column codes."""
    return csv_text([list(rows[0]), *map(cells, rows)])


def titled(*rows: Row, delimiter: str = ",", newline: str = "\r\n") -> str:
    """A CSV below the Chinese titles."""
    return csv_text([list(TITLES.values()), *map(cells, rows)], delimiter, newline)


def csv_text(rows: Sequence[Sequence[str]], delimiter: str = ",", newline: str = "\r\n", wide: int = 0) -> str:
    """As a spreadsheet program writes it: every line as `wide` as the table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
    writer.writerows([*line, *[""] * (wide - len(line))] for line in rows)
    return out.getvalue()

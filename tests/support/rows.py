"""Rows of the dual-disclosure templates from which a test changes only what it is about. All subjects are invented.

Organisation codes begin with YL, which nobody was ever given; citizen numbers lie in a division that does not exist.
"""

import json
from typing import Any

from shared.identifiers import with_check_digit

Row = dict[str, Any]

AUTHORITY = with_check_digit("11320600YL0000017")
OTHER_AUTHORITY = with_check_digit("11320700YL0000025")
COMPANY = with_check_digit("91320600YL0000033")
SHOP = with_check_digit("92320600YL0000041")
PERSON_NAME = "欧阳样例甲"
PERSON_NUMBER = "329999198501010013"


def company_code(number: int) -> str:
    return with_check_digit(f"91320600YL{number:06d}0")


def penalty(number: int = 1, **changed: Any) -> Row:
    """A fine of 60,000 yuan against an invented company, decided on Friday 30 October 2026."""
    row = {
        "CF_XDR_MC": "南通样例化工有限公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": COMPANY,
        "CF_FRDB": "样例乙",
        "CF_WSH": f"（苏通）应急罚〔2026〕{number}号",
        "CF_WFXW": "未按规定培训",
        "CF_SY": "未对从业人员进行安全生产教育和培训。",
        "CF_YJ": "《中华人民共和国安全生产法》第九十七条",
        "CF_CFLB": "罚款",
        "CF_NR": "罚款人民币60000元。",
        "CF_NR_FK": "6",
        "CF_JDRQ": "2026-10-30",
        "CF_YXQ": "2027-10-30",
        "CF_CFJG": "南通市应急管理局",
        "CF_CFJGDM": AUTHORITY,
        "CF_SJLY": "南通市应急管理局",
        "CF_SJLYDM": AUTHORITY,
    }
    return row | changed


def person_penalty(number: int = 1, **changed: Any) -> Row:
    """The same against an invented natural person."""
    person = {
        "CF_XDR_MC": PERSON_NAME,
        "CF_XDR_LB": "自然人",
        "CF_XDR_SHXYM": "",
        "CF_FRDB": "",
        "CF_XDR_ZJLX": "身份证",
        "CF_XDR_ZJHM": PERSON_NUMBER,
    }
    return penalty(number) | person | changed


def licence(number: int = 1, **changed: Any) -> Row:
    """A safety licence of an invented company for three years."""
    row = {
        "XK_XDR_MC": "南通样例化工有限公司",
        "XK_XDR_LB": "法人及非法人组织",
        "XK_XDR_SHXYM": COMPANY,
        "XK_FRDB": "样例乙",
        "XK_WSH": f"（苏通）应急安许〔2026〕{number}号",
        "XK_XKWS": "准予行政许可决定书",
        "XK_XKLB": "普通",
        "XK_XKZS": "安全生产许可证",
        "XK_XKBH": "（苏样）WH安许证字〔00001〕",
        "XK_NR": "危险化学品生产",
        "XK_JDRQ": "2026-10-30",
        "XK_YXQZ": "2026-10-30",
        "XK_YXQZI": "2029-10-29",
        "XK_XKJG": "南通市应急管理局",
        "XK_XKJGDM": AUTHORITY,
        "XK_ZT": "1",
        "XK_LYDW": "南通市应急管理局",
        "XK_LYDWDM": AUTHORITY,
    }
    return row | changed


def ndjson(rows: list[Row]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()

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


def _envelope(prefix: str, bureau: str) -> Row:
    return {
        f"{prefix}_XDR_MC": "南通样例化工有限公司",
        f"{prefix}_XDR_LB": "法人及非法人组织",
        f"{prefix}_XDR_SHXYM": COMPANY,
        f"{prefix}_FRDB": "样例乙",
        f"{prefix}_{bureau}": "南通市应急管理局",
        f"{prefix}_{bureau}DM": AUTHORITY,
        f"{prefix}_LYDW": "南通市应急管理局",
        f"{prefix}_LYDWDM": AUTHORITY,
    }


def coercion(number: int = 1, **changed: Any) -> Row:
    """Equipment of an invented company sealed for thirty days."""
    row = {
        "QZ_WSH": f"（苏通）应急查扣〔2026〕{number}号",
        "QZ_SXMC": "查封不符合安全标准的设备",
        "QZ_YJ": "《中华人民共和国安全生产法》第六十五条",
        "QZ_NR": "查封反应釜一台。",
        "QZ_CSLB": "查封设施",
        "QZ_DX": "反应釜一台",
        "QZ_JDRQ": "2026-10-30",
        "QZ_QXZ": "2026-10-30",
        "QZ_QXZI": "2026-11-29",
    }
    return _envelope("QZ", "QZJG") | row | changed


def award(number: int = 1, **changed: Any) -> Row:
    """An honour of an invented company."""
    row = {
        "JL_WSH": f"（苏通）应急奖〔2026〕{number}号",
        "JL_SXMC": "安全生产先进单位表彰",
        "JL_YJ": "《中华人民共和国安全生产法》第十九条",
        "JL_NR": "授予称号。",
        "JL_RYMC": "安全生产先进单位",
        "JL_JB": "市级",
        "JL_JDRQ": "2026-10-30",
    }
    return _envelope("JL", "JLJG") | row | changed


def inspection(number: int = 1, **changed: Any) -> Row:
    """An inspection of an invented company that ended with an order to correct."""
    row = {
        "JC_WSH": f"（苏通）应急检记〔2026〕{number}号",
        "JC_SXMC": "危险化学品企业安全检查",
        "JC_YJ": "《中华人民共和国安全生产法》第六十五条",
        "JC_NR": "现场检查。",
        "JC_JHLX": "双随机",
        "JC_JCX": "消防设施；教育培训",
        "JC_JCJL": "责令改正",
        "JC_JCRQ": "2026-10-30",
        "JC_ZGQX": "2026-11-15",
    }
    return _envelope("JC", "JCJG") | row | changed


def good(kind: str, number: int = 1, **changed: Any) -> Row:
    """A good row of any kind."""
    made = {"penalty": penalty, "licence": licence, "coercion": coercion, "award": award, "inspection": inspection}
    return made[kind](number, **changed)


def ndjson(rows: list[Row]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()

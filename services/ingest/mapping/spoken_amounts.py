"""Amounts as decisions tell them: 罚款人民币6万元, 罚款60,000.00元, 罚款人民币陆万元整 (check V08).

It reads what is written and never changes a field: two amounts that differ are for a person to settle.
"""

import re
from decimal import Decimal

_NUMERALS = ("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGITS = {sign: value for value, signs in enumerate(_NUMERALS) for sign in signs}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_PARTS = {"角": Decimal("0.1"), "分": Decimal("0.01")}

_ARABIC = r"[0-9]{1,3}(?:[,，][0-9]{3}){1,3}(?:\.[0-9]{1,6})?|[0-9]{1,12}(?:\.[0-9]{1,6})?"
_SPOKEN = f"[{''.join((*_DIGITS, *_UNITS, *_MYRIADS))}]{{1,24}}"
_AMOUNT = re.compile(
    r"罚款(?:金额)?(?:合计|共计|总计|计)?[为:：]?\s*(?:人民币|￥|¥|RMB)?\s*(?:[（(]大写[）)])?\s*[:：]?"
    rf"(?:(?P<arabic>{_ARABIC})\s*(?P<myriad>[万亿]?)|(?P<spoken>{_SPOKEN}))\s*[元圆]"
    rf"(?P<parts>(?:[{''.join(_DIGITS)}][角分]){{0,2}})"
)


def fines_in(text: str) -> tuple[Decimal, ...]:
    """Every fine that the text names, in yuan; of what cannot be read with certainty nothing."""
    if "罚款" not in text:
        return ()
    return tuple([amount for match in _AMOUNT.finditer(text) if (amount := _read(match)) is not None])


def _read(match: re.Match[str]) -> Decimal | None:
    if match["arabic"]:
        whole = Decimal(match["arabic"].replace(",", "").replace("，", "")) * _MYRIADS.get(match["myriad"], 1)
    else:
        spoken = spoken_number(match["spoken"])
        if spoken is None:
            return None
        whole = Decimal(spoken)
    parts = match["parts"]
    return whole + sum((_DIGITS[parts[at]] * _PARTS[parts[at + 1]] for at in range(0, len(parts), 2)), Decimal(0))


def spoken_number(text: str) -> int | None:
    """A number in Chinese numerals, small or capital (一万二千, 壹万贰仟); None when it is not well formed."""
    total = section = digit = 0
    last_unit = last_myriad = 10**12
    for sign in text:
        if sign in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[sign]
        elif sign in _UNITS:
            unit = _UNITS[sign]
            if unit >= last_unit or (digit == 0 and (unit != 10 or section or total)):
                return None
            section, digit, last_unit = section + (digit or 1) * unit, 0, unit
        else:
            myriad = _MYRIADS[sign]
            if myriad >= last_myriad or section + digit == 0:
                return None
            total, section, digit = total + (section + digit) * myriad, 0, 0
            last_unit, last_myriad = 10**12, myriad
    return total + section + digit or None

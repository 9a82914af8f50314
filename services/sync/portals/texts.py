"""How values are written for a portal, and how what a portal shows is read back into one comparable form.

Days become ISO dates, amounts yuan with two decimals, runs of white space one space. A text that is not understood is
kept as it is, so that a defaced value compares as different instead of failing.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from shared.identifiers.text import strip_control

_CENT = Decimal("0.01")
_WAN = Decimal(10_000)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_AMOUNT = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*(万元|元)?")
# What most values are made of: nothing in it can need cleaning, and asking takes a fifth of the time.
_PLAIN = re.compile("[\u4e00-\u9fff0-9A-Za-z.;:/（）《》〔〕，。、：；-]*")
_KNOWN_VALUES = 1_024
"""Days and amounts are few and come again and again. Four times as many of each would be 1.4 MB more, and one that is
read anew takes 1 to 2 µs."""
_BRACKETS = str.maketrans({**dict.fromkeys("〔［【[{｛〈《<", "("), **dict.fromkeys("〕］】]}｝〉》>", ")")})


def is_plain(text: str) -> bool:
    """Whether `clean` surely changes nothing in it, nor in any part of it: asked once of a whole row."""
    return _PLAIN.fullmatch(text) is not None


def clean(text: str | None) -> str:
    """One line: no control signs, every run of white space one space. A page cannot show more than that reliably."""
    if text is not None and _PLAIN.fullmatch(text):
        return text
    return " ".join(strip_control(text or "").split())


def written_day(day: date | None) -> str:
    """ISO, or nothing."""
    return day.isoformat() if day else ""


def written_wan(yuan: Decimal | None) -> str:
    """万元 with six decimals, which holds every cent; the templates count so."""
    return "" if yuan is None else f"{yuan.quantize(_CENT) / _WAN:.6f}"


def read_text(shown: str) -> str:
    return clean(shown)


@lru_cache(_KNOWN_VALUES)
def read_day(shown: str) -> str:
    """2026-01-02, 2026/1/2 and 2026年1月2日 are the same day."""
    text = clean(shown)
    found = _DAY.fullmatch(text)
    if found is None:
        return text
    year, month, day = (int(part) for part in found.groups())
    return f"{year:04}-{month:02}-{day:02}"


@lru_cache(_KNOWN_VALUES)
def read_amount(shown: str) -> str:
    """Yuan with two decimals. A bare number is 万元, as the templates have it."""
    text = clean(shown)
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return text
    try:
        amount = Decimal(found[1].replace(",", ""))
        return str((amount if found[2] == "元" else amount * _WAN).quantize(_CENT))
    except InvalidOperation:
        return text


def is_day(shown: str) -> bool:
    """Whether `read_day` understands it."""
    return _DAY.fullmatch(clean(shown)) is not None


def is_amount(shown: str) -> bool:
    """Whether `read_amount` understands it."""
    return _AMOUNT.fullmatch(clean(shown)) is not None


def comparable_number(printed: str) -> str:
    """A document number as the portals compare it: width, brackets, case and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", printed).translate(_BRACKETS).split()).upper()

"""How a portal's record is stored and shown: wire names, captions, which values identify it.

A portal keeps the values as they came and dresses them only on the page.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256

_BRACKETS = str.maketrans({**dict.fromkeys("〔［【[{｛〈《<", "("), **dict.fromkeys("〕］】]}｝〉》>", ")")})
_TRAILING_ZEROS = re.compile(r"\.?0+$")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True)
class Item:
    """One value: wire name, caption on the page (none: never shown), greatest length, whether it must be there."""

    wire: str
    caption: str | None
    limit: int
    required: bool = False
    dress: Callable[[str], str] = str


@dataclass(frozen=True)
class Layout:
    """The template of one kind of record, with the wire names of what the portal files it under."""

    kind: str
    title: str
    items: tuple[Item, ...]
    subject_name: str
    uscc: str
    document_number: str
    decided_on: str
    last_day: str | None

    def rows(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Captions and dressed values in the order of the template."""
        return [(item.caption, item.dress(values.get(item.wire, ""))) for item in self.items if item.caption]

    def faults_of(self, values: Mapping[str, str]) -> tuple[str, str] | None:
        """The first reason to refuse the values: code and message."""
        for item in self.items:
            value = values.get(item.wire, "")
            if not isinstance(value, str):
                return "FORMAT", f"{item.wire} 应为字符串"
            if item.required and not value.strip():
                return "MISSING", f"{item.wire} 为必填项"
            if len(value) > item.limit:
                return "TOO_LONG", f"{item.wire} 长度 {len(value)} 超过 {item.limit}"
        return None


def filing_number(printed: str) -> str:
    """A document number as the portal files it."""
    return "".join(unicodedata.normalize("NFKC", printed).translate(_BRACKETS).split()).upper()


def filing_key(prefix: str, *parts: str) -> str:
    """The portal's own key of a record, made from what identifies it."""
    return prefix + sha256("|".join(parts).encode()).hexdigest()[:24]


def plain_amount(value: str) -> str:
    """12.500000 -> 12.5, as pages show 万元."""
    return _TRAILING_ZEROS.sub("", value) if "." in value else value


def amount_in_wan(value: str) -> str:
    return f"{plain_amount(value)}万元" if value else ""


def amount_in_yuan(value: str) -> str:
    """1.25 (万元) -> 12,500.00元."""
    try:
        return f"{Decimal(value) * 10_000:,.2f}元"
    except InvalidOperation:
        return value


def chinese_day(value: str) -> str:
    """2026-01-02 -> 2026年1月2日."""
    found = _DAY.fullmatch(value)
    return f"{found[1]}年{int(found[2])}月{int(found[3])}日" if found else value


def slashed_day(value: str) -> str:
    return value.replace("-", "/")

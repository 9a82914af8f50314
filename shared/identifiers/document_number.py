"""The number of a decision document, 决定文书号: kept as printed, compared by a key (ruling R22).

Equal keys mean the same document of one authority: bracket kind, width, case, spaces, a leading 第 and the 年 after
the year make no difference. Leading zeros, a missing 号 or a missing area do not merge; they share the loose key,
which only proposes a pair for review. The region is never read from the area: 苏通 is 江苏·南通, not 苏通园区.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from .problems import IdentifierProblem, ProblemCode
from .text import HALF_WIDTH, UPPER_CASE, strip_control
from .words import said

MAX_LENGTH = 64
_PRINTED_LIMIT = 4 * MAX_LENGTH  # bounds the work on a text that is mostly spaces

_SUMMARY_WORDS = ("应急罚当", "安监罚当", "安监管罚当")
_SUMMARY_SIGN = "罚当"  # a part of each: most numbers are done with after one look
_ORDINARY_WORDS = ("应急罚", "安监罚", "安监管罚")

_KEY_TABLE: dict[int, str] = (
    HALF_WIDTH
    | UPPER_CASE
    | {code + 0xFEE0: up for code, up in UPPER_CASE.items()}
    | dict.fromkeys(map(ord, "（([［【〔｛{〖〈《<＜\u2329"), "(")
    | dict.fromkeys(map(ord, "）)]］】〕｝}〗〉》>＞\u232a"), ")")
)
# How nearly all numbers are printed: composition changes nothing in them, and four replacements are the whole table.
_USUAL = re.compile("[\u4e00-\u9fa50-9A-Z（）〔〕-]*")
_YEAR_WORD = re.compile(r"\(([0-9]{4})年\)")
_LEADING_ORDINAL = re.compile(r"^第+(?=.)")
_SERIAL_ORDINAL = re.compile(r"第(?=[0-9A-Z第-]+号?$)")
_PENALTY = re.compile(
    r"(?:\((?P<area>[\u4e00-\u9fa5]{1,8})\)|(?P<bare_area>[\u4e00-\u9fa5]{0,8}?))"
    rf"(?P<word>{'|'.join((*_SUMMARY_WORDS, *_ORDINARY_WORDS))})"
    r"\((?P<year>20[0-9]{2})\)(?P<serial>[0-9]{1,5}(?:-[0-9]{1,3})?)号?"
)
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[^\w]+(?=[0-9])")
_OTHER_SIGNS = re.compile(r"[^\w|]+")


@dataclass(frozen=True, slots=True)
class DocumentParts:
    """The parts of a work-safety penalty number such as （苏通）应急罚〔2022〕15号."""

    area: str
    word: str
    year: str
    serial: str


class DocumentNumber(NamedTuple):
    """文书号: `printed` is shown, `key` is compared."""

    printed: str
    key: str

    @property
    def parts(self) -> DocumentParts | None:
        """The parts when the number has the shape of a work-safety penalty, else None."""
        match = _PENALTY.fullmatch(self.key)
        if match is None:
            return None
        area = match["area"] or match["bare_area"] or ""
        return DocumentParts(area, match["word"], match["year"], match["serial"])

    @property
    def canonical(self) -> str:
        """The usual way of writing it when the parts are known, else as printed."""
        parts = self.parts
        if parts is None:
            return self.printed
        area = f"（{parts.area}）" if parts.area else ""
        return f"{area}{parts.word}〔{parts.year}〕{parts.serial}号"

    @property
    def loose_key(self) -> str:
        """Equal for numbers that a person should compare; never merge by it (ruling R22)."""
        parts = self.parts
        text = f"{parts.word}({parts.year}){parts.serial}" if parts else self.key.removesuffix("号")
        separated = _BETWEEN_DIGITS.sub("|", _LEADING_ZEROS.sub("", text))
        return _OTHER_SIGNS.sub("", separated) or self.key

    @property
    def is_summary_procedure(self) -> bool:
        """简易程序 (当场处罚): the word of an on-the-spot decision stands in the number (check V14)."""
        return _SUMMARY_SIGN in self.key and any(word in self.key for word in _SUMMARY_WORDS)


def parse_document_number(text: str) -> DocumentNumber | IdentifierProblem:
    """Any non-empty text up to 64 characters is a document number: licences have many shapes."""
    if len(text) > _PRINTED_LIMIT:
        return _too_long(len(text))
    printed = text if text.isprintable() and " " not in text else " ".join(strip_control(text).split())
    if not printed:
        return IdentifierProblem(ProblemCode.EMPTY, said("number_missing"))
    if len(printed) > MAX_LENGTH:
        return _too_long(len(printed))
    return tuple.__new__(DocumentNumber, (printed, _key(printed)))  # half of the time of its own constructor


def _key(printed: str) -> str:
    if _USUAL.fullmatch(printed):
        key = printed.replace("（", "(").replace("）", ")").replace("〔", "(").replace("〕", ")")
    else:
        key = unicodedata.normalize("NFC", printed.translate(_KEY_TABLE).replace(" ", ""))
    if "第" in key:
        key = _SERIAL_ORDINAL.sub("", _LEADING_ORDINAL.sub("", key))
    return _YEAR_WORD.sub(r"(\1)", key) if "年)" in key else key


def _too_long(length: int) -> IdentifierProblem:
    return IdentifierProblem(ProblemCode.TOO_LONG, said("number_length", n=length, most=MAX_LENGTH))

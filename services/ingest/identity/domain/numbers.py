"""Two document numbers (决定文书号): which ways of writing make no difference, which only propose a pair (ruling R22).

Equal: bracket kind, width, case, spaces, a leading 第, the year with or without 年. Proposed: leading zeros of the
serial, a missing 号, a missing area, as far as `identity.toml` says so. Two areas that differ are two decisions: 苏通
and 苏盐 never meet.
"""

import re
from collections.abc import Callable

from services.ingest.identity.domain.match import Match, Reason, equal, none, proposed
from services.ingest.identity.domain.rule import NumberHint, identity_rule
from shared.identifiers import DocumentNumber, IdentifierProblem, parse_document_number

_ALIKE = Reason("number_alike", "文书号完全一致", "The document numbers are written alike.")
_ALIAS = Reason(
    "number_alias", "文书号此前已由人工确认为同一文书", "A person has accepted these two numbers as the same document."
)
_DIFFERENT = Reason("number_different", "文书号不同", "The document numbers are different.")
_OTHER_AREA = Reason("number_other_area", "文书号中的地区简称不同", "The areas in the numbers differ.")
_AREA = Reason("number_area", "一方文书号缺少地区简称或其括号", "One number lacks the area, or the brackets around it.")
_ZEROS = Reason("number_zeros", "流水号的前导零不同", "The serials differ in leading zeros.")
_NO_HAO = Reason("number_hao", "一方文书号缺少“号”字", "One number lacks the final 号.")
_SIGNS = Reason("number_signs", "标点或年份括号的写法不同", "Signs, or the brackets around the year, differ.")

_HINTS = {
    NumberHint.AREA: _AREA,
    NumberHint.LEADING_ZEROS: _ZEROS,
    NumberHint.HAO: _NO_HAO,
    NumberHint.SIGNS: _SIGNS,
}

_Feature = Callable[[str], object]
_EQUAL_FEATURES: tuple[tuple[Reason, _Feature], ...] = (
    (
        Reason("number_brackets", "括号样式不同（视为相同）", "The brackets differ, which makes no difference."),
        lambda text: re.findall(r"[（）()\[\]［］【】〔〕｛｝{}〖〗〈〉《》<>＜＞]", text),
    ),
    (
        Reason("number_width", "全角与半角不同（视为相同）", "Full and half width differ, which makes no difference."),
        lambda text: re.findall(r"[０-９Ａ-Ｚａ-ｚ－]", text),
    ),
    (
        Reason("number_spaces", "空格不同（视为相同）", "The spaces differ, which makes no difference."),
        lambda text: re.findall(r"\s", text),
    ),
    (
        Reason("number_year", "年份后有无“年”字不同（视为相同）", "年 differs, which makes no difference."),
        lambda text: "年" in text,
    ),
    (
        Reason("number_ordinal", "有无“第”字不同（视为相同）", "第 differs, which makes no difference."),
        lambda text: "第" in text,
    ),
    (
        Reason("number_case", "字母大小写不同（视为相同）", "Letter case differs, which makes no difference."),
        lambda text: re.findall(r"[a-zａ-ｚ]", text),
    ),
)


def compare_numbers(left: str, right: str, stands_for: Callable[[str], str] = str) -> Match:
    """Two numbers of the same subject. `stands_for` leads a key to the one that a person accepted in its place."""
    first, second = parse_document_number(left), parse_document_number(right)
    for one in (first, second):
        if isinstance(one, IdentifierProblem):
            return none(Reason("number_unreadable", "文书号缺失或无法读取", one.message))
    assert isinstance(first, DocumentNumber)  # noqa: S101 - the loop above has left nothing else
    assert isinstance(second, DocumentNumber)  # noqa: S101
    if first.key == second.key:
        return equal(*_set_aside(left, right))
    if stands_for(first.key) == stands_for(second.key):
        return equal(_ALIAS)
    return _loosely(first, second)


def _set_aside(left: str, right: str) -> tuple[Reason, ...]:
    differing = tuple(reason for reason, feature in _EQUAL_FEATURES if feature(left) != feature(right))
    return differing or (_ALIKE,)


def _loosely(first: DocumentNumber, second: DocumentNumber) -> Match:
    if first.loose_key != second.loose_key:
        return none(_DIFFERENT)
    parts = first.parts, second.parts
    areas = {one.area for one in parts if one and one.area}
    if len(areas) > 1:
        return none(_OTHER_AREA)
    found = []
    if _has_area(first) != _has_area(second):
        found.append(_AREA)
    if _zeros(first) != _zeros(second):
        found.append(_ZEROS)
    if first.key.endswith("号") != second.key.endswith("号"):
        found.append(_NO_HAO)
    found = found or [_SIGNS]
    asked = {_HINTS[hint] for hint in identity_rule().numbers}
    return proposed(*found) if asked.issuperset(found) else none(_DIFFERENT)


def _has_area(number: DocumentNumber) -> tuple[bool, bool]:
    """Whether there is an area, and whether it stands in brackets."""
    parts = number.parts
    return (bool(parts and parts.area), number.key.startswith("("))


def _zeros(number: DocumentNumber) -> list[int]:
    return [len(run) for run in re.findall(r"(?<![0-9])(0+)[0-9]", number.key)]

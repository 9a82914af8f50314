"""What a run says of its end is told in both languages, out of what is stored, and a portal's words stay its own."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from services.sync.reconciliation.explanations import DETAILS, EXPLANATIONS, in_language, said

_FOLDERS = ("services/sync/portals", "services/sync/reconciliation")
_RAISED = {"IncompleteListing", "PortalUnavailable"}


def _values(sentence: str) -> dict[str, str]:
    return {name: f"<{name}>" for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("cause", EXPLANATIONS)
def test_each_sentence_is_told_in_chinese_with_its_values(cause: str) -> None:
    english, chinese = EXPLANATIONS[cause]
    stored = said(cause, **_values(english))
    assert in_language(stored, "zh") == chinese.format(**_values(english))
    assert in_language(stored, "en") == stored


@pytest.mark.parametrize("name", DETAILS)
def test_what_kept_a_listing_from_being_read_is_told_with_it(name: str) -> None:
    english, chinese = DETAILS[name]
    stored = said("unread", detail=english.format(**_values(english)))
    assert in_language(stored, "zh") == f"公示列表没有读完整：{chinese.format(**_values(english))}"


def test_two_sentences_are_told_one_after_the_other() -> None:
    stored = f"{said('flapping', n=2)} {said('waiting', n=15)}"
    assert in_language(stored, "zh") == "有 2 条修正后一天内两次重现，留给人处理。有 15 条此前已留给人处理，仍在等待。"


def test_words_of_a_portal_and_sentences_that_nobody_knows_stay_as_they_are() -> None:
    assert in_language(said("unread", detail="门户正在维护"), "zh") == "公示列表没有读完整：门户正在维护"
    assert in_language("Written by a release of tomorrow.", "zh") == "Written by a release of tomorrow."
    assert in_language(f"{said('waiting', n=1)} And more.", "zh") == "有 1 条此前已留给人处理，仍在等待。And more."
    assert in_language(said("given_up", actor="zhang", reason="两行\n理由"), "zh") == "由 zhang 中止：两行\n理由"
    assert in_language(None, "zh") is None


def _raised() -> Iterator[str]:
    """The sentences with which reading a listing fails, a 7 in place of each value; those of others are left out."""
    for file in (file for folder in _FOLDERS for file in Path(folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _RAISED and node.args:
                text = _text(node.args[0])
                if text.strip("7: "):
                    yield text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join("7" if isinstance(part, ast.FormattedValue) else _text(part) for part in node.values)
    return ""


def test_every_way_in_which_a_listing_fails_has_chinese_words() -> None:
    sentences = sorted(set(_raised()))
    stored = [said("unread", detail=sentence) for sentence in sentences]
    assert len(sentences) > 15
    assert [text for text in stored if (in_language(text, "zh") or "").endswith(text.partition(": ")[2])] == []

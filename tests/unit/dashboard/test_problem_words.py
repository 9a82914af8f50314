"""What services say against something is told on a Chinese page in Chinese, with its values and what to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.sync.dashboard.problem_words import (
    field_fault,
    problem_sentences,
    said_by,
    trouble,
    trouble_sentences,
)
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import word
from shared.errors import CATALOGUE, CONFLICT, WRONG_STATE, Problem
from shared.sentences import Sentences

_CHINESE = re.compile("[\u4e00-\u9fff]")
_PLACE = re.compile(r"\{(\w+)\}")
_OF_TERMINALS = re.compile(r"cli\.py$|terminal|^services/(local|accounts|ingest/mock_source|sync/mock_portals)/")
"""Where nobody hears it on a page of the dashboard."""
_SAID_IN = {"Problem": 1, "StepRefused": 0, "NoLetter": 0}
"""Which argument is the sentence."""
_BY_ITS_VALUE = {
    "The measure 7.": ("The measure stands still.", "The measure was told already."),
    "The re-grading 7.": ("The re-grading was done already.", "The re-grading is due on 2026-11-22."),
}
"""Sentences of one value that is most of what they say, and what they can say."""


def _raised() -> Iterator[str]:
    """The sentences of problems, a 7 in place of each value; those that are made elsewhere are left out."""
    for file in (*Path("services").rglob("*.py"), *Path("shared").rglob("*.py")):
        if _OF_TERMINALS.search(file.as_posix()):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (name := getattr(node.func, "id", "")) in _SAID_IN:
                yield from (text for one in node.args[_SAID_IN[name] :][:1] for text in _texts(one))


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)


def test_every_problem_of_a_service_has_chinese_words() -> None:
    sentences = {one for text in _raised() if text.strip("7. ") for one in _BY_ITS_VALUE.get(text, (text,))}
    assert len(sentences) > 200
    assert {text for text in sentences if problem_sentences().in_chinese(text) is None} == set()


@pytest.mark.parametrize("catalogue", [problem_sentences(), trouble_sentences()])
def test_every_sentence_is_told_with_its_values(catalogue: Sentences) -> None:
    for english, chinese in catalogue.forms.values():
        values = {name: f"<{name}>" for name in _PLACE.findall(english)}
        assert catalogue.in_chinese(english.format(**values)) == chinese.format(**values)


def test_what_keeps_a_portal_from_being_reached_or_understood_has_chinese_words() -> None:
    raised = _calls(Path("services/sync/portals"), "PortalUnavailable", "UnrecognisedPage")
    silent = _calls(Path("shared/outbound"), "NotSent", "Uncertain")
    said = {text for call in (*raised, *silent) for one in call.args[:1] for text in _texts(one) if " " in text}
    of_portals = {text for text in said if "mail" not in text}
    assert len(of_portals) > 12
    assert {text for text in of_portals if trouble("zh", text) == text} == set()


def _calls(folder: Path, *names: str) -> Iterator[ast.Call]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield node


def test_several_troubles_are_told_and_a_portal_keeps_its_words() -> None:
    told = trouble("zh", "detail: 'PunishDate' is missing; list: answered 502")
    assert told == "详情页：缺少“PunishDate”；列表页：应答 502"
    assert trouble("zh", "E17 数据格式错误; 请重报") == "E17 数据格式错误; 请重报"
    assert trouble("en", "the portal answered 503") == "the portal answered 503"
    assert trouble("zh", None) == ""


@pytest.mark.parametrize("group", ["problem", "problem_advice"])
def test_every_type_of_problem_has_words(group: str) -> None:
    assert [kind.slug for kind in CATALOGUE if not _CHINESE.search(word("zh", group, kind.slug))] == []
    assert [word("en", "problem_advice", kind.slug) for kind in CATALOGUE] == [kind.advice for kind in CATALOGUE]


def _answered(detail: str, kind: str = "wrong-state") -> Reading:
    return Reading("repair", {}, why="failed", detail=detail, advice=WRONG_STATE.advice, status=409, kind=kind)


def test_a_state_within_a_sentence_is_told_by_its_word() -> None:
    said = said_by("zh", _answered("An application that is first_reviewed does not allow approve."))
    assert said == ("申请已初审，不能“准予修复”。", word("zh", "problem_advice", "wrong-state"), "")


def test_what_nobody_has_words_for_stands_in_english_behind_what_its_type_means() -> None:
    said = said_by("zh", _answered("A sentence of a later release."))
    assert (said.sentence, said.english) == ("案件当前不允许这一步", "A sentence of a later release.")
    foreign = said_by("zh", _answered("A proxy refuses.", kind=""))
    assert (foreign.sentence, foreign.english) == ("A proxy refuses.", "")


def test_an_english_page_says_what_the_service_said() -> None:
    problem = Problem(CONFLICT, "There is nothing to take down.")
    assert said_by("en", problem) == (problem.detail, CONFLICT.advice, "")
    assert said_by("zh", problem).sentence == "没有可以撤下的信息。"
    assert field_fault("en", "Field required") == "Field required"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("String should have at least 1 character", "至少 1 个字符"),
        ("Input should be 'shown' or 'hidden'", "应为 shown或hidden"),
        ("Value error, not after today, 2026-11-21", "不得晚于今天（2026-11-21）"),
        (None, ""),
    ],
)
def test_why_a_field_was_refused_is_told(reason: str | None, told: str) -> None:
    assert field_fault("zh", reason) == told

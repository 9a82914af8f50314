"""`docs/law.md` settles every open question and names where its setting lives."""

import re
from functools import cache

import pytest

from services import house
from shared.policy import load_packs
from shared.policy.answers import QUESTIONS
from tests.architecture.source import ROOT, text_of

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in text_of("docs/law.md").splitlines()
    if line.startswith("| ") and not line.startswith("| id ")
]
RULINGS = [*range(1, 15), *range(20, 28), *range(30, 36)]
QUESTIONS_OF_FACTS = range(1, 28)


IDS = [*(f"R{number:02d}" for number in RULINGS), *(f"Q{one:02d}" for one in QUESTIONS_OF_FACTS)]


def rows_of(number: str) -> list[list[str]]:
    return [row for row in ROWS if re.search(rf"\b{number}\b", row[0])]


@cache
def rule_files() -> frozenset[str]:
    """Every file that a lawyer may edit: packs, announced years and layouts by path and name, rule files by theirs."""
    paths = [path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.toml")]
    paths = [path for path in paths if "texts" not in path.parts]
    named = {path.relative_to(ROOT).as_posix() for path in paths} | {path.name for path in paths}
    return frozenset(named | {file.name for service in house.SERVICES.values() for file in service.rules})


@pytest.mark.parametrize("number", IDS)
def test_every_ruling_and_every_open_question_has_its_line(number: str) -> None:
    assert rows_of(number)


@pytest.mark.parametrize("number", IDS)
def test_every_ruling_and_every_open_question_is_set_in_a_file_that_a_lawyer_can_edit(number: str) -> None:
    named = {name for row in rows_of(number) for name in re.findall(r"`([^`]+\.toml)`", row[3])}
    assert named & rule_files(), f"{number} names {sorted(named) or 'no file'}"


def test_every_answer_of_the_packs_stands_in_the_line_of_what_it_settles() -> None:
    for answer in load_packs().settings.answers.stated:
        for number in answer.settles:
            assert any(f"`{answer.answer_id}`" in row[3] for row in rows_of(number)), (answer.answer_id, number)


def test_every_answer_that_a_line_names_exists() -> None:
    cells = [row[3].partition("`answers.toml` ")[2].partition(";")[0] for row in ROWS]
    named = {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}
    assert named == set(QUESTIONS)


def test_every_line_says_what_is_asked_what_is_done_and_where() -> None:
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []


def test_every_rule_file_that_a_line_names_exists() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([A-Za-z0-9_/-]+\.toml)`", row[3])}
    assert named
    assert sorted(named - rule_files()) == []

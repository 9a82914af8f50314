"""`docs/law.md` settles every open question and names where its setting lives."""

import re

import pytest

from tests.architecture.source import ROOT, text_of

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in text_of("docs/law.md").splitlines()
    if line.startswith("| ") and not line.startswith("| id ")
]
RULINGS = [*range(1, 15), *range(20, 28), *range(30, 36)]
QUESTIONS = range(1, 28)


@pytest.mark.parametrize("number", [*(f"R{number:02d}" for number in RULINGS), *(f"Q{one:02d}" for one in QUESTIONS)])
def test_every_ruling_and_every_open_question_has_its_line(number: str) -> None:
    assert [row for row in ROWS if re.search(rf"\b{number}\b", row[0])]


def test_every_line_says_what_is_asked_what_is_done_and_where() -> None:
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []


def test_every_pack_that_a_line_names_exists() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([a-z0-9-]+\.toml)`", row[3])}
    packs = ROOT / "shared" / "policy" / "packs"
    assert named
    assert sorted(name for name in named if not (packs / name).is_file() and "deadlines" not in name) == []

"""A window explains itself in Chinese and English: days, article, pack version, and a sentence for every ground."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

import shared.policy
from shared.policy import Packs, explain
from shared.policy.explain import ground_sentence
from shared.policy.load import read_packs
from shared.policy.wording import GROUND
from shared.vocabulary import Audience
from tests.unit.policy.facts import penalty, window


def test_the_chinese_sentences_name_days_article_and_packs(packs: Packs) -> None:
    seen = window(penalty("2023-05-01"), packs, "2026-04-01")
    text = "".join(explain(seen))
    for part in (
        "予以公示",
        "一般",
        "2024-05-01",
        "2026-04-01零时",
        "令第36号",
        "2023-08-02",
        "令第58号",
        packs.version,
    ):
        assert part in text


def test_the_english_sentences_say_the_same(packs: Packs) -> None:
    seen = window(penalty("2026-05-31", fine=None), packs, "2026-06-01")
    assert explain(seen, "en") == [
        "The record waits for a person and is not shown on the credit sites.",
        "A fact that the rule needs is missing: the amount of the fine.",
        "A person has to confirm this.",
        f"Computed with packs {packs.version} by the rules in force up to 2026-06-01.",
    ]


def test_while_a_graver_class_waits_no_day_of_repair_is_promised_by_the_milder_one(packs: Packs) -> None:
    waits = window(penalty("2026-05-31", fine=Decimal(120_000)), packs, "2026-06-01")
    decided = window(penalty("2026-05-31", fine=Decimal(120_000), milder_confirmed=True), packs, "2026-06-01")
    assert waits.repair_from_on == decided.repair_from_on == date(2026, 9, 1)
    assert any(one.startswith("按目前的失信程度，自2026-09-01起") and "方可受理" in one for one in explain(waits))
    assert any("only when the graver class allows it too" in one for one in explain(waits, "en"))
    assert any(one.startswith("自2026-09-01起可以申请信用修复") for one in explain(decided))
    assert not any("graver class" in one for one in explain(decided, "en"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_worked_case_can_be_explained(lang: Literal["zh", "en"]) -> None:
    packs, cases = read_packs()
    for case in cases:
        for audience in Audience:
            sentences = explain(window(case.facts, packs, case.as_of.isoformat(), audience), lang)
            assert len(sentences) >= 3
            assert not any("{" in sentence or "None" in sentence for sentence in sentences)


def test_every_ground_that_the_engine_writes_has_its_sentence_and_no_sentence_is_left_over() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in _engine_files())
    written = set(re.findall(r'f"([a-z_]+):\{', source)) | {"no_rule", "already_expired", "repair_never"}
    written |= set(re.findall(r'"(missing|inconsistent|no_rule|already_expired|repair_never)[:"]', source))
    assert written == set(GROUND)
    assert all(ground_sentence(f"{code}:x", "zh") and ground_sentence(f"{code}:x", "en") for code in GROUND)


def _engine_files() -> list[Path]:
    folder = Path(shared.policy.__file__).parent
    return [folder / name for name in ("course.py", "outline.py", "evaluate.py")]


def test_an_exempt_window_says_until_when_it_was_lawful(packs: Packs) -> None:
    seen = window(penalty("2020-01-01", first_submitted_on=date(2022, 4, 1)), packs, "2022-04-01")
    assert any("不得展示" in sentence for sentence in explain(seen))
    assert any("首次报送时公示期已满" in sentence for sentence in explain(seen))

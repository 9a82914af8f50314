"""The repair notice: which generation belongs to a decision, what it says, and that it opens as a Word document."""

import tomllib
from dataclasses import replace
from datetime import date
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from services.disclosure.notices.domain.compose import NoLetter, Site, compose, remind
from services.disclosure.notices.domain.letters import parse_letters
from services.disclosure.notices.library import load_letters
from services.disclosure.notices.note import digest_of
from services.disclosure.notices.paper import print_letter
from shared.contracts.records import Record
from shared.policy import PackError
from shared.vocabulary import Audience, Severity
from tests.support.told import licence_record, record

LETTERS = load_letters()
CHANNEL = "应急管理局政策法规处"


def site(severity: Severity = Severity.ORDINARY, **changed: Any) -> Site:
    usual = Site(Audience.CREDIT_SITES, severity, date(2026, 10, 30), date(2027, 10, 30), date(2027, 1, 31))
    return replace(usual, **changed)


def decided(day: str) -> Record:
    return record(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "severity", "expected"),
    [
        ("2022-06-20", Severity.ORDINARY, "cz-7-2022"),
        ("2025-06-21", Severity.ORDINARY, "cz-7-2022"),
        ("2025-06-22", Severity.ORDINARY, "sc-22-2025"),
        ("2025-06-22", Severity.SERIOUS, "sc-22-2025"),
        ("2026-03-31", Severity.MINOR, "sc-22-2025"),
        ("2026-04-01", Severity.SERIOUS, "ndrc-36-2026"),
    ],
)
def test_the_day_of_the_decision_chooses_the_generation(day: str, severity: Severity, expected: str) -> None:
    assert compose(decided(day), [site(severity)], LETTERS, CHANNEL).letter_id == expected


@pytest.mark.parametrize(
    ("day", "severity", "reason"),
    [
        ("2025-06-21", Severity.SERIOUS, "no repair notice for a serious case"),
        ("2025-06-21", Severity.MINOR, "no repair notice for a minor case"),
        ("2022-06-19", Severity.ORDINARY, "No rule asked"),
    ],
)
def test_a_case_that_the_rule_leaves_out_gets_no_letter(day: str, severity: Severity, reason: str) -> None:
    with pytest.raises(NoLetter, match=reason):
        compose(decided(day), [site(severity)], LETTERS, CHANNEL)


def test_where_audiences_differ_the_gravest_severity_counts() -> None:
    sites = [site(), site(Severity.SERIOUS, audience=Audience.OWN_COLUMN)]
    with pytest.raises(NoLetter, match="serious"):
        compose(decided("2024-05-06"), sites, LETTERS, CHANNEL)


def test_what_is_shown_nowhere_and_what_is_no_penalty_get_no_letter() -> None:
    with pytest.raises(NoLetter, match="shown nowhere"):
        compose(record(), [], LETTERS, CHANNEL)
    with pytest.raises(NoLetter, match="Only a penalty"):
        compose(licence_record(), [site()], LETTERS, CHANNEL)


@pytest.mark.parametrize("day", ["2023-05-06", "2025-07-01", "2026-10-30"])
def test_a_case_without_a_minimum_names_no_last_day_of_one(day: str) -> None:
    letter = compose(decided(day), [site(repair_from_on=date.fromisoformat(day), has_minimum=False)], LETTERS, CHANNEL)
    text = "\n".join(letter.paragraphs)
    assert "没有最短公示期" in text
    assert "最短公示期的最后一日" not in text


@pytest.mark.parametrize("day", ["2023-05-06", "2025-07-01", "2026-10-30"])
def test_while_the_class_is_not_confirmed_the_later_day_stands_and_is_no_promise(day: str) -> None:
    sites = [
        site(repair_from_on=date(2027, 10, 31), awaits_confirmation=True),
        site(audience=Audience.OWN_COLUMN, repair_from_on=None, awaits_confirmation=True),
    ]
    text = "\n".join(compose(decided(day), sites, LETTERS, CHANNEL).paragraphs)
    for part in ("失信程度为一般（待认定）", "最早不早于2027年10月31日", "认定之前不可申请信用修复"):
        assert part in text
    assert "起可以申请" not in text


def test_the_letter_names_sites_class_days_and_channel() -> None:
    sites = [site(), site(audience=Audience.OWN_COLUMN, repair_from_on=None)]
    letter = compose(record(), sites, LETTERS, CHANNEL)
    text = "\n".join(letter.paragraphs)
    for part in (
        "南通样例化工有限公司",
        "（苏通）应急罚〔2026〕1号",
        "一般",
        "未按规定培训",
        "7个工作日",
        "信用网站",
        "2026年10月30日起",
        "最后一日为2027年10月30日",
        "最短公示期的最后一日为2027年1月30日",
        "自2027年1月31日起可以申请",
        "部门网站双公示专栏",
        "公示期内不可申请信用修复",
        CHANNEL,
    ):
        assert part in text
    assert letter.authority == "南通市应急管理局"


def test_the_digest_of_a_letter_changes_with_its_words() -> None:
    letter = compose(record(), [site()], LETTERS, CHANNEL)
    assert digest_of(letter) == digest_of(compose(record(), [site()], LETTERS, CHANNEL))
    assert digest_of(letter) != digest_of(compose(record(), [site()], LETTERS, CHANNEL + "一"))


def test_the_reminder_names_the_first_day() -> None:
    lines = remind(record(), date(2027, 1, 31), LETTERS.reminder, CHANNEL)
    assert "自2027年1月31日起可以申请信用修复" in "".join(lines)
    assert Severity.SERIOUS not in LETTERS.reminder.severities


HOSTILE = "样例 <甲> & “乙”{{ 7*7 }} {% raw %} 公司\x0b\x00\ud800"


def lines_of(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(BytesIO(content)).paragraphs if paragraph.text]


def test_the_word_document_opens_again_and_hostile_names_survive() -> None:
    subject = record().subject.model_copy(update={"name": HOSTILE})
    hostile = record().model_copy(update={"subject": subject})
    letter = compose(hostile, [site()], LETTERS, CHANNEL)
    found = lines_of(print_letter(letter, "2026年10月30日", None))
    assert found[0] == "信用修复告知书"
    assert found[1] == "样例 <甲> & “乙”{{ 7*7 }} {% raw %} 公司："
    assert found[2:-2] == [line.replace("\n", "") for line in letter.paragraphs[1:]]
    assert found[-2:] == ["南通市应急管理局", "2026年10月30日"]


def test_a_bureau_may_bring_its_own_letterhead(tmp_path: Path) -> None:
    template = Document()
    template.add_paragraph("样例市应急管理局公用笺")
    template.add_paragraph("{{ title }}")
    template.add_paragraph("{%p for line in paragraphs %}")
    template.add_paragraph("{{ line }}")
    template.add_paragraph("{%p endfor %}")
    path = tmp_path / "letterhead.docx"
    template.save(str(path))
    letter = compose(record(), [site()], LETTERS, CHANNEL)
    found = lines_of(print_letter(letter, "2026年10月30日", path))
    assert found == ["样例市应急管理局公用笺", letter.title, *letter.paragraphs]


def test_a_template_cannot_reach_into_the_program(tmp_path: Path) -> None:
    template = Document()
    template.add_paragraph("{{ title.__class__.__mro__ }}")
    path = tmp_path / "curious.docx"
    template.save(str(path))
    letter = compose(record(), [site()], LETTERS, CHANNEL)
    with pytest.raises(Exception, match="unsafe"):
        print_letter(letter, "2026年10月30日", path)


def edited(old: str, new: str) -> dict[str, Any]:
    text = files("services.disclosure.notices").joinpath("letters.toml").read_text(encoding="utf-8")
    assert old in text
    return tomllib.loads(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("effective_to = 2025-06-21", "effective_to = 2025-06-20", "must begin on the day after cz-7-2022 ends"),
        ("effective_from = 2026-04-01", "effective_from = 2026-04-01\neffective_to = 2030-01-01", "in force after it"),
        ("类型为：{violation}", "类型为：{violator}", "unknown placeholder violator"),
        ("{subject}：", "{subject.__class__}：", "unknown placeholder"),
        ("{closes_on}；", "{closes_on；", "site"),
        ('severities = ["ordinary"]', 'severities = ["usual"]', "is none of"),
        ('citation = "常信用办', 'quotation = "常信用办', "citation is missing"),
        ("[reminder]", "[memory]", "reminder is missing"),
    ],
)
def test_broken_letters_are_refused_with_the_reason(old: str, new: str, reason: str) -> None:
    with pytest.raises(PackError, match=reason):
        parse_letters(edited(old, new))

"""What the law leaves open is answered in `answers.toml`: each answer that is built changes windows, and says so."""

from datetime import date
from decimal import Decimal

import pytest

from shared.policy import (
    ListEntryFacts,
    PackError,
    Packs,
    Window,
    explain,
    explain_listing,
    facts_of,
    list_window,
)
from shared.policy.answer_words import MEANING, WHY_ONLY_ZH
from shared.policy.answers import QUESTIONS, UNANSWERED
from shared.policy.compare import ChangeKind, compare, summary
from shared.policy.load import packs_of, parse_texts, texts_of
from shared.vocabulary import Audience, PenaltyType, Publishability, Severity
from tests.support.packs import agreeing, answering, changed, parsed
from tests.unit.policy.facts import penalty, window

OWN, CREDIT, MARKET = Audience.OWN_COLUMN, Audience.CREDIT_SITES, Audience.MARKET_SUPERVISION
FIXED = [name for name, asked in QUESTIONS.items() if len(asked.values) == 1]
TODAY = date(2026, 11, 2)
AS_OF_DECISION = 'mode = "most_favourable"', 'mode = "as_of_decision"'
BY_TODAY = parsed(changed("selection.toml", 'mode = "most_favourable"', 'mode = "as_of_evaluation"'))


def days(one: Window) -> tuple[str, str, str]:
    return str(one.closes_on), str(one.offline_on), str(one.repair_from_on)


@pytest.mark.parametrize(
    ("answers", "decided_on", "closes_on", "offline_on", "repair_from_on"),
    [
        ({}, "2026-05-31", "2027-05-31", "2027-06-01", "2026-09-01"),
        ({"start_day": "included"}, "2026-05-31", "2027-05-30", "2027-05-31", "2026-08-31"),
        ({"last_day": "exclusive"}, "2026-05-31", "2027-05-30", "2027-05-31", "2026-08-31"),
        ({"start_day": "included", "last_day": "exclusive"}, "2026-05-31", "2027-05-29", "2027-05-30", "2026-08-30"),
        # A month that is too short: its end is the last day, and no eve of a day that it does not have.
        ({}, "2026-11-30", "2027-11-30", "2027-12-01", "2027-03-01"),
        ({"start_day": "included"}, "2026-11-30", "2027-11-29", "2027-11-30", "2027-03-01"),
        ({"last_day": "exclusive"}, "2026-11-30", "2027-11-29", "2027-11-30", "2027-02-28"),
        ({"start_day": "included"}, "2028-02-29", "2029-02-28", "2029-03-01", "2028-05-29"),
        ({"last_day": "exclusive"}, "2028-02-29", "2029-02-27", "2029-02-28", "2028-05-29"),
    ],
)
def test_how_a_period_is_counted_is_an_answer_of_the_packs(
    answers: dict[str, str | list[str]], decided_on: str, closes_on: str, offline_on: str, repair_from_on: str
) -> None:
    packs = parsed(answering(**answers))
    for audience in Audience:
        seen = window(penalty(decided_on), packs, decided_on, audience)
        assert days(seen) == (closes_on, offline_on, repair_from_on)


def test_a_window_that_is_counted_otherwise_says_so_in_both_languages(packs: Packs) -> None:
    included = parsed(answering(start_day="included", last_day="exclusive"))
    text = "".join(explain(window(penalty("2026-05-31"), included, "2026-06-01")))
    assert "当日计入" in text
    assert "当日不计" not in text
    assert "届满的对应日不再公示" in text
    assert "which counts itself" in "".join(explain(window(penalty("2026-05-31"), included, "2026-06-01"), "en"))
    assert "当日不计" in "".join(explain(window(penalty("2026-05-31"), packs, "2026-06-01")))


def test_a_list_entry_is_counted_by_the_same_answers(packs: Packs) -> None:
    facts = ListEntryFacts(authority_region="320600", listed_on=date(2024, 5, 31), published_on=date(2024, 6, 5))
    seen = list_window(facts, parsed(answering(start_day="included")))
    assert (seen.closes_on, seen.offline_on) == (date(2027, 5, 30), date(2027, 5, 31))
    assert seen.early_removal_from_on == date(2025, 5, 31)
    assert any("起算日计入" in sentence for sentence in explain_listing(seen))
    assert list_window(facts, packs).closes_on == date(2027, 5, 31)


@pytest.mark.parametrize(
    ("answer", "repair_from_on", "rule"),
    [("kept", date(2022, 12, 2), "ndrc-527-2019/serious"), ("not_kept", date(2023, 6, 2), "ndrc-58-2023/work_safety")],
)
def test_a_repair_date_that_was_reached_is_kept_or_not(answer: str, repair_from_on: date, rule: str) -> None:
    facts = penalty("2022-06-01", serious_by_law=True)
    packs = parsed(answering(reached_repair_dates=answer))
    before = window(facts, packs, "2023-04-30")
    assert before.repair_from_on == date(2022, 12, 2)
    after = window(facts, packs, "2023-05-01")
    assert after.repair_from_on == repair_from_on
    assert str(after.provenance.repair_rule_id).startswith(rule.partition("/")[0])
    assert after.closes_on == before.closes_on


@pytest.mark.parametrize(
    ("answer", "repair_from_on"), [("each_audience", date(2024, 7, 11)), ("later", date(2025, 1, 11))]
)
def test_the_own_column_repairs_by_its_own_minimum_or_by_the_later_one(answer: str, repair_from_on: date) -> None:
    facts = penalty("2024-01-10", list_conditions=frozenset({"11.6.4"}))
    packs = parsed(answering(repair_minimum=answer))
    own, credit = (window(facts, packs, "2024-01-11", audience) for audience in (OWN, CREDIT))
    assert own.repair_from_on == repair_from_on
    assert credit.repair_from_on == date(2025, 1, 11)
    assert own.provenance.rule_id == "js-yj-33-2022/serious"
    assert any("信用网站可修复之日" in sentence for sentence in explain(own)) is (answer == "later")


@pytest.mark.parametrize(
    ("answer", "closes_on"), [("computed_day", date(2025, 6, 1)), ("eve_of_version", date(2026, 3, 31))]
)
def test_what_a_version_cuts_short_ends_on_the_computed_day_or_on_its_eve(answer: str, closes_on: date) -> None:
    seen = window(penalty("2024-06-01"), parsed(answering(cut_end=answer)), "2026-04-01")
    assert (seen.closes_on, seen.offline_on) == (closes_on, date(2026, 4, 1))
    assert "cut_at_boundary:2026-04-01" in seen.grounds


@pytest.mark.parametrize(
    ("answer", "publishability"), [("first_version", Publishability.SHOWN), ("not_shown", Publishability.EXEMPT)]
)
def test_what_is_older_than_the_packs_is_governed_by_their_first_version_or_by_none(
    answer: str, publishability: Publishability
) -> None:
    packs = parsed(answering(older_decisions=answer))
    for audience in (OWN, CREDIT, MARKET):
        older = window(penalty("2019-06-30", authority_region="330100"), packs, "2019-07-01", audience)
        assert older.publishability is publishability
        oldest = window(penalty("2019-07-01", authority_region="330100"), packs, "2019-07-01", audience)
        assert oldest.publishability is Publishability.SHOWN
    if answer == "not_shown":
        assert any("最早规定ndrc-527-2019" in sentence for sentence in explain(older))


def test_as_of_evaluation_takes_the_class_of_today_and_no_longer_end(packs: Packs) -> None:
    facts = penalty("2022-12-01", fine=Decimal(150_000))
    assert window(facts, BY_TODAY, "2023-04-30").severity is Severity.ORDINARY
    favourable, today = (window(facts, one, "2023-05-02") for one in (packs, BY_TODAY))
    assert (favourable.severity, favourable.provenance.rule_id) == (Severity.ORDINARY, "ndrc-527-2019/ordinary")
    assert today.severity is Severity.SERIOUS
    assert today.provenance.rule_id.startswith("ndrc-58-2023/")
    assert (today.closes_on, today.offline_on) == (favourable.closes_on, favourable.offline_on)
    assert today.grounds[:2] == ("judged_anew:ndrc-527-2019/ordinary", "no_longer_than:ndrc-527-2019/ordinary")
    assert any("不长于规则ndrc-527-2019/ordinary" in sentence for sentence in explain(today))


def test_as_of_evaluation_hides_what_the_version_of_today_does_not_show() -> None:
    facts = penalty("2023-02-10", penalty_types=frozenset({PenaltyType.WARNING}), fine=None, authority_region="330100")
    assert window(facts, BY_TODAY, "2023-04-30", OWN).publishability is Publishability.SHOWN
    after = window(facts, BY_TODAY, "2023-05-01", OWN)
    assert (after.publishability, after.offline_on) == (Publishability.EXEMPT, date(2023, 5, 1))


def test_our_records_on_the_market_supervision_system_may_carry_the_window_of_the_own_column() -> None:
    own = parsed(changed("gsxt-carry-2014.toml", 'carries = "credit_sites"', 'carries = "own_column"'))
    facts = penalty("2023-06-01")
    assert window(facts, own, "2023-06-02", MARKET).closes_on == window(facts, own, "2023-06-02", OWN).closes_on
    assert window(facts, own, "2023-06-02", MARKET).closes_on != window(facts, own, "2023-06-02", CREDIT).closes_on


def test_worked_cases_run_under_the_answers() -> None:
    texts = answering(cut_end="eve_of_version")
    with pytest.raises(PackError, match="worked case fails"):
        packs_of(texts)
    assert packs_of(agreeing(texts)).settings.answers.cut_end == "eve_of_version"


def test_a_comparison_names_the_answers_that_change_beside_the_records(packs: Packs) -> None:
    found = compare([("a", "320600", penalty("2026-06-01"))], packs, parsed(answering(last_day="exclusive")), TODAY)
    assert found.by_audience[CREDIT] == {ChangeKind.SHORTER: 1}
    assert any("由“仍公示，次日零时下线”改为“不再公示，当日零时下线”" in sentence for sentence in summary(found, "zh"))
    assert any("offline at 00:00 of that day" in sentence for sentence in summary(found, "en"))


def test_a_comparison_names_another_mode_and_answers_that_touch_no_window(packs: Packs) -> None:
    new = parsed(answering(changed("selection.toml", *AS_OF_DECISION), abnormal_statuses=["deregistered"]))
    found = compare([("a", "320600", penalty("2026-06-01"))], packs, new, TODAY)
    assert (found.changed_records, [one.answer_id for one in found.answers]) == (0, ["mode", "abnormal_statuses"])
    assert "that of the day of the decision" in summary(found, "en")[1]


def test_a_comparison_tells_of_a_reached_repair_date_only_when_it_would_not_be_kept(packs: Packs) -> None:
    register = [("a", "320600", penalty("2022-06-01", serious_by_law=True))]
    on = date(2023, 5, 2)
    kept, lost = (
        compare(register, packs, parsed(answering(reached_repair_dates=one)), on) for one in ("kept", "not_kept")
    )
    assert ChangeKind.REPAIR_DATE not in kept.by_audience[CREDIT]
    assert lost.by_audience[CREDIT][ChangeKind.REPAIR_DATE] == 1


def test_packs_of_before_there_were_answers_stay_readable_and_judge_as_they_did(packs: Packs) -> None:
    texts = {name: text for name, text in texts_of().items() if name != "answers.toml"}
    older, cases = parse_texts(texts)
    assert older.settings.answers == UNANSWERED
    assert older.version != packs.version
    for case in cases:
        for audience in Audience:
            was, is_now = (window(case.facts, one, case.as_of.isoformat(), audience) for one in (older, packs))
            assert was._replace(provenance=is_now.provenance) == is_now
            assert facts_of(was.provenance.inputs) == facts_of(is_now.provenance.inputs)


def test_nobody_adopts_packs_without_answers_any_more() -> None:
    texts = {name: text for name, text in texts_of().items() if name != "answers.toml"}
    with pytest.raises(PackError, match=r"answers\.toml: file: is missing"):
        packs_of(texts)


@pytest.mark.parametrize("name", FIXED)
def test_where_one_answer_is_available_another_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(PackError) as refusal:
        parsed(answering(**{name: "otherwise"}))
    assert refusal.value.file == "answers.toml"
    assert f"({name})" in refusal.value.entry
    assert QUESTIONS[name].why_only
    assert refusal.value.reason.endswith(f"because {QUESTIONS[name].why_only}")


@pytest.mark.parametrize(
    "values", [[], ["deregistered", "deregistered"], ["reorganisation"], ["normal"], "deregistered"]
)
def test_abnormal_operators_need_a_status_without_a_way_back(values: str | list[str]) -> None:
    with pytest.raises(PackError, match="abnormal_statuses"):
        parsed(answering(abnormal_statuses=values))


@pytest.mark.parametrize(
    ("old", "new", "entry", "reason"),
    [
        ('id = "start_day"', 'id = "first_day"', "answer 1 (first_day)", "unknown question 'first_day'"),
        ('id = "last_day"', 'id = "start_day"', "answer 2 (start_day)", "used twice"),
        ('value = "excluded"', 'value = "half"', "answer 1 (start_day)", "'half' is none of excluded, included"),
        ('value = "excluded"', 'value = ["excluded"]', "answer 1 (start_day)", "value must be str"),
        ('value = "excluded"\n', "", "answer 1 (start_day)", "value is missing"),
        ('settles = ["R01"]', 'settles = ["law"]', "answer 1 (start_day)", "law is no question of the law"),
        ('citation = "参照《中华', 'note = "参照《中华', "answer 1 (start_day)", "citation is missing"),
        ('confidence = "proposal"', 'confidence = "sure"', "answer 1 (start_day)", "'sure' is none of"),
        ('question_zh = "起算日是否计入期间？"\n', "", "answer 1 (start_day)", "question_zh is missing"),
        ('value = "excluded"', 'value = "excluded"\ncolour = "red"', "answer 1 (start_day)", "unknown key colour"),
    ],
)
def test_a_broken_answer_is_refused_with_its_entry_and_the_reason(old: str, new: str, entry: str, reason: str) -> None:
    texts = texts_of()
    assert old in texts["answers.toml"]
    with pytest.raises(PackError) as refusal:
        parsed({**texts, "answers.toml": texts["answers.toml"].replace(old, new, 1)})
    assert (refusal.value.file, refusal.value.entry) == ("answers.toml", entry)
    assert reason in refusal.value.reason


def test_an_answer_that_is_missing_is_named() -> None:
    texts = texts_of()
    shorter = texts["answers.toml"].rpartition("# data_rows")[0]
    with pytest.raises(PackError, match="no answer verdict_rows"):
        parsed({**texts, "answers.toml": shorter})


def test_every_answer_has_its_words_and_no_words_are_left_over() -> None:
    assert {name: sorted(words) for name, words in MEANING.items()} == {
        name: sorted(asked.values) for name, asked in QUESTIONS.items()
    }
    assert set(WHY_ONLY_ZH) == {name for name, asked in QUESTIONS.items() if asked.why_only}


def test_the_packaged_answers_are_those_that_held_before(packs: Packs) -> None:
    assert packs.settings.answers.values() == UNANSWERED.values()

"""Rules are named for people: text and class where the packs in force know them, the identifier as small print."""

from datetime import UTC, datetime
from typing import Any

from services.disclosure.policy.view import policy_view
from services.sync.dashboard.law_words import law_names, named_law, standings, stated_terms
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import word
from shared.policy.load import load_packs

POLICY = Reading("disclosure", policy_view(load_packs(), 0).model_dump(mode="json"))


def test_a_sentence_names_text_and_class_with_the_identifier_in_small_print() -> None:
    named = named_law(POLICY, "zh")
    told = named("作出决定时适用规则ndrc-58-2023/ordinary，按较为有利的规则确定截止日。")
    small = '<small class="muted">ndrc-58-2023/ordinary</small>'
    assert str(told) == f"作出决定时适用规则国家发展改革委令第58号·一般 {small}，按较为有利的规则确定截止日。"


def test_every_rule_of_the_packs_has_words_for_its_class() -> None:
    names = law_names(POLICY.data["documents"], "zh")
    assert names and not [name for name in names.values() if name.rpartition("·")[2].isascii()]


def test_an_identifier_is_not_taken_for_another_that_it_begins_with() -> None:
    assert str(named_law(POLICY, "zh")("规则ndrc-58-2023/warning_only")).startswith("规则国家发展改革委令第58号·轻微")


def test_what_nobody_knows_stays_and_nothing_becomes_markup() -> None:
    silent = Reading("disclosure", why="down")
    for named in (named_law(POLICY, "zh"), named_law(silent, "zh"), named_law(POLICY, "en")):
        assert str(named("规则foreign-1/x <b>")) == "规则foreign-1/x &lt;b&gt;"
    assert str(named_law(POLICY, "en")("rule ndrc-58-2023/ordinary")) == "rule ndrc-58-2023/ordinary"


def test_a_day_is_told_with_the_term_of_its_rule_when_the_packs_in_force_counted_it() -> None:
    term_of = stated_terms(POLICY)
    day = {"what": "closes", "rule_id": "ndrc-36-2026/ordinary", "pack_version": POLICY.data["version"]}
    assert term_of(day) == "P1Y"
    assert term_of({**day, "what": "repair_from"}) == "P3M"
    for other in ({"what": "opens"}, {"rule_id": None}, {"rule_id": "deadline"}, {"pack_version": "2020.1"}):
        assert term_of({**day, **other}) is None
    assert stated_terms(Reading("disclosure", why="down"))({**day, "pack_version": None}) is None


def test_audiences_that_stand_alike_are_told_once() -> None:
    publications: list[dict[str, Any]] = [
        {"audience": "own_column", "state": "online", "severity": "ordinary"},
        {"audience": "credit_sites", "state": "online", "severity": "ordinary"},
        {"audience": "market_supervision", "state": "exempt", "severity": None},
    ]
    told = [(one["state"], audiences) for one, audiences in standings(publications)]
    assert told == [("online", ["own_column", "credit_sites"]), ("exempt", ["market_supervision"])]


def test_every_condition_and_period_of_the_packs_is_told_in_words() -> None:
    rules = [rule for one in POLICY.data["documents"] for rule in one["classes"]]
    codes = {code for rule in rules for code in (*rule["when"], *rule["confirm"])}
    assert codes and [code for code in codes if word("zh", "condition", code) == code] == []
    show = Shown("zh", datetime(2026, 11, 22, tzinfo=UTC))
    periods = {show.period(rule[name]) for rule in rules for name in ("minimum", "maximum") if rule[name]}
    assert periods == {"1 年", "3 年", "3 个月", "6 个月"}
    assert (show.period(None), show.period("P1Y6M")) == ("–", "P1Y6M")

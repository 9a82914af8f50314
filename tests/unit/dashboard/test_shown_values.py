"""Values as people read them."""

from datetime import UTC, datetime

import pytest

from services.sync.dashboard.page import safe_path
from services.sync.dashboard.shown import Shown

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(12, "12 秒", "12 s"), (300, "5 分钟", "5 min"), (7300, "2 小时", "2 h"), (200_000, "2 天", "2 d")],
)
def test_an_age_is_told_in_the_largest_unit_that_still_says_something(seconds: int, zh: str, en: str) -> None:
    assert Shown("zh", NOW).duration(seconds) == zh
    assert Shown("en", NOW).duration(seconds) == en


def test_instants_are_shown_in_the_legal_zone() -> None:
    assert Shown("zh", NOW).at("2026-11-21T02:00:00+00:00") == "2026-11-21 10:00"
    assert Shown("zh", NOW).at(None) == "–"


def test_what_was_and_what_will_be_are_told_apart() -> None:
    assert Shown("zh", NOW).ago("2026-11-21T01:55:00+00:00") == "5 分钟前"
    assert Shown("en", NOW).ago("2026-11-21T02:05:00+00:00") == "in 5 min"
    assert Shown("zh", NOW).ago(None) == "–"


def test_a_day_is_shown_with_its_day_of_the_week() -> None:
    assert Shown("zh", NOW).weekday("2026-11-21") == "2026-11-21 周六"
    assert Shown("en", NOW).weekday("2026-11-23") == "2026-11-23 Mon"
    assert Shown("zh", NOW).weekday(None) == "–"


def test_the_house_is_named_by_what_it_did_and_a_person_by_name() -> None:
    assert Shown("zh", NOW).who("system:sync.verify") == "系统（核验）"
    assert Shown("zh", NOW).who("张样例") == "张样例"
    assert Shown("en", NOW).who("system:of.tomorrow") == "system (of.tomorrow)"
    assert Shown("zh", NOW).who(None) == "–"


@pytest.mark.parametrize(
    "path", ["//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere", "elsewhere", ""]
)
def test_no_way_back_leads_to_another_site(path: str) -> None:
    assert safe_path(path) == "/"
    assert safe_path("/consistency?portal=credit_china") == "/consistency?portal=credit_china"

"""What the pages of repair say of time, and what they send for a step."""

import pytest

from services.sync.dashboard.pages import objections, repair
from services.sync.dashboard.working_time import computed, last_day, level, remaining
from shared.errors import Problem

LIMIT = {
    "clock": "repair_acceptance",
    "started_on": "2026-11-02",
    "due_at": "2026-11-05T16:00:00Z",
    "working_days": 3,
    "minutes_a_day": 420,
    "provisional": False,
}


@pytest.mark.parametrize(
    ("minutes", "zh", "how"),
    [
        (1260, "剩 3 天", "easy"),
        (660, "剩 1 天 4 小时", "easy"),
        (239, "剩 3 小时", "near"),
        (45, "剩 45 分钟", "near"),
        (0, "超 0 分钟", "over"),
        (-125, "超 2 小时", "over"),
    ],
)
def test_what_is_left_is_said_in_days_and_hours_of_work(minutes: int, zh: str, how: str) -> None:
    assert remaining("zh", LIMIT | {"minutes_left": minutes}) == zh
    assert level(minutes) == how


def test_a_limit_says_its_last_day_and_how_it_was_counted() -> None:
    assert last_day(LIMIT["due_at"]) == "2026-11-05"  # type: ignore[arg-type]
    told = computed("zh", LIMIT)
    assert "受理期限" in told and "2026-11-02" in told and "3 个工作日" in told and "2026-11-05" in told
    assert "provisional" in computed("en", LIMIT | {"provisional": True})


def test_only_steps_that_may_follow_and_that_the_role_allows_are_offered() -> None:
    possible = ["withdraw", "decline", "accept"]
    assert repair.offered(possible, ["repair:handle"]) == ["accept", "decline"]
    assert repair.offered(possible, []) == []


def test_a_decision_carries_the_records_that_were_decided_otherwise() -> None:
    fields = {"version": "4", "reason": "义务已履行", "otherwise-a": "整改未完成", "otherwise-b": "", "key": "k"}
    assert repair.body_of("approve", fields) == {
        "version": 4,
        "reason": "义务已履行",
        "decision": "approve",
        "otherwise": [{"record_id": "a", "reason": "整改未完成"}],
    }
    assert repair.body_of("decline", {"version": "1", "reason": "x"})["accepted"] is False
    assert repair.body_of("serve", {"version": "1", "reason": "x", "way": "by_post"})["way"] == "by_post"


def test_an_upheld_objection_says_exactly_its_one_remedy() -> None:
    fields = {"reason": "原件为准", "field-0": "fine", "value-0": "50000", "severity": "minor", "measure": ""}
    assert objections.said("correct", fields) == (
        "decision",
        {
            "upheld": True,
            "reason": "原件为准",
            "remedy": "correct",
            "corrected": [{"field": "fine", "value": "50000"}],
        },
    )
    reclassified = objections.said("reclassify", fields)[1]
    assert reclassified["reclassification"] == {"severity": "minor", "accident_related": None}
    assert "corrected" not in reclassified
    assert objections.said("reject", fields)[1] == {"upheld": False, "reason": "原件为准"}


def test_an_unknown_step_is_refused_and_a_sanction_is_named_by_its_number() -> None:
    with pytest.raises(Problem):
        objections.said("confirmation", {})
    assert objections.said("undo", {"number": "2", "reason": "函〔2026〕1号"})[0] == "sanctions/2"
    assert objections.said("close", {"reason": "已无可更正"}) == ("closing", {"reason": "已无可更正"})

"""The figures of repair, against cases whose times were counted by hand."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from prometheus_client import REGISTRY

from services.repair import handlers
from services.repair.figures.timers import timers
from services.repair.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.contracts.records import Record
from shared.ids import new_id
from shared.vocabulary import Audience, Severity
from tests.support import told
from tests.support.repair_desk import PATH, PEOPLE, step
from tests.support.rows import COMPANY
from tests.support.services import RunningService, statements

FIGURES = "/v1/repair-figures"
READER = {"sub": "auditor", "scope": "repair:read", "authorities": []}
NANTONG, CHANGZHOU = "320600", "320402"


def go_to(repair: RunningService, day: date, hours: int) -> None:
    wanted = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours - 8)
    repair.clock.advance(wanted - repair.clock.now())


def november(day: int) -> date:
    return date(2026, 11, day)


async def shown(repair: RunningService, of: Record | None = None, **changed: Any) -> str:
    record_id, values = new_id(), {"repair_from_on": date(2026, 1, 1), "severity": Severity.ORDINARY}
    values |= {"record": of or told.record()}
    await repair.hear(handlers.publications, *(told.online(record_id, one, **(values | changed)) for one in Audience))
    return record_id


def company(number: int, region: str = NANTONG) -> Record:
    key = f"91320600MA1{number:06d}X"
    subject = told.record().subject.model_copy(update={"key": key, "uscc": key})
    return told.record().model_copy(update={"subject": subject, "region": region})


async def filed(repair: RunningService, of: Record | None = None) -> str:
    body = {"record_ids": [await shown(repair, of)]}
    answer = await repair.post(PATH, body, **PEOPLE["clerk"])
    assert answer.status_code == 201, answer.text
    return str(answer.json()["application_id"])


async def figures(repair: RunningService, query: str = "") -> dict[str, Any]:
    answer = await repair.get(f"{FIGURES}{query}", **READER)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def three_cases(repair: RunningService) -> tuple[str, str, str]:
    """Filed on Friday 6 November at nine: one accepted at once, one after a supplement, one not looked at yet."""
    go_to(repair, november(6), 9)
    plain, supplemented, waiting = (
        await filed(repair, company(1)), await filed(repair, company(2, CHANGZHOU)), await filed(repair, company(3)),
    )  # fmt: skip
    go_to(repair, november(6), 10)
    await step(repair, supplemented, "supplement-request")
    go_to(repair, november(9), 15)
    await step(repair, plain, "acceptance")
    await step(repair, supplemented, "supplement")
    go_to(repair, november(10), 15)
    await step(repair, supplemented, "acceptance")
    return plain, supplemented, waiting


async def test_papers_pass_at_once_or_not(repair: RunningService) -> None:
    await three_cases(repair)
    [found] = (await figures(repair))["first_pass"]
    assert found == {"region": "", "rule": "", "filed": 3, "judged": 2, "passed": 1, "rate": 0.5}
    by_region = {one["region"]: one["rate"] for one in (await figures(repair, "?by=region"))["first_pass"]}
    assert by_region == {NANTONG: 1.0, CHANGZHOU: 0.0}
    by_rule = (await figures(repair, "?by=rule&region=3204"))["first_pass"]
    assert [(one["rule"], one["filed"]) for one in by_rule] == [("ndrc-36-2026", 1)]
    both = (await figures(repair, "?by=region-and-rule"))["first_pass"]
    assert [(one["region"], one["rule"]) for one in both] == [(CHANGZHOU, "ndrc-36-2026"), (NANTONG, "ndrc-36-2026")]


async def test_each_step_has_its_average_and_its_worst_time_in_working_days(repair: RunningService) -> None:
    plain, supplemented, _ = await three_cases(repair)
    found = {one["step"]: one for one in (await figures(repair))["steps"]}
    # Friday nine to Monday three: 15 + 15 hours, one working day; Monday three to Tuesday three: 24 hours.
    accepted = found["accept"]
    assert (accepted["taken"], accepted["average_days"], accepted["worst_days"]) == (2, 1.0, 1)
    assert (accepted["average_hours"], accepted["worst_hours"], accepted["slowest"]) == (27.0, 30.0, plain)
    asked, given = found["request_supplement"], found["supplement"]
    assert (asked["average_days"], asked["average_hours"], asked["slowest"]) == (0.0, 1.0, supplemented)
    assert (given["average_days"], given["average_hours"]) == (1.0, 29.0)
    assert set(found) == {"accept", "request_supplement", "supplement"}


async def test_limits_are_counted_as_they_run_now_and_as_they_ended(repair: RunningService) -> None:
    _, supplemented, _ = await three_cases(repair)
    go_to(repair, november(12), 9)  # the acceptance of the waiting one was due on Wednesday the 11th
    found = {one["clock"]: one for one in (await figures(repair))["limits"]}
    acceptance = {key: found["repair_acceptance"][key] for key in ("running", "overdue", "kept", "missed")}
    assert acceptance == {"running": 1, "overdue": 1, "kept": 2, "missed": 0}
    assert (found["repair_decision"]["running"], found["repair_result"]["running"]) == (2, 3)
    coming = {(one["clock"], one["on"]): one["due"] for one in (await figures(repair))["forecast"]}
    assert coming == {
        ("repair_decision", "2026-11-18"): 1,  # seven working days after the 9th
        ("repair_decision", "2026-11-19"): 1,
        ("repair_result", "2026-11-20"): 2,  # ten after the 6th
        ("repair_result", "2026-11-23"): 1,  # stood still for the 9th
    }
    assert (await figures(repair))["forecast_until"] == "2026-11-26"
    later = {one["clock"]: one for one in (await figures(repair, "?since=2026-11-10"))["limits"]}
    assert (later["repair_acceptance"]["running"], later["repair_acceptance"]["kept"]) == (1, 0)
    assert supplemented not in str(later)


async def test_a_limit_that_ends_today_is_coming_and_not_overdue(repair: RunningService) -> None:
    go_to(repair, november(6), 9)
    application_id = await filed(repair)
    go_to(repair, november(11), 23)
    found = await figures(repair)
    assert [one["overdue"] for one in found["limits"]] == [0, 0]
    assert found["forecast"][0] | {"due": 0} == {
        "region": "", "rule": "", "clock": "repair_acceptance", "on": "2026-11-11", "due": 0,
    }  # fmt: skip
    await step(repair, application_id, "supplement-request")
    still = {one["clock"]: one["standing_still"] for one in (await figures(repair))["limits"]}
    assert still == {"repair_acceptance": 1, "repair_result": 1, "repair_supplement": 0}


async def test_a_subject_counts_once_however_many_records_it_has(repair: RunningService) -> None:
    for number in (1, 1, 2):
        await shown(repair, company(number))
    repaired = await shown(repair, company(3))
    await shown(repair, company(4, CHANGZHOU), severity=None)  # a licence says nothing against anybody
    await repair.hear(handlers.publications, *(told.offline(repaired, audience) for audience in Audience))
    [found] = (await figures(repair))["subjects"]
    assert (found["subjects"], found["with_records"], found["share"]) == (4, 2, 0.5)
    regions = {one["region"]: one["share"] for one in (await figures(repair, "?by=region"))["subjects"]}
    assert regions == {NANTONG: pytest.approx(2 / 3), CHANGZHOU: 0.0}
    [rule] = (await figures(repair, "?by=rule&region=320402"))["subjects"]
    assert (rule["rule"], rule["subjects"]) == ("ndrc-36-2026/ordinary", 1)


async def test_nothing_stored_gives_no_rate(repair: RunningService) -> None:
    found = await figures(repair)
    assert (found["first_pass"][0]["rate"], found["subjects"][0]["share"]) == (None, None)
    assert (found["steps"], found["limits"], found["forecast"]) == ([], [], [])


async def test_the_number_of_statements_does_not_grow_with_the_cases(repair: RunningService) -> None:
    with statements() as few:
        await figures(repair)
    await three_cases(repair)
    with statements() as more:
        await figures(repair)
    assert len(more) == len(few)


async def test_the_same_figures_come_as_csv_and_as_a_workbook(repair: RunningService) -> None:
    await three_cases(repair)
    answer = await repair.get(f"{FIGURES}.csv?table=steps&by=region", **READER)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    asked = next(row for row in rows if row["step"] == "request_supplement")
    assert (asked["region"], asked["region_name"], asked["average_hours"]) == (CHANGZHOU, "天宁区", "1.0")
    book = load_workbook(BytesIO((await repair.get(f"{FIGURES}.xlsx", **READER)).content))
    assert book.sheetnames == ["一次通过率", "办理用时", "期限", "临期预测", "失信主体占比"]
    lines = [[cell.value for cell in row] for row in book["一次通过率"].iter_rows(min_row=2)]
    assert lines == [
        ["地区代码", "地区", "规则", "申请数", "已审材料", "一次通过", "一次通过率"],
        ["", "", "", 3, 2, 1, 0.5],
    ]


@pytest.mark.parametrize(
    "query", ["?since=2026-11-02&until=2026-11-01", "?since=2015-01-01", "?by=authority", "?region=32%25", "?since=x"]
)
async def test_a_period_that_cannot_be_is_refused(repair: RunningService, query: str) -> None:
    answer = await repair.get(f"{FIGURES}{query}", **READER)
    assert answer.status_code == 422, answer.text


async def test_the_oldest_day_of_all_is_no_trouble(repair: RunningService) -> None:
    assert (await figures(repair, "?until=0001-01-01"))["first_pass"][0]["filed"] == 0


async def test_an_applicant_sees_no_figures(repair: RunningService) -> None:
    for path in (FIGURES, f"{FIGURES}.csv", f"{FIGURES}.xlsx"):
        assert (await repair.get(path, **READER, subjects=[COMPANY])).status_code == 404
        assert (await repair.get(path, **(READER | {"scope": "repair:write"}))).status_code == 403


async def test_an_operator_watches_the_figures_of_the_year(repair: RunningService) -> None:
    await three_cases(repair)
    [timer] = timers(repair.database, repair.clock, CalendarBook(calendar_year))
    await timer.job()

    def value(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(name, labels)

    assert value("repair_first_pass_ratio") == 0.5
    assert value("repair_subjects_with_records_ratio") == 1.0
    assert value("repair_step_working_days", step="accept", measure="worst") == 1.0
    assert value("repair_limits_coming", clock="repair_result") == 3.0

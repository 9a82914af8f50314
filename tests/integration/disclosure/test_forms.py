"""The official sheet, the filed form, the figures that are refused, and the figures in the ledger's corner cases."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, insert
from typer.testing import CliRunner

from services.disclosure import tables
from services.disclosure.cli import app as cli
from services.disclosure.forms.domain.layout import load_layout
from services.disclosure.forms.tables import form_report, ledger_entry
from shared.identifiers import cities, counties_of
from shared.vocabulary import SubjectKind
from tests.support import told
from tests.support.register import HEAR, OPERATE, admit, move_to, penalty, run_expiry
from tests.support.services import RunningService

NOVEMBER = "/v1/forms/A?unit=320600&month=2026-11"
DECIDED = date(2026, 10, 30)


async def sheet(disclosure: RunningService, path: str, **filler: Any) -> Any:
    answer = await disclosure.post(path, filler)
    assert answer.status_code == 200, answer.text
    return load_workbook(BytesIO(answer.content)).active


async def figures(disclosure: RunningService, path: str = NOVEMBER) -> Any:
    answer = await disclosure.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_sheet_of_form_a_has_the_official_head_the_order_of_regions_and_the_total(
    disclosure: RunningService,
) -> None:
    await admit(disclosure, penalty(1, DECIDED, "320613"), penalty(2, DECIDED, "320684"), penalty(3, DECIDED, "320685"))
    page = await sheet(
        disclosure,
        "/v1/forms/A/sheet?unit=320600&month=2026-11",
        unit="南通市应急管理局",
        person="样例丙",
        mobile="13800000000",
        on_day="2026-11-22",
    )
    merged = {str(area) for area in page.merged_cells.ranges}
    assert {"A1:H1", "A2:C2", "D2:E2", "F2:G2", "A3:H3", "A4:A5", "B4:B5", "C4:C5", "D4:D5", "E4:F4"} <= merged
    assert {"G4:G5", "H4:H5", "A16:B16", "A17:H17"} <= merged
    assert page["A1"].value == "南通市11月安全生产领域失信主体公示信息清理退出情况月报表"
    assert [page[cell].value for cell in ("A2", "D2", "F2", "H2")] == [
        "填报单位（盖章）：南通市应急管理局",
        "填表人：样例丙",
        "手机号码：13800000000",
        "填报日期：2026-11-22",
    ]
    assert "统计月：2026-10-21 至 2026-11-20（截止日：每月20日）" in page["A3"].value
    assert "近三年：处罚决定日期 2023-11-21 至 2026-11-20" in page["A3"].value
    heads = [page["A4"], page["B4"], page["C4"], page["D4"], page["E5"], page["F5"], page["G4"], page["H4"]]
    assert [cell.value for cell in heads] == [column.name for column in load_layout().columns]
    assert page["E4"].value == "其中"
    rows = [[cell.value for cell in row] for row in page["A6:H15"]]
    assert [row[1] for row in rows] == [county.name for county in counties_of("320600")]
    assert [row[0] for row in rows] == list(range(1, 11))
    assert {row[1]: row[7] for row in rows if row[7]} == {"崇川区": 1, "海门区": 1, "海安市": 1}
    assert [cell.value for cell in page["A16:H16"][0]] == ["合计", None, 3, 0, 0, 0, 0, 3]
    assert "统计月尚未结束" in page["A17"].value


async def test_the_row_of_the_city_itself_stands_above_the_total_only_when_it_counts_something(
    disclosure: RunningService,
) -> None:
    await admit(disclosure, penalty(1, DECIDED, "320613"))
    assert "市本级" not in [row["name"] for row in (await figures(disclosure))["rows"]]
    await admit(disclosure, penalty(2, DECIDED, "320600"))
    page = await sheet(disclosure, "/v1/forms/A/sheet?unit=320600&month=2026-11")
    assert [page[cell].value for cell in ("A16", "B16", "C16", "A17")] == [11, "市本级", 1, "合计"]
    assert page["C17"].value == 2


async def test_form_b_lists_the_thirteen_cities_with_changzhou_before_xuzhou(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED, "320412"), penalty(2, DECIDED, "320613"), penalty(3, DECIDED, "330100"))
    page = await sheet(disclosure, "/v1/forms/B/sheet?month=2026-11")
    names = [row[0].value for row in page["B6:B18"]]
    assert names == [city.name for city in cities()]
    assert names[2:4] == ["常州市", "徐州市"]
    assert (page["H8"].value, page["H19"].value) == (1, 2)
    assert "另有不属于本省各市的：近三年 1" in page["A20"].value


async def test_what_a_person_types_into_the_head_is_never_a_formula(disclosure: RunningService) -> None:
    page = await sheet(disclosure, "/v1/forms/B/sheet?month=2026-11", unit='=HYPERLINK("x")', person="@x", mobile="+86")
    assert {page[cell].data_type for cell in ("A2", "D2", "F2")} == {"s"}


async def test_a_record_taken_down_twice_counts_once_on_its_first_day(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    await disclosure.hear(HEAR.repairs, told.repaired(record_id))
    move_to(disclosure, date(2026, 11, 25))
    await disclosure.hear(HEAR.records, told.voided(record_id))
    assert (await figures(disclosure))["total"]["exit_month"] == 1
    assert (await figures(disclosure, NOVEMBER.replace("11", "12")))["total"] == {
        "stock_3y": 1, "exit_month": 0, "exit_month_abnormal": 0, "exit_month_repair": 0, "exit_ytd": 1, "new_month": 0,
    }  # fmt: skip


async def test_a_window_that_ended_while_no_timer_ran_is_counted_on_its_day(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, date(2025, 11, 15)))  # its last day is 15 November 2026
    move_to(disclosure, date(2026, 11, 24))
    behind = await disclosure.get(NOVEMBER)
    assert (behind.status_code, behind.headers["Retry-After"]) == (503, "5")
    await run_expiry(disclosure)
    form = await figures(disclosure)
    assert (form["total"]["exit_month"], form["buckets"]["expired"], form["is_closed"]) == (1, 1, True)


async def test_a_repair_after_the_last_day_changes_neither_day_nor_bucket(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, date(2025, 11, 15)))
    move_to(disclosure, date(2026, 11, 24))
    await disclosure.hear(HEAR.repairs, told.repaired(record_id))
    assert (await figures(disclosure))["buckets"]["expired"] == 1


async def test_licences_and_natural_persons_are_not_counted(disclosure: RunningService) -> None:
    person = penalty(1, DECIDED, kind=SubjectKind.NATURAL_PERSON)
    await disclosure.hear(HEAR.records, told.admitted(of=person), told.admitted(of=told.licence_record()))
    assert await disclosure.rows(ledger_entry) == []


async def test_the_campaign_months_of_2022_count_the_fixed_three_years(disclosure: RunningService) -> None:
    form = await figures(disclosure, "/v1/forms/B?month=2022-10")
    assert (form["stock_from"], form["stock_to"]) == ("2019-01-01", "2021-12-31")
    form = await figures(disclosure, "/v1/forms/B?month=2022-11")
    assert (form["stock_from"], form["stock_to"]) == ("2019-11-21", "2022-11-20")


async def test_another_cut_off_moves_the_month_and_is_told(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED))
    assert (await figures(disclosure, f"{NOVEMBER}&cutoff_day=1"))["total"]["new_month"] == 0
    form = await figures(disclosure, f"{NOVEMBER}&cutoff_day=31")
    assert (form["starts_on"], form["ends_on"], form["cutoff_day"]) == ("2026-11-01", "2026-11-30", 31)
    assert form["total"]["new_month"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/forms/A?month=2026-11",
        "/v1/forms/A?unit=320613&month=2026-11",
        "/v1/forms/B?unit=320600&month=2026-11",
        "/v1/forms/A?unit=320600&month=2026-13",
        "/v1/forms/A?unit=320600&month=2027-01",
        "/v1/forms/C?month=2026-11",
        "/v1/forms/B?month=2026-11&cutoff_day=0",
        "/v1/forms/A/figures/total/seq?unit=320600&month=2026-11",
        "/v1/forms/A/figures/total/new_month?unit=320600&month=2026-11&cursor=WzEsMl0",
    ],
)
async def test_a_form_that_does_not_exist_is_refused(disclosure: RunningService, path: str) -> None:
    assert (await disclosure.get(path)).status_code == 422


async def test_a_row_that_the_form_does_not_have_is_not_found(disclosure: RunningService) -> None:
    answer = await disclosure.get("/v1/forms/A/figures/330100/new_month?unit=320600&month=2026-11")
    assert answer.status_code == 404


async def test_figures_that_do_not_add_up_are_not_handed_out(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED))
    [entry] = await disclosure.rows(ledger_entry)
    forged = dict(entry._mapping) | {"what": "exited", "bucket": "repair", "published_on": date(2026, 11, 2)}
    async with disclosure.work() as work:
        await work.connection.execute(insert(ledger_entry), forged)
        await work.connection.execute(delete(ledger_entry).where(ledger_entry.c.what == "published"))
    answer = await disclosure.get(NOVEMBER)
    assert answer.status_code == 409
    assert answer.json()["failures"] == [
        "exit_ytd <= stock_3y + sum(new): 320613: 1 - 0 > 0 + 0",
        "exit_ytd <= stock_3y + sum(new): total: 1 - 0 > 0 + 0",
    ]


async def test_a_filed_form_stays_as_it_was_and_keeps_no_personal_data(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, date(2025, 11, 15)))
    path = "/v1/forms/A/reports?unit=320600&month=2026-11"
    assert (await disclosure.post(path, None, scope=OPERATE)).status_code == 409  # the month is not over
    move_to(disclosure, date(2026, 11, 21))
    await run_expiry(disclosure)
    filed = await disclosure.post(path, None, key="once", scope=OPERATE)
    again = await disclosure.post(path, None, key="once", scope=OPERATE)
    assert (filed.status_code, again.json()) == (201, filed.json())
    async with disclosure.work() as work:
        await work.connection.execute(delete(ledger_entry))
        await work.connection.execute(delete(tables.publication))
    read = (await disclosure.get(f"/v1/form-reports/{filed.json()['report_id']}")).json()
    assert read == filed.json()
    assert read["figures"]["total"]["exit_month"] == 1
    [row] = await disclosure.rows(form_report)
    assert (row.filed_by, row.cutoff_day, row.layout) == ("enforcement-system", 20, "monthly-exit-2022")


async def test_filing_needs_more_than_reading(disclosure: RunningService) -> None:
    assert (await disclosure.post("/v1/forms/B/reports?month=2026-10", None)).status_code == 403


def test_the_command_line_writes_the_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.house import migrate

    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    migrate({"data_dir": tmp_path})
    out = tmp_path / "form.xlsx"
    done = CliRunner().invoke(cli, ["form", "A", "--month", "2022-05", "--unit", "320400", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert load_workbook(out).active["A1"].value.startswith("常州市5月")

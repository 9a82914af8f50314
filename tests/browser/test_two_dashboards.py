"""Two processes of the dashboard on PostgreSQL and RabbitMQ: one person, one session, one picture."""

import io
from collections.abc import Iterator

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from services.accounts.roles import Role
from services.local.ports import free_port
from tests.browser.test_repair import Office
from tests.support.running_house import RunningHouse, another_dashboard, running_house
from tests.support.servers import ServerAddress, fresh_vhost
from tests.support.watched_page import Watch, patient_context, sign_in

PATIENCE = 90_000


@pytest.fixture(scope="module")
def real_house(
    own_database: str, rabbitmq_server: ServerAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningHouse]:
    with fresh_vhost(rabbitmq_server) as bus:
        more = {"CREDITSYNC_DATABASE_URL": own_database, "CREDITSYNC_BUS_URL": bus}
        with running_house(tmp_path_factory.mktemp("real"), records=60, more=more) as house:
            house.person("li", Role.SUPERVISOR)
            house.person("wang", Role.SUPERVISOR)
            yield house


@pytest.mark.real
def test_what_is_asked_at_one_process_is_seen_at_the_other(real_house: RunningHouse, browser: Browser) -> None:
    first, second = patient_context(browser), None
    page = first.new_page()
    watch = Watch()
    watch.over(page)
    sign_in(page, real_house, "li")
    with another_dashboard(real_house, free_port()) as address:
        real_house.settle()
        answer = httpx.post(
            f"{real_house.addresses.portals['credit_jiangsu']}/admin/misbehave",  # type: ignore[index]
            json={"action": "lose", "count": 1},
            headers={"Authorization": "Bearer mock-admin-token"},
            timeout=30,
        )
        assert answer.status_code == 200
        page.goto(f"{real_house.addresses.dashboard}/consistency")
        second = first.new_page()
        second.goto(f"{address}/consistency")
        second.select_option("section[aria-labelledby=ask] select[name=portal]", "credit_jiangsu")
        second.select_option("section[aria-labelledby=ask] select[name=mode]", "plan")
        second.click("section[aria-labelledby=ask] button")
        expect(page.locator("#live tbody tr").filter(has_text="缺失")).to_have_count(1, timeout=PATIENCE)
        second.select_option("section[aria-labelledby=ask] select[name=portal]", "credit_jiangsu")
        second.select_option("section[aria-labelledby=ask] select[name=mode]", "mend")
        second.click("section[aria-labelledby=ask] button")
        expect(page.locator("#live tbody")).to_contain_text("所有平台都如期望", timeout=PATIENCE)
    first.close()
    assert watch.faults == []


def _decide(page: Page, address: str, steps: dict[str, str]) -> None:
    page.goto(address)
    for step, reason in steps.items():
        page.locator("section[aria-labelledby=act] form").first.locator("[name=reason]").fill(reason)
        page.get_by_role("button", name=step, exact=True).click()
        expect(page.locator(".toast")).to_be_visible()


@pytest.mark.real
def test_a_repair_is_decided_by_two_people_at_two_processes_and_the_form_counts_it(
    real_house: RunningHouse, browser: Browser
) -> None:
    case = Office(real_house).filed("commitment", "performance_proof")
    contexts = [patient_context(browser, locale="zh-CN") for _ in range(2)]
    li, wang = (one.new_page() for one in contexts)
    watch = Watch()
    for page, name in ((li, "li"), (wang, "wang")):
        watch.over(page)
        sign_in(page, real_house, name)
    with another_dashboard(real_house, free_port()) as address:
        path = f"/repair/{case['application_id']}"
        _decide(li, real_house.addresses.dashboard + path, {"受理": "材料齐全", "初审通过": "条件具备"})
        _decide(wang, address + path, {"复审通过": "同意", "准予修复": "义务已履行完毕", "送达": "当面送达"})
        expect(li.locator("#stand")).to_contain_text("已办结", timeout=PATIENCE)
        expect(wang.locator("#effect")).to_contain_text("3/3 已撤", timeout=PATIENCE)
        _sheet_equals_page(wang, address)
    for one in contexts:
        one.close()
    assert watch.faults == []


def _sheet_equals_page(page: Page, address: str) -> None:
    """The month that runs now counts the repair; the sheet says the same as the page, and the figure opens."""
    page.goto(f"{address}/forms?form=B")
    months = page.locator("form.filter select[name=month] option").all_inner_texts()
    year, month = int(months[0][:4]), int(months[0][5:])
    for at in (months[0], f"{year + month // 12}-{month % 12 + 1:02d}"):
        page.goto(f"{address}/forms?form=B&month={at}")
        if page.locator("table.official .total td").nth(3).inner_text() != "0":
            break
    shown = page.locator("table.official .total td").all_inner_texts()
    assert int(shown[3]) == 1, "one record was taken down by repair"
    with page.expect_download() as waiting:
        page.click("section[aria-labelledby=download] button")
    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None
    totals = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "合计")
    assert [str(one) for one in totals[2:8]] == shown
    page.locator("table.official .total td").nth(3).locator("a").click()
    expect(page.locator("main tbody tr")).to_have_count(1)

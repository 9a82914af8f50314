"""Two processes of the dashboard on PostgreSQL and RabbitMQ: one person, one session, one picture."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from services.accounts.roles import Role
from services.local.ports import free_port
from tests.support.running_house import RunningHouse, another_dashboard, running_house
from tests.support.watched_page import Watch, sign_in

PATIENCE = 90_000


@pytest.fixture
def real_house(own_database: str, amqp_url: str, tmp_path: Path) -> Iterator[RunningHouse]:
    more = {"CREDITSYNC_DATABASE_URL": own_database, "CREDITSYNC_BUS_URL": amqp_url}
    with running_house(tmp_path, records=60, more=more) as house:
        house.person("li", Role.SUPERVISOR)
        yield house


@pytest.mark.real
def test_what_is_asked_at_one_process_is_seen_at_the_other(real_house: RunningHouse, browser: Browser) -> None:
    first, second = browser.new_context(), None
    page = first.new_page()
    watch = Watch()
    watch.over(page)
    sign_in(page, real_house, "li")
    with another_dashboard(real_house, free_port()) as address:
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

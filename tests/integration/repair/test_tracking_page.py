"""The tracking page: open to whoever holds number and code, silent to everybody else, and plain HTML."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from services.repair import handlers
from services.repair.applications.tables import application
from services.repair.tracking.api import TrackingLimits, tracking_limits
from shared.contracts.events import PresenceObserved
from shared.ids import new_id
from shared.vocabulary import Asked, Audience, Portal, Severity
from shared.web.rate import Buckets
from tests.support import told
from tests.support.repair_desk import PATH, PEOPLE, REFUSE, decide, reviewed, served, step
from tests.support.rows import COMPANY
from tests.support.services import RunningService, statements

PAGE, JSON = "/tracking", "/v1/repair-tracking"
CODE = COMPANY[-6:]


@pytest.fixture(autouse=True)
def unhurried(repair: RunningService) -> Iterator[None]:
    """A test may ask as often as it likes."""
    app_of(repair).state.tracking_limits = tracking_limits(1e9, 1e9)
    yield


def app_of(repair: RunningService) -> Any:
    return repair.client._transport.app  # type: ignore[attr-defined]


async def filed(repair: RunningService) -> tuple[str, str, str]:
    """Application, record and tracking number."""
    record_id = new_id()
    values = {"repair_from_on": date(2026, 1, 1), "severity": Severity.ORDINARY}
    await repair.hear(handlers.publications, *(told.online(record_id, audience, **values) for audience in Audience))
    answer = await repair.post(PATH, {"record_id": record_id}, **PEOPLE["clerk"])
    assert answer.status_code == 201, answer.text
    return answer.json()["application_id"], record_id, answer.json()["tracking_number"]


async def typed(repair: RunningService, number: str, code: str = CODE, lang: str = "zh") -> httpx.Response:
    """As a visitor: the form of the page, no token, no cookie."""
    return await repair.client.post(f"{PAGE}?lang={lang}", data={"number": number, "code": code})


async def asked(repair: RunningService, number: str, code: str = CODE) -> httpx.Response:
    return await repair.client.post(JSON, json={"number": number, "code": code})


async def followed(repair: RunningService, number: str) -> dict[str, Any]:
    answer = await asked(repair, number)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def text_of(answer: httpx.Response) -> str:
    return " ".join(HTMLParser(answer.text).css_first("main").text(separator=" ").split())


async def test_the_steps_and_the_days_to_expect_are_shown_without_login(repair: RunningService) -> None:
    application_id, _, number = await filed(repair)
    await step(repair, application_id, "acceptance")
    answer = await typed(repair, number)
    assert answer.status_code == 200
    text = text_of(answer)
    for words in ("已受理", number, "2026-11-02 提交申请", "2026-11-02 受理", "作出决定： 2026-11-11", "2026-11-16"):
        assert words in text, words
    assert "clerk" not in answer.text
    assert application_id not in answer.text
    assert COMPANY not in answer.text
    english = text_of(await typed(repair, number.lower(), CODE.lower(), lang="en"))
    assert "Decision by: 2026-11-11" in english


async def test_a_supplement_says_what_is_missing_and_that_the_limits_stand_still(repair: RunningService) -> None:
    application_id, _, number = await filed(repair)
    await step(repair, application_id, "supplement-request", {"reason": "缺缴款凭证<b>"})
    found = await followed(repair, number)
    assert (found["state"], found["steps"][-1]["reason"]) == ("supplementing", "缺缴款凭证<b>")
    assert {one["clock"]: one["on"] for one in found["expected"]} == {
        "repair_supplement": "2026-11-16", "repair_acceptance": None, "repair_result": None,
    }  # fmt: skip
    answer = await typed(repair, number)
    assert "缺缴款凭证<b>" in text_of(answer)
    assert "凭证<b>" not in answer.text
    assert "期限中止" in text_of(answer)


async def test_each_portal_says_seen_gone_or_still_shown_and_who_was_asked(repair: RunningService) -> None:
    application_id, record_id, number = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    waiting = text_of(await typed(repair, number))
    assert waiting.count("尚未核验") == 3
    assert "部门网站双公示专栏 … 正在停止公示" in waiting
    await repair.hear(handlers.publications, *(told.offline(record_id, audience) for audience in Audience))
    await repair.hear(handlers.observations, told.absent(record_id, Portal.CREDIT_CHINA))
    now = repair.clock.now()
    seen = {"record_id": record_id, "generation": 2, "portal": Portal.CREDIT_JIANGSU, "asked": Asked.PERSON}
    await repair.hear(handlers.observations, PresenceObserved(**seen, since=now, observed_at=now + timedelta(days=1)))
    text = text_of(await typed(repair, number))
    assert "信用中国 ✓ 已核验停止公示，日期 2026-11-02" in text
    assert "信用江苏 ✗ 仍在公示，自 2026-11-02 ; 最近核验 2026-11-03; 已转工作人员处理" in text
    assert "国家企业信用信息公示系统 … 已要求停止公示，尚未核验" in text
    assert "部门网站双公示专栏 ✓ 已停止公示" in text
    [record] = (await followed(repair, number))["records"]
    assert (record["decided_on"], record["own_column"]) == ("2026-10-30", False)
    assert {one["portal"]: one["asked"] for one in record["portals"]} == {
        "credit_china": None, "credit_jiangsu": "person", "market_supervision": None,
    }  # fmt: skip


async def test_a_case_that_took_effect_is_closed_and_expects_nothing_more(repair: RunningService) -> None:
    application_id, record_id, number = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    await served(repair, application_id)
    await repair.hear(handlers.publications, *(told.offline(record_id, audience) for audience in Audience))
    await repair.hear(handlers.observations, *(told.absent(record_id, portal) for portal in Portal))
    found = await followed(repair, number)
    assert (found["state"], found["effective_on"], found["expected"]) == ("closed", "2026-11-02", [])
    assert text_of(await typed(repair, number)).startswith("已办结")


async def test_a_refusal_gives_its_reason_and_the_way_to_object(repair: RunningService) -> None:
    application_id, _, number = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id, REFUSE)
    text = text_of(await typed(repair, number))
    assert "未履行完毕" in text
    assert "行政复议" in text
    assert "信用中国" not in text


async def test_a_limit_that_is_over_says_so(repair: RunningService) -> None:
    _, _, number = await filed(repair)
    repair.clock.advance(timedelta(days=10))
    expected = {one["clock"]: one["over"] for one in (await followed(repair, number))["expected"]}
    assert expected == {"repair_acceptance": True, "repair_result": False}
    assert "2026-11-05 已超过期限" in text_of(await typed(repair, number))


async def test_a_wrong_number_and_a_wrong_code_look_the_same_and_take_the_same_way(repair: RunningService) -> None:
    _, _, number = await filed(repair)
    wrong = [
        (number, "AAAAAA"),
        ("0" * 16, CODE),
        (number, COMPANY),
        (number, ""),
        ("", ""),
        ("\x00' --", "统一"),
        ("查询码", "\x00"),
    ]
    answers, ways = [], []
    for one, code in wrong:
        with statements() as sent:
            answers += [await typed(repair, one, code), await asked(repair, one, code)]
        ways.append(sent)
    pages, programs = answers[::2], answers[1::2]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in pages}) == 1
    assert len({one.json()["detail"] for one in programs}) == 1
    headers = [{name: value for name, value in one.headers.items() if name != "x-request-id"} for one in pages]
    assert all(one == headers[0] for one in headers)
    assert all(way == ways[0] for way in ways)
    assert HTMLParser(pages[0].text).css_first("[role=alert]") is not None


async def test_an_application_without_a_credit_code_opens_to_nobody(repair: RunningService) -> None:
    _, _, number = await filed(repair)
    async with repair.work() as work:
        await work.connection.execute(application.update().values(uscc=None))
    for code in (CODE, "", "??????", "None"):
        assert (await asked(repair, number, code)).status_code == 404


async def test_who_asks_too_often_waits_and_so_does_whoever_guesses_a_code_from_anywhere(
    repair: RunningService,
) -> None:
    _, _, number = await filed(repair)
    free = Buckets(burst=1e9, a_second=1e9)
    app_of(repair).state.tracking_limits = TrackingLimits(Buckets(burst=2, a_second=0.1, seconds=lambda: 0.0), free)
    answers = [await repair.client.get(PAGE) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "10"
    app_of(repair).state.tracking_limits = TrackingLimits(free, Buckets(burst=2, a_second=0.1, seconds=lambda: 0.0))
    for one in (number, "0" * 16):
        tries = [await asked(repair, one, code) for code in ("AAAAAA", "AAAAAB", CODE)]
        assert [one.status_code for one in tries] == [404, 404, 429]


async def test_the_page_runs_nothing_keeps_nothing_and_prints(repair: RunningService) -> None:
    application_id, _, number = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    for answer in (
        await repair.client.get(PAGE), await typed(repair, number), await typed(repair, "<script>x</script>", "'\">"),
    ):  # fmt: skip
        page = HTMLParser(answer.text)
        assert not page.css("script, style, [style], iframe, img, object, base")
        assert not [name for node in page.css("*") for name in node.attributes if name.startswith("on")]
        assert "set-cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert page.css_first("html").attributes["lang"] == "zh-CN"
        assert len(page.css("h1")) == 1
        links = [node.attributes.get("href") or "" for node in page.css("a, link")]
        assert all(link.startswith((PAGE, "#")) for link in links)
        assert number not in str(links)
    style = await repair.client.get(f"{PAGE}/style.css")
    assert "@media print" in style.text
    assert "url(" not in style.text


async def test_the_other_language_is_one_button_away(repair: RunningService) -> None:
    _, _, number = await filed(repair)
    form = HTMLParser((await typed(repair, number)).text).css_first("form.switch")
    fields = {str(node.attributes["name"]): str(node.attributes["value"]) for node in form.css("input")}
    english = await repair.client.post(str(form.attributes["action"]), data=fields)
    assert english.status_code == 200
    assert HTMLParser(english.text).css_first("html").attributes["lang"] == "en"


async def test_a_visitor_who_reads_another_language_sees_the_chinese_page(repair: RunningService) -> None:
    _, _, number = await filed(repair)
    assert (await typed(repair, number, lang="fr")).text == (await typed(repair, number)).text
    assert (await repair.client.get(PAGE, params={"lang": ""})).text == (await repair.client.get(PAGE)).text
    assert (await repair.client.head(PAGE)).status_code == 200


async def test_an_overlong_or_odd_form_is_refused_or_finds_nothing(repair: RunningService) -> None:
    assert (await typed(repair, "9" * 1000)).status_code == 404
    assert (await repair.client.post(PAGE, data={"number": "9" * 5000, "code": CODE})).status_code == 400
    assert (await repair.client.post(PAGE, content=b"x", headers={"content-type": "text/plain"})).status_code == 404
    assert (await repair.client.post(JSON, json={"number": "9" * 65, "code": CODE})).status_code == 422
    many = await repair.client.post(PAGE, data={f"f{number}": "x" for number in range(30)})
    assert many.status_code == 400
    files = await repair.client.post(PAGE, files={"number": ("a.txt", b"x")})
    assert files.status_code == 400

"""Signing in by OpenID Connect: only the browser that asked, only once, only for a while."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from fastapi import Request, Response

from services.accounts.grants import CODE_LIVES, TOKEN_LIVES
from services.accounts.roles import Role
from services.sync.dashboard.session import Session, SessionTooLarge
from tests.support.dashboard import PASSWORD, DashboardHouse, dashboard_house, query_of

OWN = {"Origin": "http://127.0.0.1:8100"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[DashboardHouse]:
    async with dashboard_house(tmp_path) as house:
        house.person("li", Role.OPERATOR)
        yield house


async def test_a_person_signs_in_and_comes_back_to_the_page_that_was_asked_for(house: DashboardHouse) -> None:
    asked = await house.browser.get("/style-guide")
    assert asked.status_code == 303 and query_of(asked.headers["location"])["to"] == "/style-guide"
    back = await house.sign_in("li", to="/style-guide")
    assert back.status_code == 200 and 'id="go-on" href="/style-guide"' in back.text
    cookie = back.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert (await house.browser.get("/style-guide")).status_code == 200


async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(house: DashboardHouse) -> None:
    answer = await house.code_for(await house.asked(), "li")
    parts = urlsplit(answer.headers["location"])
    query = query_of(answer.headers["location"]) | {"state": "another"}
    assert (await house.browser.get(f"{parts.path}?{urlencode(query)}")).status_code == 400
    house.browser.cookies.clear()
    assert (await house.browser.get(f"{parts.path}?{parts.query}")).status_code == 400


async def test_a_code_works_once_and_for_two_minutes(house: DashboardHouse) -> None:
    answer = await house.code_for(await house.asked(), "li")
    parts = urlsplit(answer.headers["location"])
    before = dict(house.browser.cookies)
    assert (await house.browser.get(f"{parts.path}?{parts.query}")).status_code == 200
    for name, value in before.items():
        house.browser.cookies.set(name, value)
    assert (await house.browser.get(f"{parts.path}?{parts.query}")).status_code == 400
    late = await house.code_for(await house.asked(), "li")
    house.clock.advance(CODE_LIVES + timedelta(seconds=1))
    parts = urlsplit(late.headers["location"])
    assert (await house.browser.get(f"{parts.path}?{parts.query}")).status_code == 400


async def test_a_code_without_the_verifier_of_its_question_gives_no_token(house: DashboardHouse) -> None:
    address = await house.asked()
    code = query_of((await house.code_for(address, "li")).headers["location"])["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "dashboard",
        "redirect_uri": query_of(address)["redirect_uri"],
        "code_verifier": "guessed",
    }
    answer = await house.provider.post("/token", data=form)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize("changed", ["client_id", "redirect_uri", "code_challenge_method", "response_type"])
async def test_the_provider_sends_nobody_to_an_address_that_it_does_not_know(
    house: DashboardHouse, changed: str
) -> None:
    address = await house.asked()
    query = query_of(address) | {changed: "http://elsewhere.example/"}
    answer = await house.provider.get(f"/authorize?{urlencode(query)}")
    assert answer.status_code == 422 and "location" not in answer.headers


async def test_a_session_ends_when_nobody_clicks_and_polling_does_not_prolong_it(house: DashboardHouse) -> None:
    await house.sign_in("li")
    for _ in range(20):
        house.clock.advance(timedelta(minutes=1))
        assert (await house.browser.get("/live")).status_code == 200
    house.clock.advance(timedelta(minutes=11))
    ended = await house.browser.get("/live")
    assert ended.status_code == 401 and ended.headers["hx-refresh"] == "true"
    assert (await house.browser.get("/")).status_code == 303


async def test_clicks_prolong_a_session_with_fresh_tokens_until_its_last_hour(house: DashboardHouse) -> None:
    await house.sign_in("li")
    for _ in range(29):
        house.clock.advance(timedelta(minutes=20))
        assert (await house.browser.get("/style-guide")).status_code == 200
    house.clock.advance(timedelta(minutes=25))
    assert (await house.browser.get("/style-guide")).status_code == 303


async def test_a_removed_account_is_out_when_its_token_ends(house: DashboardHouse) -> None:
    await house.sign_in("li")
    house.accounts.remove("li")
    assert (await house.browser.get("/style-guide")).status_code == 200
    house.clock.advance(TOKEN_LIVES)
    assert (await house.browser.get("/style-guide")).status_code == 303


async def test_a_new_password_ends_what_was_signed_in_with_the_old_one(house: DashboardHouse) -> None:
    await house.sign_in("li")
    house.person("li", Role.OPERATOR)
    house.clock.advance(TOKEN_LIVES)
    assert (await house.browser.get("/style-guide")).status_code == 303


async def test_a_token_renewed_for_a_live_part_is_kept(house: DashboardHouse) -> None:
    await house.sign_in("li")
    house.clock.advance(TOKEN_LIVES + timedelta(seconds=1))
    renewed = await house.browser.get("/live")
    assert renewed.status_code == 200 and "creditsync-session" in renewed.headers["set-cookie"]
    assert "set-cookie" not in (await house.browser.get("/live")).headers


async def test_two_tabs_may_ask_to_sign_in_at_once(house: DashboardHouse) -> None:
    first, second = await house.asked("/style-guide"), await house.asked("/")
    for address in (first, second):
        parts = urlsplit((await house.code_for(address, "li")).headers["location"])
        assert (await house.browser.get(f"{parts.path}?{parts.query}")).status_code == 200


async def test_a_token_that_the_services_would_refuse_does_not_lead_round_in_a_circle(house: DashboardHouse) -> None:
    house.app.state.desk.verifier._audience = "another house"
    back = await house.sign_in("li")
    assert back.status_code == 400 and "登录没有成功" in back.text


@pytest.mark.parametrize("to", ["/\t\\evil.example", "//evil.example", "/\\evil.example", "/\n/evil.example"])
async def test_nobody_is_led_to_another_site_after_signing_in(house: DashboardHouse, to: str) -> None:
    back = await house.sign_in("li", to=to)
    assert 'id="go-on" href="/"' in back.text


async def test_a_link_from_another_site_is_asked_for_once_more_before_anybody_signs_in(house: DashboardHouse) -> None:
    await house.sign_in("li")
    cookies = dict(house.browser.cookies)
    house.browser.cookies.clear()
    first = await house.browser.get("/style-guide?lang=en", headers={"Sec-Fetch-Site": "cross-site"})
    assert first.status_code == 200 and 'href="/style-guide?lang=en"' in first.text
    for name, value in cookies.items():
        house.browser.cookies.set(name, value)
    again = await house.browser.get("/style-guide?lang=en", headers={"Sec-Fetch-Site": "same-origin"})
    assert "Style guide" in again.text


async def test_large_tokens_are_kept_in_several_cookies_and_too_large_ones_are_told(house: DashboardHouse) -> None:
    cookie = house.app.state.desk.cookie
    noise = [secrets.token_urlsafe(size) for size in (4_000, 20_000)]
    session = Session(
        noise[0], None, "li", 2**40, int(house.clock.now().timestamp()), int(house.clock.now().timestamp())
    )
    response = Response()
    cookie.write(response, session)
    parts = [
        value.split(";")[0]
        for name, value in response.headers.items()
        if name == "set-cookie" and "Max-Age=0" not in value
    ]
    assert len(parts) == 2 and all(len(part) < 4_096 for part in parts)
    request = Request({"type": "http", "headers": [(b"cookie", "; ".join(parts).encode())]})
    assert cookie.read(request) == session
    with pytest.raises(SessionTooLarge):
        cookie.write(Response(), replace(session, access_token=noise[1]))


async def test_an_address_without_a_page_is_told_as_a_page(house: DashboardHouse) -> None:
    await house.sign_in("li")
    for path, status in (("/no-such-page", 404), ("/consistency/export.pdf", 422)):
        page = await house.browser.get(path)
        assert page.status_code == status and page.headers["content-type"].startswith("text/html")


async def test_a_live_part_that_fails_is_no_page_in_the_page(house: DashboardHouse) -> None:
    await house.sign_in("li")
    house.app.state.desk.services.clients.clear()  # type: ignore[attr-defined]
    whole, live = await house.browser.get("/"), await house.browser.get("/live")
    assert whole.status_code == 500 and "看板自己出了错" in whole.text
    assert live.status_code == 500 and live.content == b""


async def test_a_changed_cookie_is_no_session(house: DashboardHouse) -> None:
    await house.sign_in("li")
    sealed = house.browser.cookies["creditsync-session"]
    house.browser.cookies.set("creditsync-session", sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:])
    assert (await house.browser.get("/style-guide")).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://elsewhere.example"}, {"Origin": "null"}, {**OWN, "Sec-Fetch-Site": "cross-site"}],
)
async def test_a_form_from_elsewhere_is_refused(house: DashboardHouse, headers: dict[str, str]) -> None:
    await house.sign_in("li")
    assert (await house.browser.post("/sign-out", headers=headers)).status_code == 403
    assert (await house.browser.get("/style-guide")).status_code == 200


async def test_signing_out_forgets_the_session(house: DashboardHouse) -> None:
    await house.sign_in("li")
    assert (await house.browser.post("/sign-out", headers=OWN)).status_code == 200
    assert (await house.browser.get("/style-guide")).status_code == 303


async def _late(house: DashboardHouse) -> list[str]:
    """The cookies of an answer that prolongs the session and comes when it wants to."""
    house.clock.advance(timedelta(minutes=2))
    answer = await house.browser.get("/style-guide")
    cookies = answer.headers.get_list("set-cookie")
    assert answer.status_code == 200 and cookies
    return cookies


def _arrives(house: DashboardHouse, cookies: list[str]) -> None:
    for pair in (cookie.partition(";")[0].partition("=") for cookie in cookies):
        if pair[2] not in ("", '""'):
            house.browser.cookies.set(pair[0], pair[2], domain="127.0.0.1", path="/")


async def test_an_answer_that_comes_after_signing_out_signs_nobody_in_again(house: DashboardHouse) -> None:
    await house.sign_in("li")
    cookies = await _late(house)
    await house.browser.post("/sign-out", headers=OWN)
    _arrives(house, cookies)
    assert (await house.browser.get("/style-guide")).status_code == 303
    await house.sign_in("li")
    assert (await house.browser.get("/style-guide")).status_code == 200
    again = await _late(house)
    await house.browser.post("/sign-out", headers=OWN)
    await house.sign_in("li")
    _arrives(house, again)
    assert (await house.browser.get("/style-guide")).status_code == 303


async def test_a_mark_of_a_sign_out_that_is_to_come_is_not_believed(house: DashboardHouse) -> None:
    await house.sign_in("li")
    for mark in ("99999999999", "-1", "x" * 5000):
        house.browser.cookies.set("creditsync-session-ended", mark, domain="127.0.0.1", path="/")
        assert (await house.browser.get("/style-guide")).status_code == 200


async def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(house: DashboardHouse) -> None:
    address = await house.asked()
    answers = [await house.code_for(address, name, "wrong wrong wrong") for name in ("li", "nobody")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].text == answers[1].text


async def test_tries_for_one_name_are_bounded(house: DashboardHouse) -> None:
    address = await house.asked()
    answers = [await house.code_for(address, "li", "wrong wrong wrong") for _ in range(12)]
    assert [answers[0].status_code, answers[-1].status_code] == [401, 429]
    assert f"请在 {answers[-1].headers['retry-after']} 秒后再试" in answers[-1].text
    assert 'name="password"' in answers[-1].text


async def test_an_invitation_is_refused_with_the_reason_and_its_tries_are_bounded(house: DashboardHouse) -> None:
    page = f"/invitation?code={house.accounts.invite('wang', Role.VIEWER)}&lang=en"
    different = {"password": PASSWORD, "again": "another"}
    answers = [await house.provider.post(page, data=different) for _ in range(21)]
    assert [answers[0].status_code, answers[-1].status_code] == [400, 429]
    assert "not the same" in answers[0].text
    assert f"again in {answers[-1].headers['retry-after']} seconds" in answers[-1].text
    gone = await house.provider.get("/invitation?code=used&lang=en")
    assert gone.status_code == 404 and "used already" in gone.text


async def test_a_service_that_is_down_greys_its_panel_and_says_since_when(house: DashboardHouse) -> None:
    await house.sign_in("li")
    page = await house.browser.get("/")
    assert page.status_code == 200 and "没有应答" in page.text and "panel silent" in page.text
    assert "普通" not in page.text
    english = await house.browser.get("/?lang=en")
    assert "does not answer" in english.text


async def test_a_live_part_that_has_not_changed_is_not_sent_again(house: DashboardHouse) -> None:
    await house.sign_in("li")
    first = await house.browser.get("/live")
    again = await house.browser.get("/live", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "<html" not in first.text

"""What a browser complains about, and how a person signs in."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.support.running_house import PASSWORD, RunningHouse


@dataclass
class Watch:
    """Notes errors of scripts, violations of the content policy and answers of 5xx; `expect` excuses words of one."""

    faults: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._note(f"script: {error}"))
        page.on("response", self._response)

    def expect(self, words: str) -> None:
        self.excused.append(words)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"{response.status}: {response.url}")

    def _note(self, fault: str) -> None:
        if not any(words in fault for words in self.excused):
            self.faults.append(fault)


def patient_context(browser: Browser, **options: Any) -> BrowserContext:
    """A session of its own that waits as long as `expect` does: a busy machine is no defect."""
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    return context


def sign_in(page: Page, house: RunningHouse, name: str, password: str = PASSWORD) -> None:
    """As a person does: open the dashboard, be led to the sign-in, come back."""
    page.goto(house.addresses.dashboard)
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.click("button")
    assert answered.value.status == 303, page.inner_text("main")
    page.wait_for_url(f"{house.addresses.dashboard}/**")
    page.wait_for_selector("#live")

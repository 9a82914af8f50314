"""A page speaks one language: no English sentence stands on a Chinese page, and nothing Chinese in the words of an
English one. Every sort of page is looked at that can be reached from the menu."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from services.sync.dashboard.navigation import NAVIGATION
from tests.support.page_texts import PageTexts, pages_behind, shape_of
from tests.support.running_house import RunningHouse

MOST_PAGES = 150
PATIENCE = 120_000
_BESIDE_THE_MENU = ("/deliveries/parked", "/deliveries/dead-letters", "/style-guide")
_SENTENCE = re.compile(r"[A-Za-z][A-Za-z'’-]+(?:[,.;:]? +[A-Za-z][A-Za-z'’-]+){2,}")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NO_SENTENCES = re.compile(r"creditsync(?: [a-z-]+)+")
"""Commands for a terminal."""
_WORDS_OF_THE_PAGE = frozenset({"button", "label", "legend", "th[col]"})
"""Elements that hold no data."""


def _walked(page: Page, house: RunningHouse, lang: str) -> Iterator[tuple[str, PageTexts]]:
    """One page of each sort."""
    waiting = [*(entry.path for entry in NAVIGATION), *_BESIDE_THE_MENU]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if (shape := shape_of(path)) in seen:
            continue
        seen.add(shape)
        answer = page.request.get(
            f"{house.addresses.dashboard}{path}{'&' if '?' in path else '?'}lang={lang}", timeout=PATIENCE
        )
        assert answer.status == 200, path
        if answer.headers["content-type"].startswith("text/html"):
            texts = PageTexts(answer.text(), lang)
            waiting += pages_behind(path, texts.links)
            yield path, texts


def test_no_english_sentence_stands_on_a_chinese_page(page: Page, house: RunningHouse) -> None:
    walked = dict(_walked(page, house, "zh"))
    assert len(walked) > len(NAVIGATION)
    said = {(path, text) for path, found in walked.items() for _, text in found.texts}
    assert {(path, text) for path, text in said if _SENTENCE.search(_NO_SENTENCES.sub("", text))} == set()


@pytest.mark.usefixtures("signed_in")
def test_the_words_of_an_english_page_are_english(page: Page, house: RunningHouse) -> None:
    found = {
        (path, text)
        for path, one in _walked(page, house, "en")
        for around, text in one.texts
        if _WORDS_OF_THE_PAGE.intersection(around) and "option" not in around and _CHINESE.search(text)
    }
    assert found == set()

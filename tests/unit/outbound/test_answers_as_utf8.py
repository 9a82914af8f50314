"""The text of an answer in UTF-8 is the body itself where it came so, and says the same where it did not."""

import pytest

from services.sync.portals.pages import read_page
from shared.outbound.client import Answer

_PAGE = (
    '<p class="total"><b>2</b></p><p class="count"><b>2</b></p>'
    '<article class="record" data-key="a"><table><tr><th>名称</th><td>甲</td></tr></table></article>'
    '<article class="record" data-key="b"><table><tr><th>名称</th><td>乙</td></tr></table></article>'
    '<nav class="pages"><a class="end">完</a></nav>'
)


def test_a_body_in_utf8_is_handed_out_as_it_is() -> None:
    body = ("公示" * 50_000).encode()  # longer than the pieces that it is looked at in, which fall between its bytes
    answer = Answer(200, {}, body, "UTF-8")
    assert answer.utf8 is answer.body


@pytest.mark.parametrize(
    ("body", "charset"), [("公示".encode("gb18030"), "gb18030"), (b"\xff\xe5\x85", "utf-8"), (b"ok\xe5", "utf-8")]
)
def test_any_other_body_says_in_utf8_what_its_text_says(body: bytes, charset: str) -> None:
    answer = Answer(200, {}, body, charset)
    assert answer.utf8.decode() == answer.text


def test_a_page_reads_the_same_as_text_and_as_bytes() -> None:
    page = read_page(_PAGE)
    assert page == read_page(_PAGE.encode())
    assert [(entry.key, entry.shown) for entry in page.entries] == [("a", {"名称": "甲"}), ("b", {"名称": "乙"})]


def test_records_in_other_letters_are_found_too() -> None:
    assert read_page(_PAGE.replace("<article", "<ARTICLE")).entries == read_page(_PAGE).entries

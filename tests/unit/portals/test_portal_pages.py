"""A page that is not in the known form is reported as such and never read as empty."""

import pytest

from services.sync.portals.pages import UnrecognisedPage, read_detail, read_page, says_missing
from services.sync.portals.texts import read_amount, read_day

_RECORD = '<article class="record" data-key="k1"><table><tr><th>文号</th><td> 甲  乙 </td></tr></table></article>'
_HEAD = '<p class="total">共 <b>1</b> 条</p><p class="count">本页 <b>1</b> 条</p>'
_END = '<nav class="pages"><span class="end">已到末页</span></nav>'


def test_a_list_page_gives_its_numbers_its_records_and_the_way_on() -> None:
    page = read_page(_HEAD + _RECORD + '<nav class="pages"><a rel="next" href="/list?after=k1.0">下一页</a></nav>')
    assert (page.total, page.announced, page.next_path) == (1, 1, "/list?after=k1.0")
    assert [(entry.key, dict(entry.shown)) for entry in page.entries] == [("k1", {"文号": "甲 乙"})]
    assert read_page(_HEAD + _RECORD + _END).next_path is None


@pytest.mark.parametrize(
    "html", ["", "<html></html>", _HEAD + _RECORD, _RECORD + _END, _HEAD + "<article class=record></article>" + _END]
)
def test_a_list_page_without_its_marks_is_not_recognised(html: str) -> None:
    with pytest.raises(UnrecognisedPage):
        read_page(html)


def test_a_detail_page_without_a_record_is_not_recognised() -> None:
    with pytest.raises(UnrecognisedPage):
        read_detail("<html><p>维护中</p></html>")


def test_a_gateways_404_is_not_the_portals_word_that_a_record_is_missing() -> None:
    assert says_missing('<p class="missing">该记录不存在，或已停止公示。</p>')
    assert not says_missing("<h1>404 Not Found</h1>")


@pytest.mark.parametrize("shown", ["2026-01-02", "2026/1/2", "2026年1月2日", " 2026年01月02日 "])
def test_a_day_reads_the_same_however_it_is_written(shown: str) -> None:
    assert read_day(shown) == "2026-01-02"


@pytest.mark.parametrize("shown", ["1.25", "1.25万元", "12,500.00元", "1.250000"])
def test_an_amount_reads_the_same_however_it_is_written(shown: str) -> None:
    assert read_amount(shown) == "12500.00"


@pytest.mark.parametrize(("read", "shown"), [(read_day, "下周一"), (read_amount, "若干"), (read_amount, "1.2（改）")])
def test_a_value_that_is_not_understood_is_kept_and_so_differs(read: object, shown: str) -> None:
    assert callable(read)
    assert read(shown) == shown


def _records(number: int) -> str:
    return "\n".join(_RECORD.replace('"k1"', f'"k{at}"') for at in range(number))


def test_a_page_of_many_records_gives_all_of_them_in_their_order() -> None:
    page = read_page(_HEAD + _records(120) + _END)
    assert [entry.key for entry in page.entries] == [f"k{at}" for at in range(120)]
    assert {tuple(entry.shown.items()) for entry in page.entries} == {(("文号", "甲 乙"),)}


@pytest.mark.parametrize(
    "hidden", [f"<!-- {_RECORD} -->", f"<template>{_RECORD}</template>", f"<script>'{_RECORD}'</script>"]
)
def test_a_record_that_a_page_does_not_show_is_none(hidden: str) -> None:
    assert [entry.key for entry in read_page(_HEAD + hidden + _records(2) + _END).entries] == ["k0", "k1"]


@pytest.mark.parametrize(
    "odd",
    [
        f'<article class="frame">{_records(2)}</article>',
        _records(2).replace(_RECORD[-10:], f'{_RECORD[-10:]}<article class="note">提示</article>', 1),
        _records(2).removesuffix("</article>"),
        f"{_records(2)}</article>",
        _records(2).replace("<article", "<ARTICLE").replace("</article", "</ARTICLE"),
    ],
)
def test_records_are_found_on_pages_where_they_do_not_plainly_follow_each_other(odd: str) -> None:
    assert [entry.key for entry in read_page(_HEAD + odd + _END).entries] == ["k0", "k1"]

"""Whoever reads the law in Chinese reads it by its proper name and article; whoever reads English has its English."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from shared.article_words import article_in
from shared.policy import Packs, explain, load_packs
from shared.policy.load import packs_of, texts_of
from shared.policy.source import Source
from shared.vocabulary import Audience
from tests.unit.policy.facts import penalty, window

CHINESE = re.compile("[\u4e00-\u9fff]")
LATIN_WORD = re.compile("[A-Za-z]{2,}")
PROPER = re.compile("《[^》]+》|〔\\d{4}〕\\d+号")
PLACE = re.compile("第[一二三四五六七八九十（]|关于.+的规定")


def sources(packs: Packs) -> Iterator[Source]:
    settings, lists = packs.settings, packs.lists
    for one in (*packs.documents, *settings.exclusions, *settings.lists, *lists.rules, *lists.transitions):
        yield one.source
    yield from (one.source for one in settings.answers.stated)
    for rule in lists.rules:
        yield from (one.source for one in (rule.early_removal, rule.restart) if one)


def articles(packs: Packs) -> Iterator[str]:
    for document in packs.documents:
        yield from (document.article, *(rule.article for rule in document.classes))
    yield from (one.article for one in packs.settings.exclusions)
    yield packs.settings.overdue_article
    for listed in packs.lists.rules:
        yield from (one.article for one in (listed, listed.early_removal, listed.restart) if one)
    yield from (one.article for one in packs.lists.transitions)


def test_every_citation_is_chinese_and_has_its_english(packs: Packs) -> None:
    for source in sources(packs):
        assert CHINESE.search(source.citation) and not LATIN_WORD.search(source.citation), source.citation
        assert "§" not in source.citation
        assert LATIN_WORD.search(source.citation_en), source.citation


def test_every_citation_of_the_files_is_chinese_and_has_its_english() -> None:
    for name, text in texts_of().items():
        chinese = re.findall(r'^citation = "(.+)"$', text, re.MULTILINE)
        assert len(chinese) == len(re.findall(r'^citation_en = ".+"$', text, re.MULTILINE)), name
        assert [one for one in chinese if LATIN_WORD.search(one) or "§" in one] == [], name


def test_every_article_names_its_document_and_the_place_in_it(packs: Packs) -> None:
    odd = [one for one in articles(packs) if not PROPER.search(one) or not PLACE.search(one) or LATIN_WORD.search(one)]
    assert odd == []


def test_every_article_is_told_in_english_without_a_chinese_word(packs: Packs) -> None:
    assert [one for one in articles(packs) if CHINESE.search(article_in("en", one))] == []
    assert [one for one in articles(packs) if article_in("zh", one) != one] == []


def test_the_english_sentences_name_the_article_in_english(packs: Packs) -> None:
    seen = explain(window(penalty("2026-05-31"), packs, "2026-06-01"), "en")
    told = "NDRC Order No. 36 (Measures for Credit Repair), on classes of dishonesty and periods of display"
    assert f"By {told} (rule ndrc-36-2026/ordinary)." in seen
    assert any(one.startswith("Repair may be applied for from") and told in one for one in seen)


def test_an_overdue_record_on_the_market_site_is_explained_with_all_its_articles(packs: Packs) -> None:
    late = penalty("2020-01-01", first_submitted_on=date(2024, 4, 1))
    seen = window(late, packs, "2024-04-01", Audience.MARKET_SUPERVISION)
    assert not CHINESE.search("".join(one for one in explain(seen, "en") if one.startswith("By ")))


@pytest.mark.parametrize(
    ("article", "english"),
    [
        ("常应急〔2022〕19号第一百一十四条", "Changzhou Emergency Management Document No. 19 of 2022, art. 114"),
        (
            "晋应急发〔2023〕386号第二部分第（十二）项",
            "Shanxi Emergency Management Document No. 386 of 2023, part 2 item 12",
        ),
        ("《中华人民共和国行政处罚法》", "Administrative Penalty Law"),
        ("《某办法》第三条", "《某办法》第三条"),
        ("常应急〔2022〕19号第三条但书", "常应急〔2022〕19号第三条但书"),
        (
            "《某办法》第三条；《中华人民共和国行政处罚法》第九条",
            "《某办法》第三条; Administrative Penalty Law, art. 9",
        ),
        ("", ""),
    ],
)
def test_what_is_not_known_stays_in_chinese_whole(article: str, english: str) -> None:
    assert article_in("en", article) == english


def test_packs_of_a_lawyer_may_leave_title_and_english_out() -> None:
    texts = texts_of()
    texts = {name: re.sub(r"^(citation_en|title) = .+\n", "", text, flags=re.MULTILINE) for name, text in texts.items()}
    packs = packs_of(texts)
    assert {one.citation for one in sources(packs)} == {one.citation for one in sources(load_packs())}
    assert all(one.citation_en == one.citation for one in sources(packs))
    assert "国家发展改革委令第36号关于失信信息分类与公示期限的规定" in set(articles(packs))

"""Renders the column's pages for people: plain HTML, Chinese first, no script, no cookie, nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from services.disclosure.column.domain.entry import PublicEntry
from services.disclosure.column.domain.search import By
from services.disclosure.column.look import Found
from services.disclosure.column.texts import TEXTS
from services.disclosure.statements.domain.statement import Statement
from services.disclosure.statements.look import FoundStatements
from shared.article_words import article_in
from shared.web.pages import pages_in

if TYPE_CHECKING:
    from jinja2 import Environment

Lang = Literal["zh", "en"]
HOME = "/column"
STATEMENTS = "/column/statements"
SERIOUS_LIST = "/column/serious-list"
_FOLDER = Path(__file__).parent / "templates"


def search_page(lang: Lang, today: date, asked: Mapping[str, str], found: Found | None) -> str:
    """The search form with its hits; without `found` the text could not be searched."""
    following = found.next if found else None
    return _render(
        "search.html",
        lang,
        today=today,
        asked=asked,
        found=found,
        next_url=_url(HOME, {**asked, "cursor": following, "lang": lang}) if following else None,
        csv_url=_url("/v1/column/records.csv", asked),
        json_url=_url("/v1/column/records", asked),
        other_url=_url(HOME, {**asked, "lang": _other(lang)}),
        within_url=_url(HOME, {**asked, "by": By.CONTAINS, "lang": lang}),
    )


def entry_page(lang: Lang, today: date, entry: PublicEntry) -> str:
    """One record."""
    other = _url(f"{HOME}/records/{entry.record_id}", {"lang": _other(lang)})
    return _render("entry.html", lang, today=today, entry=entry, other_url=other)


def absent_page(lang: Lang, today: date) -> str:
    """What stands where a record is not, or is not any more: both look the same."""
    return _render("absent.html", lang, today=today, other_url=_url(HOME, {"lang": _other(lang)}))


def statements_page(lang: Lang, today: date, q: str, found: FoundStatements | None) -> str:
    """The public reasons of withdrawn decisions; without `found` the text could not be searched."""
    following = found.next if found else None
    return _render(
        "statements.html",
        lang,
        today=today,
        q=q,
        found=found,
        next_url=_url(STATEMENTS, {"q": q, "cursor": following, "lang": lang}) if following else None,
        csv_url=_url("/v1/column/statements.csv", {"q": q}),
        json_url=_url("/v1/column/statements", {"q": q}),
        other_url=_url(STATEMENTS, {"q": q, "lang": _other(lang)}),
    )


def statement_page(lang: Lang, today: date, record_id: str, statement: Statement) -> str:
    """The public reasons of one withdrawn decision."""
    other = statement_url(record_id, _other(lang))
    return _render("statement.html", lang, today=today, record_id=record_id, statement=statement, other_url=other)


def serious_page(lang: Lang, today: date, q: str, entries: Sequence[object], following: str | None) -> str:
    """The entries of the serious list that are in force."""
    return _render(
        "serious_list.html",
        lang,
        today=today,
        q=q,
        entries=entries,
        next_url=_url(SERIOUS_LIST, {"q": q, "cursor": following, "lang": lang}) if following else None,
        csv_url=_url("/v1/serious-list/in-force.csv", {"q": q}),
        json_url=_url("/v1/serious-list/in-force", {"q": q}),
        other_url=_url(SERIOUS_LIST, {"q": q, "lang": _other(lang)}),
    )


def statement_url(record_id: str, lang: Lang) -> str:
    return _url(f"{STATEMENTS}/{record_id}", {"lang": lang})


def _render(template: str, lang: Lang, **values: Any) -> str:
    places = {"home": HOME, "statements": STATEMENTS, "serious_list": SERIOUS_LIST}
    cited = partial(article_in, lang)
    return _pages().get_template(template).render(lang=lang, t=TEXTS[lang], cited=cited, **places, **values)


@cache
def _pages() -> "Environment":
    return pages_in(_FOLDER)


def _url(path: str, query: Mapping[str, str | None]) -> str:
    return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"


def _other(lang: Lang) -> Lang:
    return "en" if lang == "zh" else "zh"

"""Renders the column's pages for people: plain HTML, Chinese first, no script, no cookie, nothing from elsewhere."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.disclosure.column.domain.entry import PublicEntry
from services.disclosure.column.look import Found
from services.disclosure.column.texts import TEXTS

Lang = Literal["zh", "en"]
HOME = "/column"
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
    )


def entry_page(lang: Lang, today: date, entry: PublicEntry) -> str:
    """One record."""
    other = _url(f"{HOME}/records/{entry.record_id}", {"lang": _other(lang)})
    return _render("entry.html", lang, today=today, entry=entry, other_url=other)


def absent_page(lang: Lang, today: date) -> str:
    """What stands where a record is not, or is not any more: both look the same."""
    return _render("absent.html", lang, today=today, other_url=_url(HOME, {"lang": _other(lang)}))


@cache
def style() -> str:
    return (_FOLDER / "column.css").read_text(encoding="utf-8")


def _render(template: str, lang: Lang, **values: Any) -> str:
    return _pages().get_template(template).render(lang=lang, t=TEXTS[lang], home=HOME, **values)


@cache
def _pages() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _url(path: str, query: Mapping[str, str | None]) -> str:
    return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"


def _other(lang: Lang) -> Lang:
    return "en" if lang == "zh" else "zh"

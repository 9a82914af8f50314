"""The report as a page to read and print (A4), written piece by piece. No script, nothing from elsewhere."""

from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from services.sync.reconciliation.explanations import Lang, in_language
from services.sync.reconciliation.report.cells import cells, when
from services.sync.reconciliation.report.gather import Report
from services.sync.reconciliation.report.texts import COLUMNS, NUMBERS, TEXTS, state_word, word
from shared.database.types import AnyRow
from shared.web.pages import pages_in

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "templates"


async def page(report: Report, slices: AsyncIterator[Sequence[AnyRow]], lang: Lang) -> AsyncIterator[str]:
    """The pieces of the page: its head, one piece a slice of rows, its end."""
    yield _part("head.html", lang, report=report)
    async for rows in slices:
        yield _part("rows.html", lang, rows=[cells(row, lang) for row in rows])
    yield _part("tail.html", lang, report=report)


def _part(template: str, lang: Lang, **values: object) -> str:
    return _pages().get_template(template).render(
        lang=lang,
        other="en" if lang == "zh" else "zh",
        t=TEXTS[lang],
        columns=COLUMNS,
        numbers=NUMBERS,
        word=lambda text: word(lang, text),
        in_words=lambda text: in_language(text, lang),
        state_word=lambda state: state_word(lang, state),
        **values,
    )  # fmt: skip


@cache
def style() -> str:
    return (_FOLDER / "report.css").read_text(encoding="utf-8")


@cache
def _pages() -> "Environment":
    pages = pages_in(_FOLDER)
    pages.filters["when"] = when
    pages.globals["style"] = style
    return pages

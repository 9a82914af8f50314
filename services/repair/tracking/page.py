"""Renders the tracking page: plain HTML, Chinese first, no script, no cookie, nothing from elsewhere."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from services.repair.tracking.domain.followed import Followed
from services.repair.tracking.texts import TEXTS
from shared.web.pages import pages_in

if TYPE_CHECKING:
    from jinja2 import Environment

Lang = Literal["zh", "en"]
HOME = "/tracking"
_FOLDER = Path(__file__).parent / "templates"


def form_page(lang: Lang, today: date, *, missed: bool = False) -> str:
    """The two fields; `missed`: what was typed leads to nothing, and what of it was wrong is not said."""
    return _render("form.html", lang, today=today, missed=missed)


def followed_page(lang: Lang, today: date, followed: Followed, code: str) -> str:
    """One application. The code is repeated in the form that asks for the other language."""
    return _render("followed.html", lang, today=today, followed=followed, code=code)


def _render(template: str, lang: Lang, **values: Any) -> str:
    other = "en" if lang == "zh" else "zh"
    return _pages().get_template(template).render(lang=lang, other=other, t=TEXTS[lang], home=HOME, **values)


@cache
def _pages() -> "Environment":
    return pages_in(_FOLDER)

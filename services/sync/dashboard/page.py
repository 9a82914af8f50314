"""Renders pages: the whole, or only the live part when the page itself asks, with a tag by which nothing is sent twice.

Headers allow scripts, styles and connections of our own only. Every word comes from the catalogue; what a service says
is escaped. A live part that has not changed is answered 304.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.sync.dashboard import shown
from services.sync.dashboard.desk import DashboardDesk, is_live
from services.sync.dashboard.navigation import NAVIGATION
from services.sync.dashboard.problem_words import field_fault, said_by, trouble
from services.sync.dashboard.session import Visitor
from services.sync.dashboard.static_files import address_of
from services.sync.dashboard.texts import LANGUAGES, Lang, catalogue, translate, word
from shared.article_words import article_in
from shared.clock import LEGAL_ZONE
from shared.ids import new_id

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
LANGUAGE_COOKIE = "creditsync-lang"
_YEAR_SECONDS = 365 * 86_400
_FOLDER = Path(__file__).parent / "templates"
_DAY = re.compile(r"(?<![0-9A-Za-z-])(?:\d{4}-)?\d\d-\d\d(?![0-9A-Za-z-])")
_NO_FILTERS = ("lang", "note")
_OWN_PATH = re.compile(r"/(?!/)[^\x00-\x20\x7f\\]*")


def language(request: Request) -> Lang:
    """Asked for in the address, else as last time in this browser, else Chinese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return "en" if asked == "en" else "zh"
    return "zh"


def present(request: Request, name: str, values: Mapping[str, Any] | None = None, *, status: int = 200) -> Response:
    """The page `templates/<name>.html` with these values, or its block `live` alone."""
    template = environment().get_template(f"{name}.html")
    context = _context(request, name) | dict(values or {})
    if is_live(request):
        return _tagged(request, template.render(context)) if status < 400 else Response(status_code=status)
    response = Response(template.render(context), status, media_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"  # without it a browser says `Origin: null` with our own forms
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            context["lang"],
            max_age=_YEAR_SECONDS,
            secure=_desk(request).cookie.secure,
            samesite="strict",
        )
    return response


def rendered(request: Request, name: str, values: Mapping[str, Any]) -> str:
    """The text of a template, for what is no page of the dashboard: a file that people take away."""
    return environment().get_template(f"{name}.html").render(_context(request, name) | dict(values))


class Query(dict[str, str]):
    """The parameters of an address by which a list is filtered; what is not there is empty."""

    def __missing__(self, name: str) -> str:
        return ""


def safe_path(path: str) -> str:
    """A path on this dashboard, and never another site's address. Browsers drop control characters and read a
    backslash as a slash, so neither may stand in it."""
    return path if _OWN_PATH.fullmatch(path) else "/"


def with_query(request: Request, **changed: Any) -> str:
    """The address of this very list with some parameters changed; `None` removes one."""
    query = dict(request.query_params) | changed
    query.pop("note", None)
    path = request.url.path.removesuffix("/live")
    return f"{path}?{urlencode({name: value for name, value in query.items() if value not in (None, '')})}"


def kept_whole(text: str) -> Markup:
    """A sentence in which no line ends inside a day: browsers break `2026-11-22` after a hyphen."""
    return Markup(_DAY.sub(r'<span class="keep">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped before


def _context(request: Request, name: str) -> dict[str, Any]:
    lang = language(request)
    desk = _desk(request)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    note = request.query_params.get("note", "")
    return {
        "t": translate(lang),
        "w": lambda group, code: word(lang, group, code),
        "article": partial(article_in, lang),
        "lang": lang,
        "other_lang": with_query(request, lang="en" if lang == "zh" else "zh"),
        "page": name,
        "layout": "bare.html" if is_live(request) else "base.html",
        "visitor": visitor,
        "navigation": [one for one in NAVIGATION if visitor and visitor.may(one.scope)],
        "path": request.url.path.removesuffix("/live"),
        "here": with_query(request),
        "bureau": desk.settings.bureau,
        "query": Query({name: value for name, value in request.query_params.items() if name not in _NO_FILTERS}),
        "with_query": lambda **changed: with_query(request, **changed),
        "live_address": _live_address(request),
        "poll_seconds": desk.settings.poll_seconds,
        "now": desk.clock.now().astimezone(LEGAL_ZONE),
        "asset": address_of,
        "new_key": new_id,
        "note": note if f"notes.{note}" in catalogue() else "",
        "show": shown.Shown(lang, desk.clock.now()),
        "said_by": partial(said_by, lang),
        "field_fault": partial(field_fault, lang),
        "trouble": partial(trouble, lang),
    }


def _live_address(request: Request) -> str:
    path = request.url.path.removesuffix("/live").rstrip("/")
    query = {name: value for name, value in request.query_params.items() if name != "note"}
    return f"{path}/live" + (f"?{urlencode(query)}" if query else "")


def _tagged(request: Request, text: str) -> Response:
    body = text.encode()
    headers = {"ETag": f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/html; charset=utf-8", headers=headers)


def _desk(request: Request) -> DashboardDesk:
    desk: DashboardDesk = request.app.state.desk
    return desk


@cache
def environment() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["kept_whole"] = kept_whole
    return pages

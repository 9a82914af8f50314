"""What a person does on a page: one posted form, from our own pages only, with a reason and an idempotency key.

The key is made with the form, so that sending the same form twice has one effect. The owning service checks scope,
reason and the second person again. Serves G15.
"""

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.sync.dashboard.desk import DashboardDesk
from services.sync.dashboard.page import present, safe_path
from services.sync.dashboard.reading import Reading
from shared.errors import MALFORMED, SCOPE_MISSING, Problem

_FIELDS = 200
_CHARACTERS = 4000


def own_origin(request: Request, desk: DashboardDesk) -> None:
    """Refuse a form that another site made the browser send. `Sec-Fetch-Site` is absent in browsers before 2020 and
    on plain HTTP addresses; `Origin` comes with every post."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin") or origin not in (None, desk.settings.dashboard_url):
        raise Problem(SCOPE_MISSING, "The form was sent from another address than the dashboard's.")
    if site is None and origin is None:
        raise Problem(SCOPE_MISSING, "The browser does not say from where the form was sent.")


async def posted(request: Request, desk: DashboardDesk) -> dict[str, str]:
    """The fields of a form, each once and stripped; bounded in number and length."""
    own_origin(request, desk)
    async with request.form(max_files=0, max_fields=_FIELDS) as form:
        fields = {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}
    if any(len(value) > _CHARACTERS for value in fields.values()):
        raise Problem(MALFORMED, f"A field is longer than {_CHARACTERS} characters.")
    return fields


def key_of(fields: Mapping[str, str]) -> str:
    """The idempotency key that was made with the form."""
    key = fields.get("key", "")
    if not 8 <= len(key) <= 200:
        raise Problem(MALFORMED, "The form has no key. Open the page again.")
    return key


def done(request: Request, outcome: Reading, *, back: str, note: str) -> Response:
    """Lead back to the page with a sentence (a key of the catalogue), or show what the service said against it."""
    if outcome.ok:
        separator = "&" if "?" in back else "?"
        response: Response = RedirectResponse(f"{safe_path(back)}{separator}note={note}", 303)
        return response
    return present(request, "refused", {"outcome": outcome, "back": safe_path(back)}, status=outcome.status)

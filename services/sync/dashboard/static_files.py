"""Style, script and the browser's library, each under an address that holds the digest of its content: a browser keeps
them for a year, and never keeps an old one."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

from shared.errors import NOT_FOUND, Problem, StartRefused
from shared.web.auth import PUBLIC

router = APIRouter(prefix="/static", dependencies=[PUBLIC])

_FOLDER = Path(__file__).parent / "static"
_FILES = {
    "style.css": ("style.css", "text/css; charset=utf-8"),
    "dashboard.js": ("dashboard.js", "text/javascript; charset=utf-8"),
    "export.js": ("export.js", "text/javascript; charset=utf-8"),
    "htmx.js": ("vendor/htmx.min.js", "text/javascript; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}


def require_files() -> None:
    """Refuse the start when the browser's library was not fetched."""
    for name, (path, _) in _FILES.items():
        if not (_FOLDER / path).is_file():
            raise StartRefused(f"the dashboard's {name} is missing: run `./run setup`, which fetches it")


@cache
def _content(name: str) -> tuple[bytes, str]:
    body = (_FOLDER / _FILES[name][0]).read_bytes()
    return body, hashlib.blake2b(body, digest_size=8).hexdigest()


def address_of(name: str) -> str:
    """Where a page finds the file."""
    return f"/static/{_content(name)[1]}/{name}"


@router.get("/{digest}/{name}")
async def get_file(digest: str, name: str) -> Response:
    if name not in _FILES or _content(name)[1] != digest:
        raise Problem(NOT_FOUND, "There is no such file. Open the page again.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_content(name)[0], media_type=_FILES[name][1], headers=headers)

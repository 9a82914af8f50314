"""Renders the certificate's page: printable, Chinese first, no script, no cookie, nothing from elsewhere."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from services.sync.certificates.check import Checked
from services.sync.certificates.texts import TEXTS
from shared.clock import LEGAL_ZONE
from shared.web.pages import pages_in

if TYPE_CHECKING:
    from jinja2 import Environment

Lang = Literal["zh", "en"]
_FOLDER = Path(__file__).parent / "templates"


def certificate_page(lang: Lang, certificate_id: str, checked: Checked) -> str:
    """A certificate as it is on file, with what has been seen since."""
    said = checked.said
    code = _code(said["check_url"]) if said else None
    return _render("certificate.html", lang, certificate_id, said=said, seen_again=checked.seen_again, code=code)


def absent_page(lang: Lang) -> str:
    return _render("absent.html", lang, None)


def _code(address: str) -> str:
    """The address as a QR code; medium error correction survives a fold in the paper."""
    import segno  # 4 MB that a process which shows no certificate does without

    return segno.make(address, error="m", micro=False).svg_inline(scale=4, dark="#000", light="#fff", title="QR")


def _render(template: str, lang: Lang, certificate_id: str | None, **values: Any) -> str:
    other = "en" if lang == "zh" else "zh"
    return _pages().get_template(template).render(
        lang=lang, other=other, t=TEXTS[lang], certificate_id=certificate_id, **values
    )  # fmt: skip


def _when(at: datetime | str) -> str:
    """An instant for people, to the second."""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant.astimezone(LEGAL_ZONE):%Y-%m-%d %H:%M:%S}"


@cache
def _pages() -> "Environment":
    pages = pages_in(_FOLDER)
    pages.filters["when"] = _when
    return pages

"""Take-down certificates: issued to operators, checked by anybody, without login, cookie or script."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.sync.api.views import Desk, Operator
from services.sync.certificates import page as pages
from services.sync.certificates.check import Checked, check
from services.sync.certificates.issue import Press, certificate_for
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.messaging.unit_of_work import unit_of_work
from shared.web import rate
from shared.web.auth import PUBLIC
from shared.web.identifier import identifier
from shared.web.public_style import public_style
from shared.web.visitors import VisitorsLang

_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_STYLE_SECONDS = 3600
_PAGE_SECONDS = 60

router = APIRouter(tags=["certificates"])


async def _not_too_often(request: Request) -> None:
    rate.not_too_often(request, request.app.state.certificate_limits)


public_router = APIRouter(tags=["certificates"], dependencies=[PUBLIC, Depends(_not_too_often)])


def _press(request: Request) -> Press:
    press: Press = request.app.state.press
    return press


ThePress = Annotated[Press, Depends(_press)]


@router.get("/v1/records/{record_id}/certificate", summary="The take-down certificate of a record")
async def get_certificate(record_id: str, caller: Operator, desk: Desk, press: ThePress) -> Response:
    """下线证明. Issued when absence was observed on every portal; asked for again, the same one is given."""
    async with unit_of_work(desk.database, desk.clock) as work:
        text = await certificate_for(work, identifier(record_id), press, caller.client_id)
    return Response(text.encode(), media_type=_JSON)


@public_router.head("/.well-known/creditsync-keys.json", include_in_schema=False)
@public_router.get("/.well-known/creditsync-keys.json", summary="Public keys of certificates and audit heads")
async def get_keys(press: ThePress) -> dict[str, Any]:
    """A JWK set (RFC 7517). The first key signs; the others are older and still accepted."""
    return press.keys.published()


@public_router.head("/certificates/style.css", include_in_schema=False)
@public_router.get("/certificates/style.css", summary="The style of the check page", response_class=Response)
async def get_style() -> Response:
    headers = {"Cache-Control": f"public, max-age={_STYLE_SECONDS}"}
    return Response(public_style(), media_type="text/css; charset=utf-8", headers=headers)


@public_router.head("/certificates/{certificate_id}", include_in_schema=False)
@public_router.get("/certificates/{certificate_id}", summary="Check a certificate", response_class=Response)
async def get_page(certificate_id: str, desk: Desk, press: ThePress, lang: VisitorsLang = "zh") -> Response:
    """Plain HTML, printable; says whether the record was seen again since."""
    try:
        checked = await _checked(certificate_id, desk, press)
    except Problem:  # no identifier at all: for a visitor the same as a certificate that is not there
        checked = None
    if checked is None:
        return _page(pages.absent_page(lang), 404)
    return _page(pages.certificate_page(lang, certificate_id, checked), 200 if checked.said else 409)


@public_router.head("/certificates/{certificate_id}/document", include_in_schema=False)
@public_router.get("/certificates/{certificate_id}/document", summary="The signed document", response_class=Response)
async def get_document(certificate_id: str, desk: Desk, press: ThePress) -> Response:
    """As it was issued, for `creditsync verify`."""
    checked = await _checked(certificate_id, desk, press)
    if checked is None:
        raise Problem(NOT_FOUND, "There is no certificate with this identifier.")
    if checked.said is None:
        raise Problem(CONFLICT, "The certificate on file does not match its signature.")
    headers = {"Content-Disposition": f'attachment; filename="certificate-{certificate_id}.json"'}
    return Response(checked.document.encode(), media_type=_JSON, headers=headers)


async def _checked(certificate_id: str, desk: Desk, press: ThePress) -> Checked | None:
    async with desk.database.reading() as connection:
        return await check(connection, identifier(certificate_id), press.keys.public)


def _page(text: str, status: int) -> Response:
    kept = {"Cache-Control": f"public, max-age={_PAGE_SECONDS}"} if status == 200 else {}
    headers = {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex", **kept}
    return Response(text, status, media_type=_HTML, headers=headers)

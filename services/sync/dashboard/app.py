"""Puts the dashboard together. Wired by the house."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from services.sync.dashboard.desk import DashboardDesk, is_live
from services.sync.dashboard.kept_session import KeptSession
from services.sync.dashboard.older_answers import OlderAnswers
from services.sync.dashboard.page import language, present
from services.sync.dashboard.pages import (
    audit,
    calendar,
    campaigns,
    consistency,
    data_sharing,
    dead_letters,
    deliveries,
    enforcement,
    evidence,
    forms,
    imports,
    objections,
    overview,
    parked,
    policy,
    quarantine,
    reconciliations,
    records,
    repair,
    repair_figures,
    serious_list,
    style_guide,
    subscribers,
    waiting,
    windows,
)
from services.sync.dashboard.reading import Services
from services.sync.dashboard.session import SessionCookie, SignInNeeded
from services.sync.dashboard.settings import SIGN_IN_CALLBACK, DashboardSettings
from services.sync.dashboard.sign_in import routes as sign_in
from services.sync.dashboard.sign_in.provider import Provider, Registration
from services.sync.dashboard.sign_in.renewals import Renewals
from services.sync.dashboard.static_files import require_files
from services.sync.dashboard.static_files import router as static_files
from services.sync.dashboard.texts import catalogue
from services.sync.dashboard.unforeseen import UnforeseenPage
from shared.clock import Clock
from shared.counted_frames import FRAMED
from shared.errors import CreditsyncError, Problem, Unavailable
from shared.outbound.client import OutboundClient, Timeouts
from shared.sealing import Sealer
from shared.secret_files import read_or_make
from shared.streamed_tables import SheetTable
from shared.web.app import create_api
from shared.web.health import Checks
from shared.web.verifier import verifier_for

_PATIENCE = Timeouts(connect=2, silence=5, whole=8)
_ANSWER_BYTES = 16 * 1024 * 1024
_PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, SheetTable.media_type, FRAMED)
"""What is a zip already, and what is to arrive piece by piece."""

ROUTERS = (
    static_files,
    sign_in.router,
    overview.router,
    consistency.router,
    evidence.router,
    records.router,
    reconciliations.router,
    windows.router,
    parked.router,
    dead_letters.router,
    deliveries.router,
    subscribers.router,
    audit.router,
    repair.router,
    objections.router,
    repair_figures.router,
    data_sharing.router,
    quarantine.router,
    imports.router,
    waiting.router,
    policy.router,
    calendar.router,
    forms.router,
    campaigns.router,
    enforcement.router,
    serious_list.router,
    style_guide.router,
)


def create_app(settings: DashboardSettings) -> FastAPI:
    """The dashboard. Refuses the start when a file of the browser or a text is missing."""
    require_files()
    catalogue()
    clock = settings.clock()
    addresses = {
        "ingest": settings.ingest_url,
        "disclosure": settings.disclosure_url,
        "repair": settings.repair_url,
        "sync": settings.sync_url,
    }
    clients = {
        name: OutboundClient(address, timeouts=_PATIENCE, max_answer_bytes=_ANSWER_BYTES)
        for name, address in addresses.items()
    }
    identity = OutboundClient(settings.issuer, timeouts=_PATIENCE, connections=4)
    services = Services(clients, clock)
    verifier = verifier_for(settings, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await services.close()
        await identity.close()

    app = create_api(
        "dashboard",
        "creditsync dashboard",
        routers=ROUTERS,
        settings=settings,
        verifier=verifier,
        lifespan=lifespan,
        checks=Checks(ready={"identity": verifier.check}),
    )
    app.add_middleware(GZipMiddleware, minimum_size=500, exclude_content_types=_PACKED)
    app.user_middleware.append(Middleware(KeptSession))
    app.user_middleware.append(Middleware(UnforeseenPage))  # inside what frames and measures a request
    app.user_middleware.append(Middleware(OlderAnswers))  # innermost: it makes a page more than once
    provider = Provider(settings.issuer, _registration(settings), identity, clock)
    cookie = _cookie(settings, clock)
    app.state.desk = DashboardDesk(settings, clock, services, cookie, verifier, provider, Renewals(provider))
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(HTTPException, _no_such_page)
    app.add_exception_handler(RequestValidationError, _no_such_page)
    app.add_exception_handler(Problem, _problem_page)
    app.add_exception_handler(Unavailable, _unavailable_page)
    return app


def _registration(settings: DashboardSettings) -> Registration:
    secret = settings.sign_in_secret.get_secret_value() if settings.sign_in_secret else None
    redirect = f"{settings.dashboard_url}{SIGN_IN_CALLBACK}"
    return Registration(settings.sign_in_client, secret, redirect, settings.sign_in_scope)


def _cookie(settings: DashboardSettings, clock: Clock) -> SessionCookie:
    given = settings.session_key
    key = given.get_secret_value() if given else read_or_make(settings.keys_dir / "session.key", _new_key).decode()
    return SessionCookie(
        Sealer(bytes.fromhex(key)),
        clock,
        timedelta(minutes=settings.session_idle_minutes),
        timedelta(hours=settings.session_hours),
        settings.dashboard_url.startswith("https://"),
    )


def _new_key() -> bytes:
    from shared.sealing import fresh_secret

    return fresh_secret().hex().encode()


async def _to_sign_in(request: Request, _: Exception) -> Response:
    """A page leads to the sign-in and back; its live part says 401, so that no sign-in page lands in a table."""
    if is_live(request):
        return Response(status_code=401, headers={"HX-Refresh": "true"})
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        # A strict cookie does not come with a link in a mail: ask once more from a page of ours.
        return present(request, "signed_in", {"to": str(request.url).removeprefix(str(request.base_url).rstrip("/"))})
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    here = quote(request.url.path + query if request.method == "GET" else "/", safe="")
    return RedirectResponse(f"/sign-in?to={here}&lang={language(request)}", 303)


async def _problem_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette calls it for this type only
    return present(request, "problem", {"problem": error}, status=error.kind.status)


async def _no_such_page(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 422
    return present(request, "no_such_page", status=status)


async def _unavailable_page(request: Request, _: CreditsyncError | Exception) -> Response:
    return present(request, "problem", {"problem": None}, status=503)

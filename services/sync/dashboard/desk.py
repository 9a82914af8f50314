"""The parts of one running dashboard, put on `app.state`, and what a page asks of them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.sync.dashboard.reading import Reader, Services
from services.sync.dashboard.session import SessionCookie, SignInNeeded, Visitor
from services.sync.dashboard.settings import DashboardSettings
from services.sync.dashboard.sign_in.provider import Provider
from services.sync.dashboard.sign_in.renewals import Renewals
from shared.clock import Clock
from shared.errors import Problem
from shared.web.auth import Guard
from shared.web.verifier import Verifier

_RENEW_SECONDS = 60
"""A click renews a token that ends within a minute; a page that asks for itself uses it to its end."""


@dataclass(frozen=True)
class DashboardDesk:
    """What pages stand on."""

    settings: DashboardSettings
    clock: Clock
    services: Services
    cookie: SessionCookie
    verifier: Verifier
    provider: Provider
    renewals: Renewals


def _desk(request: Request) -> DashboardDesk:
    desk: DashboardDesk = request.app.state.desk
    return desk


Desk = Annotated[DashboardDesk, Depends(_desk)]


class _SignedIn(Guard):
    """Lets a request pass when a person is signed in, and prolongs the session unless the page itself asked."""

    async def __call__(self, request: Request) -> Visitor:
        desk = _desk(request)
        session = desk.cookie.read(request)
        left = session.token_ends_at - desk.clock.now().timestamp()
        if left < (0 if is_live(request) else _RENEW_SECONDS):
            session = request.state.session = await desk.renewals.renewed(session)
        try:
            caller = await desk.verifier.verify(session.access_token)
        except Problem:
            raise SignInNeeded("the token is not accepted any more") from None
        if not is_live(request):
            request.state.session = desk.cookie.touched(session) or getattr(request.state, "session", None)
        request.state.visitor = Visitor(session, caller)
        return Visitor(session, caller)


signed_in = Depends(_SignedIn())
"""A dependency of every route that is not public: pages check single permissions by `Visitor.may`, and the services
check them again."""

Signed = Annotated[Visitor, signed_in]


async def _reader(request: Request, visitor: Signed, desk: Desk) -> Reader:
    return desk.services.reader(visitor.token, getattr(request.state, "older", ()))


Reads = Annotated[Reader, Depends(_reader)]


def is_live(request: Request) -> bool:
    """Whether the page itself asks for its live part, and no person clicked."""
    return request.url.path.endswith("/live")

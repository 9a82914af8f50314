"""Every route says who may call it: `requires(scope)`, or `PUBLIC` for health, documents and public pages.

    @router.get("/v1/placements")
    async def placements(caller: Annotated[Caller, requires(Scope.SYNC_READ)]) -> ...: ...

    @router.get("/column", dependencies=[PUBLIC])

Whoever may call it is refused parameters that it does not know (`query.py`).

`undeclared_routes` is for the structural test that no route forgets it (guarantee G15).
"""

from collections.abc import Iterator
from typing import Any

import structlog
from fastapi import Depends, FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.routing import iter_route_contexts
from fastapi.security.base import SecurityBase

from shared.errors import SCOPE_MISSING, UNAUTHENTICATED, Problem
from shared.web.caller import Caller
from shared.web.query import refuse_unknown
from shared.web.scopes import Scope
from shared.web.verifier import Verifier


class Guard:
    """What a route stands behind. The structural test knows a guarded route by it."""


class _Gate(SecurityBase, Guard):
    """Lets a request pass when its token carries one scope. Appears in the OpenAPI document as bearer security."""

    model = HTTPBearer(bearerFormat="JWT")
    scheme_name = "bearer"

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Problem(UNAUTHENTICATED, "The request has no bearer token.")
        verifier: Verifier | None = request.app.state.verifier
        if verifier is None:
            raise Problem(UNAUTHENTICATED, "This service accepts no tokens.")
        caller = await verifier.verify(token.strip())
        structlog.contextvars.bind_contextvars(caller=caller.client_id)
        if self.scope not in caller.scopes:
            raise Problem(SCOPE_MISSING, f"The token lacks the scope {self.scope}.", required_scope=str(self.scope))
        refuse_unknown(request)
        return caller


async def _open_to_all(request: Request) -> None:
    """Marks a route that needs no identity."""
    refuse_unknown(request)


PUBLIC: Any = Depends(_open_to_all)


def requires(scope: Scope) -> Any:
    """A dependency that gives the `Caller`, or refuses with 401 or 403."""
    return Security(_Gate(scope), scopes=[str(scope)])


def undeclared_routes(app: FastAPI) -> list[str]:
    """Routes that neither require a scope nor are marked public; must be empty."""
    return sorted(where for where, calls in _guards(app) if not any(_is_guard(call) for call in calls))


def public_routes(app: FastAPI) -> list[str]:
    """Routes open to everyone, for a test that knows them by name."""
    return sorted(where for where, calls in _guards(app) if _open_to_all in calls)


def _is_guard(call: Any) -> bool:
    return isinstance(call, Guard) or call is _open_to_all


def _guards(app: FastAPI) -> Iterator[tuple[str, list[Any]]]:
    for route in iter_route_contexts(app.routes):
        if route.path == app.openapi_url:
            continue
        methods = ",".join(sorted(route.methods or {"*"}))
        yield f"{methods} {route.path}", list(_calls(getattr(route, "dependant", None)))


def _calls(dependant: Dependant | None) -> Iterator[Any]:
    for inner in dependant.dependencies if dependant else ():
        yield inner.call
        yield from _calls(inner)

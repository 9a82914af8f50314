"""Builds the FastAPI application of a service from its routers, so that all four behave alike at the edge.

It decides nothing about a resource. Interactive documentation pages are off: they load scripts from a content
network, which an intranet does not have; the OpenAPI document itself is at `/openapi.json`. Serves G15.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Response

from shared.observability.metrics import rendered
from shared.settings import HouseSettings
from shared.web.auth import PUBLIC, requires
from shared.web.health import Checks, health_router
from shared.web.middleware import Bounded, Metered, RequestFrame
from shared.web.precedence import Precedence
from shared.web.problems import MEDIA_TYPE, install
from shared.web.query import KnownParameters
from shared.web.scopes import Scope
from shared.web.verifier import Verifier

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
"""Opens and closes what a service stands on. It yields nothing: what routes need is put on `app.state`."""

_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail", "advice", "request_id"],
                    "properties": {
                        "type": {"type": "string", "format": "uri"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "advice": {"type": "string"},
                        "request_id": {"type": ["string", "null"]},
                    },
                }
            }
        },
    }
}


def create_api(
    name: str,
    title: str,
    *,
    routers: Sequence[APIRouter],
    settings: HouseSettings,
    verifier: Verifier | None,
    lifespan: Lifespan | None = None,
    checks: Checks | None = None,
) -> FastAPI:
    """The application of service `name`. Without a verifier every route that needs a scope answers 401.

    Routers carry their own prefix: a metric's route label is the path as the router knows it.
    """
    app = FastAPI(
        title=title,
        version=version("creditsync"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        responses=_PROBLEM,
        # FastAPI's own spans and meters cost 4 of 28 µs a request even when nothing listens to them.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.verifier = verifier
    app.state.trusted_proxies = settings.trusted_proxies
    app.state.precedence = Precedence()
    app.state.known_parameters = KnownParameters()
    install(app)
    for router in (*routers, health_router(checks or Checks()), _metrics_router(settings)):
        app.include_router(router)
    # The last one added is the outermost.
    app.add_middleware(
        Bounded,
        service=name,
        max_body_bytes=settings.max_body_bytes,
        max_in_flight=settings.max_requests_in_flight,
        precedence=app.state.precedence,
    )
    app.add_middleware(Metered, service=name)
    app.add_middleware(RequestFrame, service=name)
    return app


def _metrics_router(settings: HouseSettings) -> APIRouter:
    """Needs `metrics:read`, as figures tell outsiders how busy a bureau is; a closed network may open it."""
    guard = PUBLIC if settings.metrics_public else requires(Scope.METRICS_READ)
    router = APIRouter(dependencies=[guard])

    @router.get("/metrics", summary="Metrics of this process", response_class=Response)
    async def metrics() -> Response:
        body, media_type = rendered()
        return Response(body, headers={"Content-Type": media_type})

    return router

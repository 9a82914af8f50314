"""The stand-in's interface: pages behind a token, and a door for testers to switch faults."""

import asyncio
import hmac
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.ingest.mock_source.source import MockSource, SourceFault
from shared.web.auth import PUBLIC

_SLOW_SECONDS = 1.0


class Faults(BaseModel):
    """What the next requests meet, one each."""

    faults: list[SourceFault] = Field(max_length=100)


def source_router(source: MockSource, slow_seconds: float = _SLOW_SECONDS) -> APIRouter:
    """`GET /records` and `PUT /admin/faults`, both behind the stand-in's token."""
    router = APIRouter(dependencies=[PUBLIC])

    def check(authorization: str) -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {source.token}".encode()):
            raise HTTPException(401)

    @router.get("/records", summary="Rows behind a mark")
    async def records(
        kind: str,
        limit: Annotated[int, Query(ge=1, le=5_000)],
        after: Annotated[int, Query(ge=0)] = 0,
        authorization: Annotated[str, Header()] = "",
    ) -> Response:
        check(authorization)
        source.requests += 1
        fault = source.faults.popleft() if source.faults else None
        if fault is SourceFault.ERROR:
            raise HTTPException(500)
        if fault is SourceFault.GARBLED:
            return Response("<html>系统维护中</html>", media_type="text/html")
        if fault is SourceFault.SLOW:
            await asyncio.sleep(slow_seconds)
        return JSONResponse(source.page(kind, after, limit, fault))

    @router.put("/admin/faults", summary="Switch faults")
    async def switch(wanted: Faults, authorization: Annotated[str, Header()] = "") -> Faults:
        check(authorization)
        source.faults.clear()
        source.faults.extend(wanted.faults)
        return wanted

    return router

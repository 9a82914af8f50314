"""Three answers to three questions, open to everyone and without a word about the inside.

`/health/alive`: does the process answer at all (else restart it). `/health/ready`: do the things it stands on
answer (else send it no requests). `/health/fresh`: has what should have happened by now happened (else wake a
person). A broken dependency must never restart a healthy process, so these are never one answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import APIRouter, Response

from shared.web.auth import PUBLIC

log = structlog.get_logger()

_CHECK_SECONDS = 5


@dataclass(frozen=True)
class Freshness:
    """How old something is, and how old it may be."""

    age_seconds: float
    limit_seconds: float

    @property
    def ok(self) -> bool:
        return self.age_seconds <= self.limit_seconds


ReadyCheck = Callable[[], Awaitable[None]]
FreshCheck = Callable[[], Awaitable[Freshness]]


@dataclass(frozen=True)
class Checks:
    """What a service asks itself: `ready` checks raise when something does not answer, `fresh` ones give an age."""

    ready: Mapping[str, ReadyCheck] = field(default_factory=dict)
    fresh: Mapping[str, FreshCheck] = field(default_factory=dict)


def health_router(checks: Checks) -> APIRouter:
    """The three routes."""
    router = APIRouter(dependencies=[PUBLIC], tags=["health"])

    @router.get("/health/alive", summary="Does the process answer")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/health/ready", summary="Do the things it stands on answer")
    async def ready(response: Response) -> dict[str, Any]:
        answers = await _asked(checks.ready)
        parts = {name: "answers" if error is None else "does not answer" for name, (_, error) in answers.items()}
        return _verdict(response, all(error is None for _, error in answers.values()), "ready", parts)

    @router.get("/health/fresh", summary="Has what should have happened by now happened")
    async def fresh(response: Response) -> dict[str, Any]:
        answers = await _asked(checks.fresh)
        parts = {name: _age(found) for name, (found, _) in answers.items()}
        return _verdict(response, all(found is not None and found.ok for found, _ in answers.values()), "fresh", parts)

    return router


async def _asked(checks: Mapping[str, Callable[[], Awaitable[Any]]]) -> dict[str, tuple[Any, Exception | None]]:
    answers = await asyncio.gather(*(_ask(name, check) for name, check in checks.items()))
    return dict(zip(checks, answers, strict=True))


async def _ask(name: str, check: Callable[[], Awaitable[Any]]) -> tuple[Any, Exception | None]:
    """Whatever a check raises is its answer, and none may hold up the others."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check(), None
    except Exception as error:
        log.warning("health_check_failed", check=name, exc_info=error)
        return None, error


def _verdict(response: Response, ok: bool, word: str, parts: dict[str, Any]) -> dict[str, Any]:
    response.status_code = 200 if ok else 503
    return {"status": word if ok else f"not {word}", "checks": parts}


def _age(found: Freshness | None) -> dict[str, Any]:
    if found is None:
        return {"ok": False, "age_seconds": None, "limit_seconds": None}
    return {"ok": found.ok, "age_seconds": round(found.age_seconds), "limit_seconds": round(found.limit_seconds)}

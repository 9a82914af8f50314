"""Turns every error into `application/problem+json` (RFC 9457), with a stable type from the catalogue.

A problem never repeats what the caller sent: a rejected value may be personal (guarantee G12). It names the field,
the reason and what to do.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.errors import (
    CATALOGUE,
    INTERNAL,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_JSON,
    OVERLOADED,
    SCOPE_MISSING,
    UNAUTHENTICATED,
    Problem,
    ProblemType,
    Unavailable,
)

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100
_OF_STATUS = {400: NOT_JSON, 404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}
_RETRY_AFTER_SECONDS = 5
_TAG_REASON = "Input should be one of the documented kinds"


def type_uri(kind: ProblemType) -> str:
    """The stable `type` by which a program tells problems apart."""
    return f"urn:creditsync:problem:{kind.slug}"


def problem_response(
    kind: ProblemType, detail: str, members: Mapping[str, Any], request_id: str | None
) -> JSONResponse:
    """A problem as an answer, with the headers that belong to its type."""
    body = {
        "type": type_uri(kind),
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "advice": kind.advice,
        "request_id": request_id,
        **members,
    }
    return JSONResponse(body, kind.status, headers=_headers(kind, members), media_type=MEDIA_TYPE)


def field_errors(errors: Sequence[Any]) -> dict[str, Any]:
    """The members `errors` (and `errors_left_off`) of a malformed request, from pydantic's errors."""
    listed = [
        {
            "field": ".".join(str(part) for part in error["loc"])[:200] or "body",
            "reason": _TAG_REASON if error["type"] == "union_tag_invalid" else error["msg"],
        }
        for error in errors[:MOST_ERRORS]
    ]
    left_off = len(errors) - len(listed)
    return {"errors": listed, **({"errors_left_off": left_off} if left_off else {})}


def malformed(errors: Sequence[Any]) -> Problem:
    """The problem for what pydantic found wrong: unreadable when it is no JSON at all, else the list of fields."""
    if errors and errors[0]["type"] == "json_invalid":
        return Problem(NOT_JSON, "The body is not valid JSON.", reason=str(errors[0].get("ctx", {}).get("error", "")))
    return Problem(MALFORMED, f"{len(errors)} field(s) cannot be used.", **field_errors(errors))


def install(app: FastAPI) -> None:
    """Handle every kind of error. What is unforeseen is caught further out, by `middleware.RequestFrame`."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Unavailable, _on_unavailable)


def problems_page() -> str:
    """`docs/api/problems.md`, from the catalogue."""
    rows = [f"| `{type_uri(kind)}` | {kind.status} | {kind.title}. | {kind.advice} |" for kind in CATALOGUE]
    return "\n".join(
        [
            "# Problems",
            "",
            "Every refusal is `application/problem+json` (RFC 9457). Programs go by `type`, people by `detail` and",
            "`advice`; `request_id` finds the request in the logs. Written by `shared.web.problems.problems_page`.",
            "",
            "| type | status | meaning | what to do |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def request_id_of(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette calls it for this type only
    return problem_response(error.kind, error.detail, error.members, request_id_of(request))


async def _on_malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    return await _on_problem(request, malformed(error.errors()))


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if isinstance(error.__cause__, Problem):
        return await _on_problem(request, error.__cause__)
    kind = _OF_STATUS.get(error.status_code) or _by_phrase(error.status_code)
    response = problem_response(kind, kind.title + ".", {}, request_id_of(request))
    response.headers.update(error.headers or {})
    return response


async def _on_unavailable(request: Request, error: Exception) -> JSONResponse:
    log.warning("request_refused_unavailable", exc_info=error)
    members = {"retry_after_seconds": _RETRY_AFTER_SECONDS}
    detail = "Something that this service stands on does not answer now."
    return problem_response(OVERLOADED, detail, members, request_id_of(request))


def internal_response(request_id: str) -> JSONResponse:
    """The answer to an error that nobody foresaw; it says nothing about the inside."""
    return problem_response(INTERNAL, "The service failed unexpectedly.", {}, request_id)


def _headers(kind: ProblemType, members: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    if "retry_after_seconds" in members:
        headers["Retry-After"] = str(members["retry_after_seconds"])
    if kind is UNAUTHENTICATED:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if kind is SCOPE_MISSING:
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{members["required_scope"]}"'
    return headers


def _by_phrase(status: int) -> ProblemType:
    phrase = HTTPStatus(status).phrase
    return ProblemType(f"http-{status}", status, phrase, "See the documentation of this endpoint.")

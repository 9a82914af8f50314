"""The edge that all services share, driven through the whole stack of an application."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI, Request
from prometheus_client import REGISTRY
from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import Response

from shared.errors import CATALOGUE, Unavailable
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.auth import PUBLIC
from shared.web.body import JSON, NDJSON, accepts, documented, parsed
from shared.web.health import Checks, Freshness
from shared.web.pagination import Page, Paged, page_of
from shared.web.problems import problems_page, type_uri
from tests.support.logs import logged_lines
from tests.support.web import calling

LIMIT = 4096


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: int = Field(ge=1)


class Square(BaseModel):
    kind: Literal["square"]
    side: int


class Drawing(BaseModel):
    title: str = Field(max_length=5)
    shape: Annotated[Circle | Square, Field(discriminator="kind")]


DRAWING = TypeAdapter(Drawing)


class Door(asyncio.Event):
    """Requests wait behind it until it is set, and tell when they stand there."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Semaphore(0)


def drawings(held: Door) -> APIRouter:
    routes = APIRouter(prefix="/v1", dependencies=[PUBLIC])

    @routes.post("/drawings")
    async def post(drawing: Drawing) -> dict[str, str]:
        return {"title": drawing.title}

    @routes.post("/raw-drawings", openapi_extra=documented(DRAWING, JSON, NDJSON))
    async def post_raw(request: Request, media_type: Annotated[str, accepts(JSON, NDJSON)]) -> dict[str, str]:
        return {"title": (await parsed(request, DRAWING)).title, "media_type": media_type}

    @routes.get("/drawings/{number}")
    async def get(number: int) -> dict[str, int]:
        return {"number": number}

    @routes.get("/drawings")
    async def many(page: Paged) -> Page[int]:
        first = 0 if page.after is None else int(page.after[0]) + 1
        rows = list(range(first, min(first + page.fetch, 7)))
        return page_of(rows, page, position=lambda row: [row], shown=lambda row: row)

    @routes.get("/broken")
    async def broken() -> None:
        raise RuntimeError("张三 320681199001011234")

    @routes.get("/away")
    async def away() -> None:
        raise Unavailable("the database at 10.0.0.1 does not answer")

    @routes.get("/held")
    async def hold() -> Response:
        held.waiting.release()
        await held.wait()
        return Response("done", headers={"cache-control": "max-age=60"})

    @routes.get("/log")
    async def logged() -> None:
        structlog.get_logger().info("drawing_seen", drawing_id="d1")

    return routes


@pytest.fixture
def held() -> Door:
    return Door()


@pytest.fixture
def app(held: Door) -> FastAPI:
    settings = HouseSettings(max_body_bytes=LIMIT, max_requests_in_flight=2, metrics_public=True)
    return create_api("drawing", "Drawings", routers=[drawings(held)], settings=settings, verifier=None)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app) as client:
        yield client


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    with logged_lines("json") as stream:
        yield stream


def problem(answer: httpx.Response, status: int, slug: str) -> Any:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:creditsync:problem:{slug}"
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title"]
    assert body["advice"]
    return body


@pytest.mark.parametrize("path", ["/v1/drawings", "/v1/raw-drawings"])
async def test_a_malformed_body_is_refused_with_every_field_and_without_its_values(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.post(path, json={"title": "张三的身份证", "shape": {"kind": "circle", "radius": 0}})
    body = problem(answer, 422, "malformed-request")
    prefix = "body." if path == "/v1/drawings" else ""
    assert [error["field"] for error in body["errors"]] == [f"{prefix}title", f"{prefix}shape.circle.radius"]
    assert body["errors"][1]["reason"] == "Input should be greater than or equal to 1"
    assert "张三" not in answer.text


async def test_an_unknown_kind_is_refused_without_being_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/drawings", json={"title": "a", "shape": {"kind": "13900001111"}})
    problem(answer, 422, "malformed-request")
    assert "13900001111" not in answer.text


@pytest.mark.parametrize("path", ["/v1/drawings", "/v1/raw-drawings"])
async def test_a_body_that_is_no_json_is_unreadable(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, content=b'{"title": "a", ', headers={"content-type": JSON})
    assert problem(answer, 400, "unreadable-body")["reason"]


async def test_a_wrong_content_type_is_refused_with_the_accepted_ones(client: httpx.AsyncClient) -> None:
    for headers in ({"content-type": "text/csv"}, {}):
        answer = await client.post("/v1/raw-drawings", content=b"title;a", headers=headers)
        assert problem(answer, 415, "unsupported-media-type")["accepted"] == [JSON, NDJSON]


async def test_parameters_of_a_content_type_do_not_matter(client: httpx.AsyncClient) -> None:
    content = b'{"title": "a", "shape": {"kind": "square", "side": 1}}'
    answer = await client.post(
        "/v1/raw-drawings", content=content, headers={"content-type": "Application/JSON; charset=utf-8"}
    )
    assert answer.json() == {"title": "a", "media_type": JSON}


@pytest.mark.parametrize("path", ["/v1/drawings", "/v1/raw-drawings", "/v1/nowhere"])
async def test_an_announced_body_above_the_limit_is_refused_before_it_is_read(app: FastAPI, path: str) -> None:
    async def receive() -> Any:
        raise AssertionError("the body was read")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", str(LIMIT + 1).encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["limit"] == LIMIT


@pytest.mark.parametrize("path", ["/v1/drawings", "/v1/raw-drawings"])
async def test_a_streamed_body_is_cut_off_at_the_limit(client: httpx.AsyncClient, path: str) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1024
            yield b" " * 1024

    answer = await client.post(path, content=endless(), headers={"content-type": JSON})
    assert problem(answer, 413, "request-too-large")["limit"] == LIMIT
    assert given == LIMIT + 1024


async def test_unknown_paths_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    problem(await client.get("/v1/nowhere"), 404, "not-found")
    answer = await client.delete("/v1/drawings")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


async def test_an_unforeseen_error_says_nothing_and_is_found_again_by_its_request_id(
    client: httpx.AsyncClient, lines: io.StringIO
) -> None:
    answer = await client.get("/v1/broken", headers={"x-request-id": "batch-7"})
    body = problem(answer, 500, "internal-error")
    assert body["request_id"] == "batch-7"
    (line,) = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert line["event"] == "request_failed"
    assert line["request_id"] == "batch-7"
    assert line["service"] == "drawing"
    assert line["error"] == "RuntimeError"
    assert line["route"] == "/v1/broken"
    assert any(place.endswith(" broken") for place in line["at_code"])
    for personal in ("张三", "320681199001011234"):
        assert personal not in answer.text
        assert personal not in lines.getvalue()


async def test_something_that_does_not_answer_is_a_503_that_says_when_to_come_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/away")
    problem(answer, 503, "overloaded")
    assert answer.headers["retry-after"] == "5"
    assert "10.0.0.1" not in answer.text


async def test_the_request_id_of_the_caller_is_kept_if_harmless_and_bound_to_every_log_line(
    client: httpx.AsyncClient, lines: io.StringIO
) -> None:
    kept = await client.get("/v1/log", headers={"x-request-id": "order-66.a_b"})
    assert kept.headers["x-request-id"] == "order-66.a_b"
    replaced = await client.get("/v1/log", headers={"x-request-id": 'x" onload=alert(1)'})
    assert len(replaced.headers["x-request-id"]) == 32
    ids = [json.loads(line)["request_id"] for line in lines.getvalue().splitlines()]
    assert ids == ["order-66.a_b", replaced.headers["x-request-id"]]
    assert "request_id" not in structlog.contextvars.get_contextvars()


async def test_answers_carry_safe_headers_unless_they_set_their_own(client: httpx.AsyncClient, held: Door) -> None:
    held.set()
    plain, own = await client.get("/v1/drawings/1"), await client.get("/v1/held")
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert plain.headers["cache-control"] == "no-store"
    assert plain.headers["content-security-policy"].startswith("default-src 'none'")
    assert own.headers.get_list("cache-control") == ["max-age=60"]


async def test_more_requests_than_allowed_are_told_to_come_again_while_health_still_answers(
    client: httpx.AsyncClient, held: Door
) -> None:
    waiting = [asyncio.create_task(client.get("/v1/held")) for _ in range(2)]
    for _ in waiting:
        await asyncio.wait_for(held.waiting.acquire(), 60)
    refused = await client.get("/v1/drawings/1")
    problem(refused, 503, "overloaded")
    assert refused.headers["retry-after"] == "1"
    assert (await client.get("/health/alive")).status_code == 200
    held.set()
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]
    assert (await client.get("/v1/drawings/1")).status_code == 200


async def test_metrics_count_under_the_route_template_and_never_under_an_identifier(client: httpx.AsyncClient) -> None:
    def count(**labels: str) -> float:
        return REGISTRY.get_sample_value("http_request_seconds_count", {"service": "drawing", **labels}) or 0

    before = count(method="GET", route="/v1/drawings/{number}", status="200")
    await client.get("/v1/drawings/320681")
    await client.get("/v1/drawings/320682")
    await client.request("BREW", "/v1/pot-320683")
    assert count(method="GET", route="/v1/drawings/{number}", status="200") == before + 2
    page = await client.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    assert 'method="other",route="unmatched"' in page.text
    assert "32068" not in "".join(line.rpartition(" ")[0] for line in page.text.splitlines())  # values hold moments


async def test_pages_give_every_item_once_and_end(client: httpx.AsyncClient) -> None:
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(10):
        answer = await client.get("/v1/drawings", params={"limit": 3, **({"cursor": cursor} if cursor else {})})
        seen += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert seen == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "WzEs",
        "W10",
        "e30",
        "W251bGxd",
        "W3RydWVd",
        "å",
        "WyJcdWQ4MDAiXQ",
        "WyJcdTAwMDAiXQ",
        "WzE4NDQ2NzQ0MDczNzA5NTUxNjE2XQ",
    ],
)
async def test_a_cursor_that_is_not_ours_is_malformed(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/v1/drawings", params={"cursor": cursor})
    assert problem(answer, 422, "malformed-request")["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("limit", [0, 501])
async def test_a_page_has_1_to_500_items(client: httpx.AsyncClient, limit: int) -> None:
    problem(await client.get("/v1/drawings", params={"limit": limit}), 422, "malformed-request")


async def test_the_document_of_a_raw_body_is_complete_in_itself(app: FastAPI) -> None:
    body = app.openapi()["paths"]["/v1/raw-drawings"]["post"]["requestBody"]
    assert set(body["content"]) == {JSON, NDJSON}
    schema = body["content"][JSON]["schema"]
    assert schema["properties"]["shape"]["oneOf"][0]["properties"]["radius"]["minimum"] == 1
    assert "$ref" not in json.dumps(schema)


async def test_alive_ready_and_fresh_are_three_answers(lines: io.StringIO) -> None:
    reachable, age = False, 30.0

    async def database() -> None:
        if not reachable:
            raise Unavailable("postgresql at 10.0.0.1 does not answer")

    async def bus() -> None:
        return None

    async def relay() -> Freshness:
        return Freshness(age_seconds=age, limit_seconds=60)

    checks = Checks(ready={"database": database, "bus": bus}, fresh={"relay": relay})
    app = create_api("sync", "Sync", routers=[], settings=HouseSettings(), verifier=None, checks=checks)
    async with calling(app) as client:
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"] == {"database": "does not answer", "bus": "answers"}
        assert "10.0.0.1" not in ready.text
        assert (await client.get("/health/alive")).json() == {"status": "alive"}
        fresh = await client.get("/health/fresh")
        assert fresh.json()["checks"]["relay"] == {"ok": True, "age_seconds": 30, "limit_seconds": 60}
        reachable, age = True, 61.0
        assert (await client.get("/health/ready")).json()["status"] == "ready"
        stale = await client.get("/health/fresh")
        assert (stale.status_code, stale.json()["status"]) == (503, "not fresh")
    assert "health_check_failed" in lines.getvalue()


async def test_the_lifespan_is_entered_and_left() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        seen.append("opened")
        yield
        seen.append("closed")

    app = create_api("sync", "Sync", routers=[], settings=HouseSettings(), verifier=None, lifespan=lifespan)
    async with calling(app):
        assert seen == ["opened"]
    assert seen == ["opened", "closed"]


def test_the_page_of_problems_lists_the_whole_catalogue() -> None:
    page = problems_page()
    assert all(page.count(f"| `{type_uri(kind)}` | {kind.status} |") == 1 for kind in CATALOGUE)

"""What arrives of a request: its address, parameters and headers."""

import json

import pytest
from starlette.types import Receive, Scope, Send

from shared.outbound.client import OutboundClient


async def echoing(scope: Scope, _receive: Receive, send: Send) -> None:
    """Tells what arrives: address and headers."""
    target = scope["raw_path"].decode() + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    told = json.dumps({"host": scope["server"][0], "target": target, "headers": headers}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1"), (b"x-a", b"2")]})
    await send({"type": "http.response.body", "body": told})


@pytest.mark.parametrize(
    ("base", "path", "host", "target"),
    [
        ("http://portal.test", "/list?page=2&q=%E4%B8%80", "portal.test", "/list?page=2&q=%E4%B8%80"),
        ("http://portal.test/", "list", "portal.test", "/list"),
        ("http://portal.test/behind/proxy", "/search?q=一", "portal.test", "/behind/proxy/search?q=%E4%B8%80"),
        ("http://portal.test/keys", "", "portal.test", "/keys/"),
        ("http://portal.test/keys", "http://portal.test/keys", "portal.test", "/keys"),
    ],
)
async def test_a_path_lies_under_the_base_address(base: str, path: str, host: str, target: str) -> None:
    async with OutboundClient(base, app=echoing) as client:
        for _ in range(2):
            told = (await client.get(path)).json()
            assert (told["host"], told["target"]) == (host, target)


async def test_parameters_and_headers_of_one_request_do_not_reach_the_next() -> None:
    async with OutboundClient("http://portal.test", headers={"Accept": "text/html"}, app=echoing) as client:
        first = (await client.send("GET", "/list", params={"page": 2}, headers={"accept": "text/csv"})).json()
        second = await client.send("POST", "/list", json={"一": 1})
    assert (first["target"], first["headers"]["accept"]) == ("/list?page=2", "text/csv")
    told = second.json()
    assert (told["target"], told["headers"]["accept"]) == ("/list", "text/html")
    assert (told["headers"]["content-type"], told["headers"]["content-length"]) == ("application/json", "9")
    assert second.headers["x-a"] == "1, 2"

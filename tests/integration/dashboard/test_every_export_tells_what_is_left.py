"""Whatever list is exported says how many rows there are: no list is added without its total, and services tell it."""

import asyncio
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs

import pytest
from fastapi.routing import APIRoute

from services.accounts.roles import Role
from services.sync.dashboard.app import ROUTERS
from shared.counted_frames import FRAMED, Sort
from shared.web.audit import AuditEntry
from tests.support.dashboard import Asgi, dashboard_house

TOTAL = 7_000
MORE_PAGES = 40
PATIENCE_SECONDS = 120
SERVICES = ("ingest", "disclosure", "repair", "sync")
_API = Path(__file__).parents[3] / "docs" / "api"
_EXPORT = re.compile(r"/(?:export|drifts)\.\{form\}$")
_PASSED_ON = {
    "/figures/export.{form}",  # a workbook of the service, of a few rows
    "/data-sharing/export.{form}",  # the file of one day, as the service writes it
}
_WHOLE = ("/v1/parked-events", "/v1/subscribers")  # lists without pages: all rows are there at once
_WORDS = {"portal": "credit_china", "service": "sync", "queue": "sync.calendar", "cause": "40021"}
_ENTRY = dict.fromkeys(AuditEntry.model_fields) | {"entry_id": "a" * 32, "action": "law.adopted", "subject": "1"}


def _addresses() -> Iterator[str]:
    """Every export of a list, each part of a path that has a few values with each of them."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and _EXPORT.search(route.path) and route.path not in _PASSED_ON:
                given = {one.name: get_args(one.field_info.annotation) for one in route.dependant.path_params}
                given["form"] = ("xlsx",)  # ends in a piece, rows or none
                values = [given[name] or (_WORDS.get(name, "a" * 32),) for name in given]
                for chosen in product(*values):
                    yield route.path.format_map(dict(zip(given, map(str, chosen), strict=True)))


ADDRESSES = sorted(set(_addresses()))


@dataclass
class Counting:
    """A service whose lists are long: their second page waits until the total was asked for and told."""

    service: str
    counted: asyncio.Event
    asked: set[str] = field(default_factory=set)

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        body = json.dumps(await self._answer(scope["path"], parse_qs(scope["query_string"].decode())))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    async def _answer(self, path: str, query: dict[str, list[str]]) -> Any:
        if path in _WHOLE:
            return []
        items = [_ENTRY] if path == "/v1/audit" else []
        if path == "/v1/window-counts":
            self.counted.set()
            return {"days": [{"records": TOTAL}]}
        if query.get("total") == ["true"]:
            self.asked.add(path)
            self.counted.set()
            return {"items": items, "next": None, "total": {"items": TOTAL, "or_more": False}}
        if "cursor" not in query:
            self.first = 0
            return {"items": items, "next": "1"}
        await asyncio.wait_for(self.counted.wait(), PATIENCE_SECONDS)
        self.first += 1
        return {"items": items, "next": str(self.first) if self.first < MORE_PAGES else None}


def _told(body: bytes) -> list[tuple[int, int]]:
    """Total and its sort of every frame that carries a piece."""
    found, at = [], 0
    while at < len(body):
        length, _, total, sort = struct.unpack_from(">IIII", body, at)
        found += [(total, sort)] if length else []
        at += 16 + length
    return found


def _counts(service: str, path: str) -> bool:
    """Whether the API of the service says that this list is counted when it is asked."""
    paths = json.loads((_API / f"{service}.openapi.json").read_text("utf-8"))["paths"]
    meant = next(one for one in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path))
    return any(one["name"] == "total" for one in paths[meant]["get"]["parameters"])


def test_the_exports_are_found() -> None:
    assert len(ADDRESSES) > 25


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_export_tells_how_many_rows_there_are(tmp_path: Path, address: str) -> None:
    counted = asyncio.Event()
    counting = {one: Counting(one, counted) for one in SERVICES}
    services: dict[str, Asgi] = dict(counting)
    async with dashboard_house(tmp_path, services) as house:
        house.person("person", Role.SUPERVISOR)
        await house.sign_in("person")
        answer = await house.browser.get(address, headers={"Accept": FRAMED})
    assert (answer.status_code, answer.headers["content-type"]) == (200, FRAMED), answer.text
    total, sort = _told(answer.content)[-1]
    asked = [(one.service, path) for one in counting.values() for path in one.asked]
    if address.startswith(("/deliveries/parked/export", "/subscribers/export")):
        assert (asked, total, sort) == ([], 0, Sort.EXACT)
    else:
        assert (total, sort) == (TOTAL * max(len(asked), 1), Sort.EXACT)
    assert [one for one in asked if not _counts(*one)] == []

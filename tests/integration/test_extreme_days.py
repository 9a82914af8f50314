"""The first and the last day that can be written are a day to answer or to refuse: no caller brings a service down."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.house import SERVICES
from shared.web.scopes import Scope
from tests.support.services import RunningService, running_service

EXTREMES = {
    "date": ["0001-01-01", "9999-12-31"],
    "date-time": [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59",
        "9999-12-31T23:59:59-12:00",
    ],
}
BODIES: dict[str, Any] = {
    "/v1/data-sharing/{day}/sign-off": {"role": "officer", "digest": "0" * 32},
    "/v1/data-sharing/{day}/anomalies": {"source": "a-source", "description": "nothing came"},
}
"""What a call needs beside its day to be looked at."""
CLAIMS = {"scope": " ".join(Scope), "authorities": ["*"], "subjects": ["*"]}


def _format(parameter: dict[str, Any]) -> str | None:
    kinds = parameter["schema"].get("anyOf", [parameter["schema"]])
    return next((one["format"] for one in kinds if one.get("format") in EXTREMES), None)


def _filled(parameter: dict[str, Any], schemas: dict[str, Any]) -> str:
    schema = parameter["schema"]
    known = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return str(known["enum"][0]) if "enum" in known else "0"


def _calls(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each call that takes a day or an instant, with every choice of the extremes."""
    schemas = document.get("components", {}).get("schemas", {})
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            told = [one for one in call.get("parameters", []) if one["in"] != "header"]
            timely = [one for one in told if _format(one)]
            rest = {one["name"]: _filled(one, schemas) for one in told if one.get("required") and not _format(one)}
            for chosen in product(*(EXTREMES[_format(one) or ""] for one in timely)) if timely else ():
                yield method, path, rest | dict(zip((one["name"] for one in timely), chosen, strict=True))


async def _status(service: RunningService, method: str, path: str, given: dict[str, str]) -> int:
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    query = {name: value for name, value in given.items() if f"{{{name}}}" not in path}
    async with httpx.AsyncClient(transport=transport, base_url="http://creditsync.test") as client:
        answer = await client.request(
            method, path.format(**given), params=query, headers=service.headers(**CLAIMS), json=BODIES.get(path)
        )
    return answer.status_code


@pytest.mark.parametrize("name", SERVICES)
async def test_no_day_and_no_instant_in_an_address_is_answered_with_a_failure_of_ours(
    name: str, database_url: str, tmp_path: Path
) -> None:
    async with running_service(name, database_url, tmp_path) as service:
        calls = list(_calls(service.app.openapi()))
        assert calls
        answers = [(await _status(service, *call), call) for call in calls]
    assert [call for status, call in answers if status >= 500 or status in (401, 403)] == []

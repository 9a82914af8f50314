"""What tests of papers share: an application that waits for them, and how one is handed in and fetched."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from services.repair import handlers
from shared.ids import new_id
from shared.vocabulary import Audience, Severity
from tests.support import papers, told
from tests.support.repair_desk import PATH
from tests.support.rows import COMPANY
from tests.support.services import RunningService

POSSIBLE = date(2027, 1, 31)
OWN = {"sub": "site", "scope": "repair:write repair:read", "subjects": [COMPANY], "authorities": []}
"""An applicant: speaks for the one company of the records in `told`."""

OCTETS = {"Content-Type": "application/octet-stream"}


async def known(
    repair: RunningService, number: int = 1, severity: Severity = Severity.ORDINARY, **changed: Any
) -> list[str]:
    """Records that every audience shows; the first possible day is today afterwards."""
    shown = [new_id() for _ in range(number)]
    events = [told.online(one, audience, severity=severity, **changed) for one in shown for audience in Audience]
    await repair.hear(handlers.publications, *events)
    days = (POSSIBLE - told.SUBMITTED).days
    if repair.clock.now().date() < POSSIBLE:
        repair.clock.advance(timedelta(days=days))
    return shown


async def applied(repair: RunningService, record_ids: Iterable[str]) -> str:
    answer = await repair.post(PATH, {"record_ids": list(record_ids)}, **OWN)
    assert answer.status_code == 201, answer.text
    application_id: str = answer.json()["application_id"]
    return application_id


async def waiting(repair: RunningService, number: int = 1) -> str:
    """An application of the company, filed today."""
    return await applied(repair, await known(repair, number))


async def send(
    repair: RunningService,
    application_id: str,
    kind: str = "performance_proof",
    content: bytes | None = None,
    key: str | None = None,
    query: dict[str, str] | None = None,
    **claims: Any,
) -> httpx.Response:
    return await repair.client.post(
        f"{PATH}/{application_id}/materials",
        params={"kind": kind} | (query or {}),
        content=papers.pdf() if content is None else content,
        headers=repair.headers(key, **(OWN | claims)) | OCTETS,
    )


async def handed_in(
    repair: RunningService, application_id: str, kind: str = "performance_proof", content: bytes | None = None
) -> str:
    answer = await send(repair, application_id, kind, content)
    assert answer.status_code == 201, answer.text
    material_id: str = answer.json()["material_id"]
    return material_id


async def overview(repair: RunningService, application_id: str, **claims: Any) -> dict[str, Any]:
    answer = await repair.get(f"{PATH}/{application_id}/materials", **(OWN | claims))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def link(repair: RunningService, material_id: str, **claims: Any) -> httpx.Response:
    return await repair.post(f"/v1/repair-materials/{material_id}/links", {}, **(OWN | claims))


async def fetched(repair: RunningService, material_id: str) -> httpx.Response:
    answer = await link(repair, material_id)
    assert answer.status_code == 201, answer.text
    return await repair.client.get(answer.json()["address"])


def files(data_dir: Path) -> list[Path]:
    """Everything that lies in the folder of papers."""
    return [path for path in (data_dir / "materials").rglob("*") if path.is_file() and path.name != ".lock"]


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:creditsync:problem:")

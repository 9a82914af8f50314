"""Whoever may only read sees every application and changes nothing."""

import re

from tests.support.repair_desk import PATH, PEOPLE
from tests.support.services import RunningService

AUDITOR = {"sub": "auditor", "scope": "repair:read audit:read", "authorities": []}
_CHANGES_NOTHING = {
    "/tracking",
    "/v1/repair-tracking",
    "/v1/eligibility",
    "/v1/repair-materials/{material_id}/links",  # a look at a paper, which the audit log keeps
}
_ID = "0" * 32


async def test_an_auditor_takes_no_step_whatever_the_route(repair: RunningService) -> None:
    document = (await repair.client.get("/openapi.json")).json()
    changing = [
        (method.upper(), re.sub(r"\{[^}]+\}", _ID, path))
        for path, methods in document["paths"].items()
        for method in methods
        if method in ("post", "put", "patch", "delete") and path not in _CHANGES_NOTHING
    ]
    assert len(changing) > 20
    answers = {
        f"{method} {path}": (
            await repair.client.request(method, path, json={}, headers=repair.headers(**AUDITOR))
        ).status_code
        for method, path in changing
    }
    assert {path: status for path, status in answers.items() if status != 403} == {}


async def test_an_auditor_reads_an_application_with_its_steps(repair: RunningService) -> None:
    queue = await repair.get("/v1/repair-queue", **AUDITOR)
    assert queue.status_code == 200
    assert (await repair.get(PATH, **AUDITOR)).status_code == 200
    assert (await repair.get(PATH, **PEOPLE["clerk"])).status_code == 200
    assert (await repair.get("/v1/audit", **AUDITOR)).status_code == 200

"""The people who handle a repair application, as callers of the service: each with the scope of the role."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx

from tests.support import papers
from tests.support.services import RunningService

PATH = "/v1/repair-applications"
APPROVE = {"decision": "approve", "reason": "义务已履行完毕"}
REFUSE = {"decision": "refuse", "reason": "未履行完毕"}
PEOPLE: Mapping[str, dict[str, str]] = MappingProxyType(
    {
        "clerk": {"sub": "clerk", "scope": "repair:write repair:handle repair:read"},
        "first": {"sub": "reviewer-1", "scope": "repair:review repair:read"},
        "second": {"sub": "reviewer-2", "scope": "repair:review repair:read"},
        "approver": {"sub": "approver", "scope": "repair:decide repair:read"},
    }
)
ROLE = {
    "acceptance": "clerk",
    "supplement-request": "clerk",
    "supplement": "clerk",
    "withdrawal": "clerk",
    "service": "clerk",
    "first-review": "first",
    "second-review": "second",
    "decision": "approver",
    "revocation": "approver",
}
PLAIN = {"reason": "依法办理"}
TO_THE_DECISION = ("acceptance", "first-review", "second-review")


async def view(repair: RunningService, application_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await repair.get(f"{PATH}/{application_id}", scope="repair:read")).json()
    return found


async def papers_handed_in(repair: RunningService, application_id: str) -> None:
    """What the rule asks for and nobody handed in or promised yet, by the clerk on behalf of the company."""
    path = f"{PATH}/{application_id}/materials"
    answer = await repair.get(path, **PEOPLE["clerk"])
    for need in answer.json()["missing"] if answer.status_code == 200 else ():
        if not need["promised"]:
            kind, of = need["any_of"][0], need["record_id"]
            headers = repair.headers(None, **PEOPLE["clerk"]) | {"Content-Type": "application/octet-stream"}
            params = {"kind": kind} | ({"record_id": of} if of else {})
            content = papers.pdf(f"{kind} {of}")
            handed = await repair.client.post(path, params=params, content=content, headers=headers)
            assert handed.status_code == 201, handed.text


async def step(
    repair: RunningService, application_id: str, what: str, body: Mapping[str, Any] = PLAIN, **claims: Any
) -> httpx.Response:
    """One step by whoever has the role, on the version of this moment unless the body names one.

    An acceptance finds all papers there; `take_up` is one that does not.
    """
    if what == "acceptance":
        await papers_handed_in(repair, application_id)
    return await take_up(repair, application_id, what, body, **claims)


async def take_up(
    repair: RunningService, application_id: str, what: str, body: Mapping[str, Any] = PLAIN, **claims: Any
) -> httpx.Response:
    """One step on the papers as they are."""
    sent = dict(body)
    if "version" not in sent:
        sent["version"] = (await view(repair, application_id)).get("version", 1)
    if what == "acceptance":
        sent.setdefault("accepted", True)
    if what == "service":
        sent.setdefault("way", "online")
    return await repair.post(f"{PATH}/{application_id}/{what}", sent, **(PEOPLE[ROLE[what]] | claims))


async def reviewed(repair: RunningService, application_id: str) -> None:
    """Accepted, and reviewed by two people."""
    for what in TO_THE_DECISION:
        answer = await step(repair, application_id, what)
        assert answer.status_code == 200, answer.text


async def decide(
    repair: RunningService, application_id: str, body: Mapping[str, Any] = APPROVE, **claims: Any
) -> httpx.Response:
    return await step(repair, application_id, "decision", body, **claims)


async def served(repair: RunningService, application_id: str) -> httpx.Response:
    answer = await step(repair, application_id, "service")
    assert answer.status_code == 200, answer.text
    return answer

"""A client of a running house: what an enforcement system, an officer, an operator and a citizen do with it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from services.clients import PREDEFINED
from services.issuer import TOKEN_PATH
from services.local.addresses import Addresses
from services.local.sample_paper import sample_paper
from services.sync.mock_portals.common.options import MockOptions
from shared.clock import Clock
from shared.errors import CreditsyncError, Unavailable
from shared.ids import new_id
from shared.outbound.client import Answer, OutboundClient
from shared.outbound.tokens import TokenSource
from shared.vocabulary import Portal


class Refused(CreditsyncError):
    """A service answered with a problem."""


class Visitor:
    """Calls the services with an identity of the local issuer for each role."""

    def __init__(self, addresses: Addresses, secrets: Mapping[str, str], clock: Clock) -> None:
        self._services = {name: OutboundClient(address) for name, address in addresses.services().items()}
        self._portals = {portal: OutboundClient(address) for portal, address in addresses.portals.items()}
        self._issuer = OutboundClient(addresses.issuer)
        self._tokens = {
            client.client_id: TokenSource(
                self._issuer,
                path=TOKEN_PATH,
                client_id=client.client_id,
                client_secret=secrets[client.client_id],
                scopes=client.scopes,
                clock=clock,
            )
            for client in PREDEFINED
        }

    async def close(self) -> None:
        for client in (*self._services.values(), *self._portals.values(), self._issuer):
            await client.close()

    async def wait_until_ready(self, seconds: float) -> None:
        """Until every service and portal answers, or raise `Unavailable` naming the first that does not."""
        doors = [(client, "/health/ready") for client in self._services.values()]
        doors += [(client, "/") for client in self._portals.values()]
        doors += [(self._issuer, "/health/alive")]
        try:
            async with asyncio.timeout(seconds):
                for client, path in doors:
                    while not await _answers(client, path):  # noqa: ASYNC110 - another process, no event to wait for
                        await asyncio.sleep(0.1)
        except TimeoutError:
            raise Unavailable(f"{client.base_url} did not become ready within {seconds:.0f} seconds") from None

    async def send_batch(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """As the enforcement system: hand in rows, get the receipt."""
        body = {"kind": kind, "rows": list(rows)}
        receipt: dict[str, Any] = await self._post("enforcement-system", "ingest", "/v1/batches", body)
        return receipt

    async def file_repair(self, record_id: str) -> str:
        """As the company, through its site: file an application and hand in what the rule asks for."""
        filed = await self._post("applicant", "repair", _CASES, {"record_id": record_id})
        application_id = str(filed["application_id"])
        path = f"{_CASES}/{application_id}/materials"
        for need in (await self.read("repair", path))["missing"]:
            await self._hand_in(path, need["any_of"][0], need["record_id"])
        return application_id

    async def approve_repair(self, application_id: str) -> None:
        """As the officers, each for one part: accept, review twice, approve, serve the result."""
        version = 1
        for client_id, step, more in _TO_APPROVAL:
            body = {"version": version, "reason": "义务已履行完毕", **more}
            version = (await self._post(client_id, "repair", f"{_CASES}/{application_id}/{step}", body))["version"]

    async def reconcile(self, portals: Sequence[Portal]) -> list[str]:
        """As the operator: ask for runs."""
        asked = await self._post("operator", "sync", "/v1/reconciliations", {"portals": list(portals)})
        return list(asked["run_ids"])

    async def read(self, service: str, path: str, **params: Any) -> Any:
        """As the operator: read something."""
        client, tokens = self._services[service], self._tokens["operator"]
        answer = await client.send("GET", path, params=params, headers=await tokens.headers())
        return _checked(answer)

    async def misbehave(self, portal: Portal, action: str, key: str) -> None:
        """As a tester behind a mock portal's back: do something to one record that it holds."""
        body = {"action": action, "keys": [key]}
        hit = _checked(await self._portals[portal].post("/admin/misbehave", json=body, headers=_ADMIN))
        if hit != [key]:
            raise Refused(f"{portal} did not {action} {key}")

    async def inventory(self, portal: Portal, *, visible: bool, limit: int) -> list[str]:
        """As a tester: keys of some records that a mock portal shows, or holds and hides."""
        path = f"/admin/inventory?visible={str(visible).lower()}&limit={limit}"
        answer = await self._portals[portal].send("GET", path, headers=_ADMIN)
        return [str(key) for key in _checked(answer)["keys"]]

    async def look(self, portal: Portal, path: str) -> Answer:
        """As a citizen: open a page."""
        return await self._portals[portal].get(path)

    async def _hand_in(self, path: str, kind: str, record_id: str | None) -> None:
        headers = await self._tokens["applicant"].headers()
        headers |= {"Idempotency-Key": new_id(), "Content-Type": "application/octet-stream"}
        params = {"kind": kind} | ({"record_id": record_id} if record_id else {})
        paper = sample_paper(f"{kind} {record_id or ''}")
        _checked(await self._services["repair"].send("POST", path, params=params, content=paper, headers=headers))

    async def _post(self, client_id: str, service: str, path: str, body: Any) -> Any:
        headers = await self._tokens[client_id].headers() | {"Idempotency-Key": new_id()}
        return _checked(await self._services[service].post(path, json=body, headers=headers))


_CASES = "/v1/repair-applications"
_TO_APPROVAL: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("credit-officer", "acceptance", {"accepted": True}),
    ("credit-officer", "first-review", {}),
    ("repair-reviewer", "second-review", {}),
    ("repair-approver", "decision", {"decision": "approve"}),
    ("credit-officer", "service", {"way": "online"}),
)
_ADMIN = {"Authorization": f"Bearer {MockOptions.__dataclass_fields__['admin_token'].default}"}


def _checked(answer: Answer) -> Any:
    if not answer.ok:
        raise Refused(f"answered {answer.status}: {answer.text[:300]}")
    return answer.json()


async def _answers(client: OutboundClient, path: str) -> bool:
    try:
        return (await client.get(path)).ok
    except Unavailable:
        return False

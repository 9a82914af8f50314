"""Calls of a running sync as a person at the terminal: with a token of one's own, or as the local issuer's operator."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from services.clients import PREDEFINED
from services.issuer import TOKEN_PATH, ensure_identity
from services.local.addresses import addresses_of
from services.sync.settings import SyncSettings
from shared.errors import CreditsyncError
from shared.ids import new_id
from shared.outbound.client import Answer, OutboundClient
from shared.outbound.tokens import TokenSource
from shared.settings import load

_OPERATOR = "operator"


class CallRefused(CreditsyncError):
    """sync answered with a problem; nothing was changed."""


class SyncCalls:
    """Reads and changes over HTTP."""

    def __init__(self, client: OutboundClient, headers: Mapping[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def read(self, path: str, **params: Any) -> Any:
        return _checked(await self._client.send("GET", path, params=params, headers=self._headers)).json()

    async def read_bytes(self, path: str, **params: Any) -> bytes:
        """A file."""
        return _checked(await self._client.send("GET", path, params=params, headers=self._headers)).body

    async def change(self, path: str, body: Mapping[str, Any]) -> Any:
        headers = {**self._headers, "Idempotency-Key": new_id()}
        return _checked(await self._client.post(path, json=dict(body), headers=headers)).json()


@asynccontextmanager
async def sync_calls(at: str | None, token: str | None, client_id: str = _OPERATOR) -> AsyncIterator[SyncCalls]:
    """`at` is the base address of sync and `token` the caller's; the settings' address and this client of the local
    issuer otherwise."""
    settings: SyncSettings = load(SyncSettings)
    addresses = addresses_of(settings)
    client, issuer = OutboundClient(at or addresses.sync), OutboundClient(addresses.issuer)
    try:
        if token:
            yield SyncCalls(client, {"Authorization": f"Bearer {token}"})
            return
        secrets = ensure_identity(settings.data_dir)
        if client_id not in secrets:
            raise CallRefused(f"The local issuer knows no client {client_id}; it knows {', '.join(sorted(secrets))}.")
        tokens = TokenSource(
            issuer,
            path=TOKEN_PATH,
            client_id=client_id,
            client_secret=secrets[client_id],
            scopes=next(one.scopes for one in PREDEFINED if one.client_id == client_id),
            clock=settings.clock(),
        )
        yield SyncCalls(client, await tokens.headers())
    finally:
        await client.close()
        await issuer.close()


def _checked(answer: Answer) -> Answer:
    if answer.ok:
        return answer
    try:
        problem = answer.json()
        told = " ".join(str(problem[part]) for part in ("detail", "advice") if problem.get(part))
        told += "".join(f" {one['field']}: {one['reason']}." for one in problem.get("errors", ()))
    except (ValueError, AttributeError, KeyError, TypeError):
        told = answer.text[:300]
    raise CallRefused(f"sync answered {answer.status}: {told}")

"""An identity provider, an HTTP client without a socket, and real servers on loopback, for tests of applications."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from services.local.ports import LOOPBACK
from shared.clock import FrozenClock
from shared.errors import Unavailable
from shared.outbound.client import OutboundClient
from shared.web.server import serve
from shared.web.verifier import Verifier

ISSUER = "https://identity.example"
AUDIENCE = "creditsync"
START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


class TestIssuer:
    """Signs any claims with any of its keys, and publishes the public ones. Counts how often they are read."""

    __test__ = False

    def __init__(self) -> None:
        self.keys: list[OKPKey | ECKey] = [
            OKPKey.generate_key("Ed25519", {"kid": "first"}),
            ECKey.generate_key("P-256", {"kid": "curve"}),
        ]
        self.clock = FrozenClock(START)
        self.reads = 0

    async def read(self) -> Any:
        self.reads += 1
        return {"keys": [key.as_dict(private=False) for key in self.keys]}

    def verifier(self) -> Verifier:
        return Verifier(self, issuer=ISSUER, audience=AUDIENCE, clock=self.clock)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Good claims, with some replaced; a value of None takes the claim away."""
        now = self.clock.now()
        good = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "enforcement-system",
            "scope": "ingest:write ingest:read",
            "authorities": ["320600"],
            "nbf": int(now.timestamp()),
            "exp": int((now + timedelta(hours=1)).timestamp()),
        }
        return {name: value for name, value in (good | changed).items() if value is not None}

    def token(self, key: OKPKey | ECKey | None = None, algorithm: str = "Ed25519", **changed: Any) -> str:
        chosen = key or self.keys[0]
        header = {"alg": algorithm, "kid": chosen.kid}
        return jwt.encode(header, self.claims(**changed), chosen, algorithms=[algorithm])

    def bearer(self, **changed: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**changed)}"}


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the started application."""
    async with LifespanManager(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://creditsync.test") as client:
            yield client


@asynccontextmanager
async def served(*apps: tuple[FastAPI, int]) -> AsyncIterator[None]:
    """The applications, listening on these loopback ports until the block ends."""
    stop = asyncio.Event()
    running = asyncio.create_task(serve([(app, LOOPBACK, port) for app, port in apps], stop))
    for _, port in apps:
        await answering(port)
    yield
    stop.set()
    await asyncio.wait_for(running, 60)


async def answering(port: int) -> None:
    """Wait until an application answers on this port."""
    async with OutboundClient(f"http://{LOOPBACK}:{port}") as client, asyncio.timeout(60):
        while True:
            try:
                if (await client.get("/health/alive")).ok:
                    return
            except Unavailable:
                await asyncio.sleep(0.02)

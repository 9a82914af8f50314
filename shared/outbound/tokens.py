"""Fetches our own bearer tokens by client credentials and keeps them until shortly before they expire.

It never stores a token on disk and never decides what a token allows. Serves G15.
"""

import asyncio
import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from shared.clock import Clock
from shared.errors import Unavailable
from shared.outbound.client import OutboundClient

_MARGIN = timedelta(seconds=30)


class TokenSource:
    """Tokens of one client. Any number of tasks may ask at once; one fetch serves them all."""

    def __init__(
        self,
        http: OutboundClient,
        *,
        path: str,
        client_id: str,
        client_secret: str,
        scopes: Sequence[str],
        clock: Clock,
    ) -> None:
        self._http = http
        self._path = path
        self._form = urlencode({"grant_type": "client_credentials", "scope": " ".join(scopes)}).encode()
        # RFC 6749 2.3.1: both parts are form-encoded before they are joined.
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        self._basic = "Basic " + base64.b64encode(pair.encode()).decode()
        self._clock = clock
        self._token = ""
        self._expires_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """The `Authorization` header for a request to be sent now."""
        async with self._fetching:
            if self._expires_at is None or self._clock.now() >= self._expires_at - _MARGIN:
                await self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """After a 401: the next `headers` fetches a fresh token."""
        self._expires_at = None

    async def _fetch(self) -> None:
        headers = {"Authorization": self._basic, "Content-Type": "application/x-www-form-urlencoded"}
        asked_at = self._clock.now()
        answer = await self._http.send("POST", self._path, content=self._form, headers=headers)
        if not answer.ok:
            raise Unavailable(f"the token endpoint {self._http.base_url} answered {answer.status}")
        try:
            body = answer.json()
            self._token = str(body["access_token"])
            self._expires_at = asked_at + timedelta(seconds=int(body["expires_in"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"the token endpoint {self._http.base_url} sent no usable token") from error

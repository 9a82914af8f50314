"""Sends a file to ingest as the enforcement system would: in pieces, and on from where the last attempt ended."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.clients import PREDEFINED
from services.ingest.imports.spool import sha256_of
from services.issuer import TOKEN_PATH
from services.local.visitor import Refused
from shared.clock import Clock
from shared.errors import Unavailable
from shared.ids import new_id
from shared.outbound.client import Answer, OutboundClient, Timeouts
from shared.outbound.tokens import TokenSource
from shared.vocabulary import RecordKind

FINAL = ("done", "refused", "failed", "cancelled")
_CLIENT = "enforcement-system"
_CHUNK_BYTES = 8 * 1024 * 1024
_TRIES = 8
_PATIENCE_SECONDS = 3_600.0

View = dict[str, Any]


class Sender:
    """A client of ingest with the identity of the local enforcement system."""

    def __init__(self, ingest: str, issuer: str, secrets: Mapping[str, str], clock: Clock) -> None:
        patient = Timeouts(silence=120, whole=_PATIENCE_SECONDS)
        self._ingest = OutboundClient(ingest, timeouts=patient, connections=2)
        self._issuer = OutboundClient(issuer)
        client = next(one for one in PREDEFINED if one.client_id == _CLIENT)
        self._tokens = TokenSource(
            self._issuer,
            path=TOKEN_PATH,
            client_id=_CLIENT,
            client_secret=secrets[_CLIENT],
            scopes=client.scopes,
            clock=clock,
        )

    async def close(self) -> None:
        await self._ingest.close()
        await self._issuer.close()

    async def send(self, path: Path, kind: RecordKind | None, sent: Callable[[View], None]) -> View:
        """The whole file; an upload of the same bytes that was broken off is gone on with."""
        sha256 = await asyncio.to_thread(sha256_of, path)
        view = await self._begun(sha256) or await self._announce(path, sha256, kind)
        tries = 0
        while view["upload"] is not None:
            sent(view)
            try:
                view, tries = await self._chunk(path, view), 0
            except Unavailable:
                tries += 1
                if tries >= _TRIES:
                    raise
                await asyncio.sleep(min(0.25 * 2**tries, 15.0))
                view = await self.look(view["import_id"])
        return view

    async def look(self, import_id: str) -> View:
        """How far it is; a service that is being started again is waited for."""
        for tries in range(_TRIES):
            try:
                return await self._look(import_id)
            except Unavailable:
                await asyncio.sleep(min(0.25 * 2**tries, 15.0))
        return await self._look(import_id)

    async def _look(self, import_id: str) -> View:
        path, params = f"/v1/imports/{import_id}", {"lang": "zh"}
        return _checked(await self._ingest.send("GET", path, params=params, headers=await self._headers()))

    async def fetch_verdicts(self, import_id: str, target: Path) -> None:
        """The verdict file, complete or not at all, for nobody else's eyes."""
        partial = target.with_name(f".{target.name}.partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            headers = await self._headers()
            answer = await self._ingest.download(f"/v1/imports/{import_id}/verdicts", file.write, headers=headers)
        if answer.status != 200:
            partial.unlink()
            raise Refused(f"the verdicts of import {import_id} were answered with {answer.status}")
        partial.replace(target)

    async def _begun(self, sha256: str) -> View | None:
        params: dict[str, str | int] = {"state": "uploading", "sha256": sha256, "limit": 1}
        answer = await self._ingest.send("GET", "/v1/imports", params=params, headers=await self._headers())
        items: list[View] = _checked(answer)["items"]
        return items[0] if items else None

    async def _announce(self, path: Path, sha256: str, kind: RecordKind | None) -> View:
        size = (await asyncio.to_thread(path.stat)).st_size
        body = {"name": path.name, "size": size, "sha256": sha256, "kind": kind}
        headers = await self._headers() | {"Idempotency-Key": new_id()}
        return _checked(await self._ingest.send("POST", "/v1/imports", json=body, headers=headers))

    async def _chunk(self, path: Path, view: View) -> View:
        offset, most = view["upload"]["offset"], min(_CHUNK_BYTES, view["upload"]["largest_chunk"])
        content = await asyncio.to_thread(_read, path, offset, most)
        headers = await self._headers() | {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
        }
        answer = await self._ingest.send("PATCH", view["upload"]["address"], content=content, headers=headers)
        if answer.status in (409, 503):  # another request is still at it, or the stored offset is another
            raise Unavailable(f"ingest answered {answer.status}")
        return _checked(answer)

    async def _headers(self) -> dict[str, str]:
        return await self._tokens.headers()


def _read(path: Path, offset: int, most: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(most)


def _checked(answer: Answer) -> View:
    if not answer.ok:
        raise Refused(f"ingest answered {answer.status}: {answer.text[:300]}")
    view: View = answer.json()
    return view

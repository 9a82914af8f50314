"""Asks disclosure over HTTP what it decided, with sync's own identity: the broker has no part in it (G01, G15)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.contracts.decided import Decided, Stretch
from shared.errors import Unavailable
from shared.outbound.client import Answer, OutboundClient, Timeouts
from shared.outbound.tokens import TokenSource

SCOPES = ("decided:read", "decided:repeat")
PATIENCE = Timeouts(connect=5, silence=30, whole=60)
RECORDS_AT_ONCE = 500
_PAGES = 1_000
"""A stretch of so many pages is no stretch of a thousand entries: whatever answers so is not believed."""


@dataclass(frozen=True)
class Stated:
    """The digest of one stretch as disclosure has it."""

    stretch: Stretch
    entries: int
    digest: str


@dataclass(frozen=True)
class StatedPage:
    """`next` is where the next page begins, None after the last. What was told before `told_until` left disclosure."""

    stated: Sequence[Stated]
    next: str | None
    told_until: datetime


class DecidedSource(Protocol):
    """What disclosure decided, and the wish that it tell something again. Raises `Unavailable`."""

    async def stated(self, after: str) -> StatedPage: ...

    async def entries(self, within: Stretch) -> Sequence[Decided]: ...

    async def repeat(self, record_ids: Sequence[str], reason: str, key: str) -> int: ...


class Disclosure:
    """Disclosure over HTTP."""

    def __init__(self, http: OutboundClient, tokens: TokenSource) -> None:
        self._http = http
        self._tokens = tokens

    async def stated(self, after: str) -> StatedPage:
        body = await self._get("/v1/decided/stretches", {"after": after})
        with _readable():
            stated = [
                Stated(Stretch(one["after"], one["through"]), one["entries"], one["digest"])
                for one in body["stretches"]
            ]
            return StatedPage(stated, _onwards(after, body["next"]), datetime.fromisoformat(body["told_until"]))

    async def entries(self, within: Stretch) -> Sequence[Decided]:
        found: list[Decided] = []
        after: str | None = within.after
        for _ in range(_PAGES):
            through = {} if within.through is None else {"through": within.through}
            body = await self._get("/v1/decided/entries", {"after": after or "", **through})
            with _readable():
                found += [
                    Decided(one["record_id"], one["audience"], one["generation"], one["shown"])
                    for one in body["entries"]
                ]
                after = _onwards(after or "", body["next"])
            if after is None:
                return found
        raise Unavailable("disclosure does not come to an end with one stretch")

    async def repeat(self, record_ids: Sequence[str], reason: str, key: str) -> int:
        body = {"record_ids": list(record_ids), "reason": reason}
        headers = {**await self._tokens.headers(), "Idempotency-Key": key}
        answer = await self._http.send("POST", "/v1/decided/repetitions", json=body, headers=headers)
        return int(self._checked(answer)["orders"])

    async def _get(self, path: str, params: dict[str, str]) -> Any:
        headers = await self._tokens.headers()
        return self._checked(await self._http.send("GET", path, params=params, headers=headers))

    def _checked(self, answer: Answer) -> Any:
        if answer.status == 401:
            self._tokens.forget()
        if not answer.ok:
            raise Unavailable(f"disclosure answered {answer.status} when it was asked what it decided")
        with _readable():
            return answer.json()


def _onwards(after: str, following: str | None) -> str | None:
    """Each page begins behind the one before, so that no answer can lead in a circle."""
    if following is not None and following <= after:
        raise ValueError("the next page lies before this one")
    return following


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("disclosure sent what cannot be read when it was asked what it decided") from error

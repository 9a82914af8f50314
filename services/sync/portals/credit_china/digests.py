"""Credit China's digests of what it shows (分桶摘要), in two levels. The portal's word about itself; strict in form."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.sync.portals.base import IncompleteListing
from services.sync.portals.http import PortalHttp
from shared.outbound.client import Answer, Uncertain

_PATH = "/api/v1/digests"


class DigestQuestions:
    """The three questions, each level narrower."""

    def __init__(self, http: PortalHttp, headers: Mapping[str, str]) -> None:
        self._http = http
        self._headers = headers

    async def groups(self) -> Sequence[str]:
        return [str(one) for one in await self._ask("groups", _PATH)]

    async def buckets(self, group: int) -> Sequence[tuple[int, int]]:
        return [_pair(int, one) for one in await self._ask("buckets", f"{_PATH}/{group}")]

    async def entries(self, buckets: Sequence[int]) -> Sequence[tuple[str, int]]:
        body = json.dumps({"buckets": list(buckets)}).encode()
        return [_pair(str, one) for one in await self._ask("entries", f"{_PATH}/entries", body)]

    async def _ask(self, name: str, path: str, body: bytes | None = None) -> list[Any]:
        try:
            answer = await (
                self._http.get(path, self._headers) if body is None else self._http.post(path, body, self._headers)
            )
        except Uncertain as error:
            raise IncompleteListing(f"{path}: {error}") from error
        found = _member(answer, name)
        if answer.status != _OK or not isinstance(found, list):
            raise IncompleteListing(f"{path} answered {answer.status} in a form that is not known")
        return found


_OK = 200


def _member(answer: Answer, name: str) -> Any:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body.get(name) if isinstance(body, dict) else None


def _pair(first: type[Any], one: Any) -> tuple[Any, int]:
    if isinstance(one, list) and [type(part) for part in one] == [first, int]:
        return one[0], one[1]
    raise IncompleteListing("a digest does not have the known form")

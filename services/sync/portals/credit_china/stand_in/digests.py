"""Digests of everything that the lists show (分桶摘要): groups, buckets of a group, entries of some buckets.

They are made when the groups are asked for, and the two deeper questions are answered from the same moment.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from services.sync.buckets.domain.digests import BUCKETS, GROUPS, bucket_of, entry_digest, group_digests, numbers_of
from services.sync.mock_portals.common.app import Parts
from services.sync.mock_portals.common.faults import FaultName
from services.sync.mock_portals.common.lists import Entry

_BUCKETS_A_QUERY = 200


class BucketQuestion(BaseModel):
    """Which buckets to open."""

    model_config = ConfigDict(extra="forbid")
    buckets: list[Annotated[int, Field(ge=0, lt=BUCKETS)]] = Field(max_length=_BUCKETS_A_QUERY)


class Digests:
    """The endpoints. Under the fault `digests_lie` they tell of an earlier moment."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._entries: Mapping[int, Sequence[tuple[str, int]]] | None = None

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/digests")
        router.add_api_route("", self.groups, methods=["GET"], response_model=None)
        router.add_api_route("/{group}", self.buckets, methods=["GET"], response_model=None)
        router.add_api_route("/entries", self.entries, methods=["POST"], response_model=None)
        return router

    async def groups(self) -> Mapping[str, Any]:
        lies = self._parts.faults.take(FaultName.DIGESTS_LIE)
        if self._entries is None or not lies:
            entries = await self._parts.pages.lists.all_entries()
            self._entries = await asyncio.to_thread(self._bucketed, entries)
        return {"groups": group_digests({number: _sums(held) for number, held in self._entries.items()})}

    async def buckets(self, group: Annotated[int, Path(ge=0, lt=GROUPS)]) -> Mapping[str, Any]:
        held = self._entries or {}
        return {"buckets": [_sums(held.get(number, ())) for number in numbers_of(group)]}

    async def entries(self, question: BucketQuestion) -> Mapping[str, Any]:
        held = self._entries or {}
        return {"entries": [entry for number in question.buckets for entry in held.get(number, ())]}

    def _bucketed(self, entries: Sequence[Entry]) -> Mapping[int, Sequence[tuple[str, int]]]:
        found: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for entry in entries:
            shown = {item.wire for item in self._parts.store.layouts[entry.kind].items if item.caption}
            values = {name: value for name, value in entry.fields.items() if name in shown}
            found[bucket_of(entry.key)].append((entry.key, entry_digest(entry.key, values)))
        return found


def _sums(entries: Sequence[tuple[str, int]]) -> tuple[int, int]:
    return len(entries), sum(digest for _, digest in entries)

"""The county's page: up to two hundred orders in one request, answered at once; the 双公示 templates."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

from services.sync.portals.base import Listed, Outcome, PendingReceipt, PushOrder, PushResult, Sighting
from services.sync.portals.contract import Contract, departures_of_answer, places
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PublicFace, sought
from services.sync.portals.refusals import split_sendable, uncertain
from shared.clock import Clock
from shared.contracts.records import Record
from shared.outbound.client import Answer, Uncertain
from shared.vocabulary import Portal

from . import mapping
from .limits import LIMITS


class CountyPage:
    """The adapter to the county's page."""

    portal = cast(Portal, "county_page")
    kinds = frozenset(mapping.COLUMNS)

    def __init__(self, options: PortalOptions) -> None:
        self.limits = options.limits(LIMITS)
        self._headers = {"authorization": f"Bearer {options.token}"}
        self._http = PortalHttp(options, connections=LIMITS.requests_at_once + LIMITS.looks_at_once)
        self._face = PublicFace(self._http, mapping.read_entry)
        self._contract = Contract(self._http, mapping.columns_of)

    async def open(self) -> None:
        """Connections are made when they are first needed."""

    async def close(self) -> None:
        await self._http.close()

    def portal_key(self, record: Record) -> str:
        return mapping.portal_key(record)

    def shown(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return mapping.shown(record, closes_on)

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        sendable, results = split_sendable(orders, self.kinds)
        if not sendable:
            return results
        body = json.dumps({"orders": [mapping.row(order) for order in sendable]}, ensure_ascii=False).encode()
        try:
            answer = await self._http.post("/api/orders", body, self._headers)
        except Uncertain as error:
            return results + uncertain(sendable, str(error))
        told = _answers(answer)
        return results + [_result(order, told.get(order.idempotency_key)) for order in sendable]

    async def collect_receipts(self, pending: Sequence[PendingReceipt]) -> Sequence[PushResult]:
        """This portal owes no receipts."""
        return []

    async def look(self, record: Record) -> Sighting:
        return await self._face.look(sought(self.portal_key(record), record))

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        return self._face.listing("/list")

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        answer = await self._http.post("/api/orders", b'{"orders": []}', self._headers)
        found = await self._contract.probe(places(self.portal_key, known), "/list")
        return [*found, *departures_of_answer("the orders", answer, "answers")]


def create(options: PortalOptions, _clock: Clock) -> CountyPage:
    """The adapter, as the registry makes it."""
    return CountyPage(options)


def _answers(answer: Answer) -> dict[str, Mapping[str, Any]]:
    try:
        answers = answer.json()["answers"] if answer.status == 200 else []
        return {str(one["serial"]): one for one in answers}
    except (ValueError, KeyError, TypeError):
        return {}


def _result(order: PushOrder, told: Mapping[str, Any] | None) -> PushResult:
    if told is None:
        return uncertain([order], "the portal did not answer for this record")[0]
    if told.get("code") is None:
        return PushResult(order.record_id, order.generation, Outcome.TAKEN)
    words = {"code": str(told["code"]), "message": str(told.get("message") or "")}
    return PushResult(order.record_id, order.generation, Outcome.REFUSED, code=words["code"], message=words["message"])

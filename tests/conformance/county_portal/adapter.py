"""The county's page: up to two hundred orders in one request, answered at once; the 双公示 templates."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from services.sync.portals import dual_disclosure
from services.sync.portals.base import (
    Listed,
    Outcome,
    PendingReceipt,
    PortalLimits,
    PushOrder,
    PushResult,
    Sighting,
)
from services.sync.portals.columns import Column, expected_fields, fields_by_label, wire_row
from services.sync.portals.contract import Contract, departures_of_answer, places
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.pages import Entry
from services.sync.portals.public_face import PublicFace, sought
from services.sync.portals.refusals import split_sendable, uncertain
from services.sync.portals.texts import clean, comparable_number
from shared.contracts.records import Record
from shared.outbound.client import Answer, Uncertain
from shared.vocabulary import RecordKind
from tests.conformance.county_portal import COUNTY

_COLUMNS = {RecordKind.PENALTY: dual_disclosure.PENALTY, RecordKind.LICENCE: dual_disclosure.LICENCE}
_CODES = {RecordKind.PENALTY: "CF", RecordKind.LICENCE: "XK"}


class CountyPage:
    """The adapter to the county's page."""

    portal = COUNTY
    limits = PortalLimits(orders_a_request=200, requests_at_once=2, looks_at_once=4)
    kinds = frozenset(_COLUMNS)

    def __init__(self, options: PortalOptions) -> None:
        self._headers = {"authorization": f"Bearer {options.token}"}
        self._http = PortalHttp(options, connections=6)
        self._face = PublicFace(self._http, lambda entry: fields_by_label(_columns_of(entry), entry.shown))
        self._contract = Contract(self._http, _columns_of)

    async def open(self) -> None:
        """Connections are made when they are first needed."""

    async def close(self) -> None:
        await self._http.close()

    def portal_key(self, record: Record) -> str:
        number = comparable_number(clean(record.document_number))
        parts = (clean(record.issuing_authority.code), number, clean(record.subject.uscc))
        return f"county-{_CODES[record.kind]}-{sha256('|'.join(parts).encode()).hexdigest()[:24]}"

    def shown(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return expected_fields(_COLUMNS[record.kind], record, closes_on)

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        sendable, results = split_sendable(orders, self.kinds)
        if not sendable:
            return results
        body = json.dumps({"orders": [_row(order) for order in sendable]}, ensure_ascii=False).encode()
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


def _columns_of(entry: Entry) -> tuple[Column, ...]:
    return _COLUMNS[RecordKind.LICENCE if "-XK-" in entry.key else RecordKind.PENALTY]


def _row(order: PushOrder) -> dict[str, object]:
    return {
        "template": _CODES[order.record.kind],
        "hide": order.take_down,
        "version": order.generation,
        "serial": order.idempotency_key,
        "data": wire_row(_COLUMNS[order.record.kind], order.record, order.closes_on),
    }


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

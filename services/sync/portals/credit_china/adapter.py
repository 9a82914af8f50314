"""Credit China (信用中国): batches of JSON rows in, receipts to be collected later, pages to look at.

A batch number means only that the batch arrived. What became of each row is in the receipts, and what the public
sees is on the pages (guarantee G05).
"""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.sync.portals.base import (
    Checkpoint,
    Listed,
    ListedPage,
    Look,
    Outcome,
    PendingReceipt,
    PortalLimits,
    PortalUnavailable,
    PushOrder,
    PushResult,
    RequestRefused,
    Sighting,
)
from services.sync.portals.contract import Contract, departures_of_answer, places
from services.sync.portals.credit_china import mapping
from services.sync.portals.credit_china.digests import DigestQuestions
from services.sync.portals.credit_china.limits import BATCHES_A_QUERY, LIMITS
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PublicFace, sought
from services.sync.portals.refusals import split_sendable, uncertain
from services.sync.portals.shared_pages import looking_together
from shared.clock import Clock
from shared.contracts.records import Record
from shared.outbound.client import Answer, Uncertain
from shared.vocabulary import Portal


class CreditChina:
    """The adapter to Credit China."""

    portal = Portal.CREDIT_CHINA
    kinds = frozenset(mapping.COLUMNS)

    def __init__(self, options: PortalOptions) -> None:
        self.limits: PortalLimits = options.limits(LIMITS)
        self._headers = {"authorization": f"Bearer {options.token}"}
        self._http = PortalHttp(options, connections=LIMITS.requests_at_once + LIMITS.looks_at_once)
        self._face = PublicFace(self._http, mapping.read_entry)
        self._digests = DigestQuestions(self._http, self._headers)
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
        if sendable:
            results += await self._push_batch(sendable)
        return results

    async def collect_receipts(self, pending: Sequence[PendingReceipt]) -> Sequence[PushResult]:
        batches = sorted({receipt.receipt for receipt in pending})
        answers: dict[str, Mapping[str, Any]] = {}
        unknown: set[str] = set()
        for start in range(0, len(batches), BATCHES_A_QUERY):
            body = await self._receipts(batches[start : start + BATCHES_A_QUERY])
            answers |= {str(result.get("serial")): result for result in body["results"] if isinstance(result, dict)}
            unknown.update(str(batch) for batch in body["unknown"])
        found = (_receipt_result(receipt, answers, unknown) for receipt in pending)
        return [result for result in found if result is not None]

    async def look(self, record: Record) -> Sighting:
        return await self._face.look(sought(self.portal_key(record), record))

    def look_together(self, records: Sequence[Record]) -> Look:
        return looking_together(self._face, self.portal_key, records)

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        return self._face.listing("/list")

    def pages(self, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        return self._face.pages("/list", after)

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        found = await self._contract.probe(places(self.portal_key, known), "/list")
        answer = await self._http.post("/api/v1/receipts", json.dumps({"batches": []}).encode(), self._headers)
        return [*found, *departures_of_answer("the receipts", answer, "results", "unknown")]

    def digest_values(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return mapping.digest_values(record, closes_on)

    async def groups(self) -> Sequence[str]:
        return await self._digests.groups()

    async def buckets(self, group: int) -> Sequence[tuple[int, int]]:
        return await self._digests.buckets(group)

    async def entries(self, buckets: Sequence[int]) -> Sequence[tuple[str, int]]:
        return await self._digests.entries(buckets)

    async def _push_batch(self, orders: Sequence[PushOrder]) -> list[PushResult]:
        body = json.dumps({"rows": [mapping.batch_row(order) for order in orders]}, ensure_ascii=False).encode()
        try:
            answer = await self._http.post("/api/v1/batches", body, self._headers)
        except Uncertain as error:
            return uncertain(orders, str(error))
        batch = _member(answer, "batch") if answer.status == 202 else None
        if isinstance(batch, str):
            return [PushResult(o.record_id, o.generation, Outcome.PENDING, receipt=batch) for o in orders]
        if answer.status in (400, 413, 422):
            if len(orders) > 1:
                raise RequestRefused(f"the portal answered {answer.status} to {len(orders)} orders as one")
            code, message = _member(answer, "code") or f"HTTP_{answer.status}", _member(answer, "message")
            return [
                PushResult(o.record_id, o.generation, Outcome.REFUSED, code=str(code), message=str(message or ""))
                for o in orders
            ]
        return uncertain(orders, f"the portal answered {answer.status} in a form that is not known")

    async def _receipts(self, batches: Sequence[str]) -> Mapping[str, Any]:
        """The results that are out. An unreadable answer is no answer: the question is repeated later."""
        try:
            answer = await self._http.post("/api/v1/receipts", json.dumps({"batches": batches}).encode(), self._headers)
        except Uncertain as error:
            raise PortalUnavailable(str(error)) from error
        body = {name: _member(answer, name) for name in ("results", "unknown")}
        if answer.status != 200 or not all(isinstance(part, list) for part in body.values()):
            raise PortalUnavailable(f"the portal answered {answer.status} to the question for receipts")
        return body


def create(options: PortalOptions, _clock: Clock) -> CreditChina:
    """The adapter, as the registry makes it."""
    return CreditChina(options)


def _receipt_result(
    receipt: PendingReceipt, answers: Mapping[str, Mapping[str, Any]], unknown: Collection[str]
) -> PushResult | None:
    """None while the answer is still open. A batch that the portal has forgotten leaves us in doubt."""
    answer = answers.get(f"{receipt.record_id}-{receipt.generation}")
    if answer is not None:
        return _result(receipt.record_id, receipt.generation, answer)
    if receipt.receipt in unknown:
        message = "the portal does not know the batch"
        return PushResult(receipt.record_id, receipt.generation, Outcome.UNCERTAIN, message=message)
    return None


def _result(record_id: str, generation: int, answer: Mapping[str, Any]) -> PushResult:
    status = answer.get("status")
    if not isinstance(status, str):
        return PushResult(
            record_id, generation, Outcome.UNCERTAIN, message="the receipt does not say what became of it"
        )
    if status == "入库":
        return PushResult(record_id, generation, Outcome.TAKEN)
    if status != "退回":
        return PushResult(record_id, generation, Outcome.UNCERTAIN, message=f"the receipt says: {status[:40]}")
    code, message = str(answer.get("code") or "UNSPECIFIED"), str(answer.get("message") or "")
    return PushResult(record_id, generation, Outcome.REFUSED, code=code, message=message)


def _member(answer: Answer, name: str) -> Any:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body.get(name) if isinstance(body, dict) else None

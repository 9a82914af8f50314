"""Market supervision (市场监管公示系统): one signed request for each enterprise, answered at once, record by record."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any

from services.sync.portals.base import (
    Listed,
    Outcome,
    PendingReceipt,
    PortalLimits,
    PortalUnavailable,
    PushOrder,
    PushResult,
    Sighting,
)
from services.sync.portals.http import PortalHttp
from services.sync.portals.market_supervision import mapping
from services.sync.portals.market_supervision.limits import LIMITS
from services.sync.portals.market_supervision.signing import Signer
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PublicFace
from services.sync.portals.refusals import split_sendable, uncertain
from shared.clock import Clock, legal_date
from shared.contracts.records import Record
from shared.ids import new_id
from shared.outbound.client import Answer, Uncertain
from shared.vocabulary import Portal


class MarketSupervision:
    """The adapter to the market-supervision publicity system."""

    portal = Portal.MARKET_SUPERVISION
    limits: PortalLimits = LIMITS
    kinds = frozenset(mapping.COLUMNS)

    def __init__(self, options: PortalOptions, clock: Clock) -> None:
        self._clock = clock
        self._signer = Signer(options.app_id, options.secret)
        self._http = PortalHttp(options, connections=LIMITS.requests_at_once + LIMITS.looks_at_once)
        self._face = PublicFace(self._http, mapping.read_entry)
        self._slots = asyncio.Semaphore(LIMITS.requests_at_once)

    async def open(self) -> None:
        """Connections are made when they are first needed."""

    async def close(self) -> None:
        await self._http.close()

    def portal_key(self, record: Record) -> str:
        return mapping.portal_key(record)

    def shown(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return mapping.shown(record, closes_on)

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        """The enterprises of the orders side by side. Unavailable only when no enterprise got through."""
        sendable, results = split_sendable(orders, self.kinds)
        enterprises: dict[str, list[PushOrder]] = defaultdict(list)
        for order in sendable:
            enterprises[order.record.subject.uscc or ""].append(order)
        answers = await asyncio.gather(*(self._push_enterprise(uscc, of) for uscc, of in enterprises.items()))
        turned_away = [answer for answer in answers if isinstance(answer, PortalUnavailable)]
        if turned_away and len(turned_away) == len(answers):
            raise turned_away[0]
        for of_enterprise, answer in zip(enterprises.values(), answers, strict=True):
            results += uncertain(of_enterprise, str(answer)) if isinstance(answer, PortalUnavailable) else answer
        return results

    async def collect_receipts(self, pending: Sequence[PendingReceipt]) -> Sequence[PushResult]:
        """This portal answers at once and owes nothing."""
        return []

    async def look(self, record: Record) -> Sighting:
        return await self._face.look(
            self.portal_key(record), search_for=record.document_number, decided_on=record.decided_on.isoformat()
        )

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        return self._face.listing("/enterprises")

    async def _push_enterprise(self, uscc: str, orders: Sequence[PushOrder]) -> list[PushResult] | PortalUnavailable:
        path = f"/api/enterprises/{uscc}/records"
        today = legal_date(self._clock.now())
        body = json.dumps(mapping.enterprise_body(orders, today), ensure_ascii=False).encode()
        async with self._slots:
            timestamp = int(self._clock.now().timestamp() * 1000)
            headers = self._signer.headers("POST", path, body, timestamp=timestamp, nonce=new_id())
            try:
                answer = await self._http.post(path, body, headers)
            except PortalUnavailable as error:
                return error
            except Uncertain as error:
                return uncertain(orders, str(error))
        return _results(orders, answer)


def _results(orders: Sequence[PushOrder], answer: Answer) -> list[PushResult]:
    """One result each. An order that the portal passes over in silence is uncertain."""
    body = _body(answer)
    if answer.status in (400, 413, 422):
        return [_refused(order, body) for order in orders]
    results = body.get("results") if answer.status == 200 else None
    if not isinstance(results, list):
        return uncertain(orders, f"the portal answered {answer.status} in a form that is not known")
    answers = {result.get("serialNo"): result for result in results if isinstance(result, dict)}
    return [_result(order, answers.get(order.idempotency_key)) for order in orders]


def _result(order: PushOrder, answer: Mapping[str, Any] | None) -> PushResult:
    if answer is None:
        return uncertain([order], "the portal did not answer for this record")[0]
    if answer.get("result") == "ACCEPTED":
        return PushResult(order.record_id, order.generation, Outcome.TAKEN)
    return _refused(order, answer)


def _refused(order: PushOrder, answer: Mapping[str, Any]) -> PushResult:
    code, message = str(answer.get("errCode") or "UNSPECIFIED"), str(answer.get("errMsg") or "")
    return PushResult(order.record_id, order.generation, Outcome.REFUSED, code=code, message=message)


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

"""Market supervision (市场监管公示系统): one signed request for each enterprise, answered at once, record by record.

A repair is answered by stages: the bureau files a form, and days later the portal says what became of it.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
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
    Sighting,
)
from services.sync.portals.contract import Contract, departures_of_answer, places
from services.sync.portals.http import PortalHttp
from services.sync.portals.market_supervision import mapping
from services.sync.portals.market_supervision.limits import FORMS_A_QUERY, LIMITS
from services.sync.portals.market_supervision.signing import Signer
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PublicFace, sought
from services.sync.portals.refusals import split_sendable, uncertain
from services.sync.portals.shared_pages import looking_together
from shared.clock import Clock, legal_date
from shared.contracts.records import Record
from shared.ids import new_id
from shared.outbound.client import Answer, Uncertain
from shared.vocabulary import Portal

_FORMS_PATH = "/api/repair-forms/query"
_REFUSED_AS_ONE = frozenset({400, 413, 422})


class MarketSupervision:
    """The adapter to the market-supervision publicity system."""

    portal = Portal.MARKET_SUPERVISION
    kinds = frozenset(mapping.COLUMNS)

    def __init__(self, options: PortalOptions, clock: Clock) -> None:
        self.limits: PortalLimits = options.limits(LIMITS)
        self._clock = clock
        self._signer = Signer(options.app_id, options.secret)
        self._http = PortalHttp(options, connections=LIMITS.requests_at_once + LIMITS.looks_at_once)
        self._face = PublicFace(self._http, mapping.read_entry)
        self._contract = Contract(self._http, mapping.columns_of)
        self._slots = asyncio.Semaphore(LIMITS.requests_at_once)

    async def open(self) -> None:
        """Connections are made when they are first needed."""

    async def close(self) -> None:
        await self._http.close()

    def portal_key(self, record: Record) -> str:
        return mapping.portal_key(record)

    def shown(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return mapping.shown(record, closes_on)

    def request_of(self, record: Record) -> str:
        """A request is about one enterprise."""
        return record.subject.uscc or ""

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
        """What became of the forms. One that the portal has forgotten leaves us in doubt."""
        numbers = sorted({receipt.receipt for receipt in pending})
        forms: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(numbers), FORMS_A_QUERY):
            forms |= await self._forms(numbers[start : start + FORMS_A_QUERY])
        results = (_form_result(receipt, forms.get(receipt.receipt)) for receipt in pending)
        return [result for result in results if result is not None]

    async def look(self, record: Record) -> Sighting:
        return await self._face.look(sought(self.portal_key(record), record))

    def look_together(self, records: Sequence[Record]) -> Look:
        return looking_together(self._face, self.portal_key, records)

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        return self._face.listing("/enterprises")

    def pages(self, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        return self._face.pages("/enterprises", after)

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        found = await self._contract.probe(places(self.portal_key, known), "/enterprises")
        answer = await self._post(_FORMS_PATH, json.dumps({"forms": []}).encode())
        return [*found, *departures_of_answer("the list of forms", answer, "forms", "unknown")]

    async def _forms(self, numbers: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """By number. An unreadable answer is no answer: the question is repeated later."""
        try:
            answer = await self._post(_FORMS_PATH, json.dumps({"forms": list(numbers)}).encode())
        except Uncertain as error:
            raise PortalUnavailable(str(error)) from error
        body = _body(answer)
        forms, unknown = body.get("forms"), body.get("unknown")
        if answer.status != 200 or not isinstance(forms, list) or not isinstance(unknown, list):
            raise PortalUnavailable(f"the portal answered {answer.status} to the question for forms")
        found: dict[str, Mapping[str, Any]] = {
            str(form.get("formNo")): form for form in forms if isinstance(form, dict)
        }
        return found | {str(number): {"status": "unknown"} for number in unknown}

    async def _post(self, path: str, body: bytes) -> Answer:
        async with self._slots:
            timestamp = int(self._clock.now().timestamp() * 1000)
            headers = self._signer.headers("POST", path, body, timestamp=timestamp, nonce=new_id())
            return await self._http.post(path, body, headers)

    async def _push_enterprise(self, uscc: str, orders: Sequence[PushOrder]) -> list[PushResult] | PortalUnavailable:
        path = f"/api/enterprises/{uscc}/records"
        today = legal_date(self._clock.now())
        body = json.dumps(mapping.enterprise_body(orders, today), ensure_ascii=False).encode()
        try:
            answer = await self._post(path, body)
        except PortalUnavailable as error:
            return error
        except Uncertain as error:
            return uncertain(orders, str(error))
        if answer.status in _REFUSED_AS_ONE and len(orders) > 1:
            return await self._push_halves(uscc, orders)
        return _results(orders, answer)

    async def _push_halves(self, uscc: str, orders: Sequence[PushOrder]) -> list[PushResult] | PortalUnavailable:
        """A refusal of all says nothing of each: halved until the order at fault stands alone."""
        middle = len(orders) // 2
        results: list[PushResult] = []
        for half in (orders[:middle], orders[middle:]):
            answer = await self._push_enterprise(uscc, half)
            if isinstance(answer, PortalUnavailable):
                if not results:
                    return answer
                answer = uncertain(half, str(answer))
            results += answer
        return results


def create(options: PortalOptions, clock: Clock) -> MarketSupervision:
    """The adapter, as the registry makes it."""
    return MarketSupervision(options, clock)


def _results(orders: Sequence[PushOrder], answer: Answer) -> list[PushResult]:
    """One result each. An order that the portal passes over in silence is uncertain."""
    body = _body(answer)
    if answer.status in _REFUSED_AS_ONE:
        return [_refused(order, body) for order in orders]
    results = body.get("results") if answer.status == 200 else None
    if not isinstance(results, list):
        return uncertain(orders, f"the portal answered {answer.status} in a form that is not known")
    answers = {str(result.get("serialNo")): result for result in results if isinstance(result, dict)}
    return [_result(order, answers.get(order.idempotency_key)) for order in orders]


def _result(order: PushOrder, answer: Mapping[str, Any] | None) -> PushResult:
    if answer is None:
        return uncertain([order], "the portal did not answer for this record")[0]
    if answer.get("result") == "ACCEPTED":
        return PushResult(order.record_id, order.generation, Outcome.TAKEN)
    if answer.get("result") == "PROCESSING" and answer.get("formNo"):
        return PushResult(order.record_id, order.generation, Outcome.PENDING, receipt=str(answer["formNo"]))
    return _refused(order, answer)


def _form_result(receipt: PendingReceipt, form: Mapping[str, Any] | None) -> PushResult | None:
    """None for a form that the answer passes over."""
    if form is None:
        return None
    named = (receipt.record_id, receipt.generation)
    status = form.get("status")
    if status == "已执行":
        return PushResult(*named, Outcome.TAKEN)
    if status == "已退回":
        code, message = str(form.get("errCode") or "UNSPECIFIED"), str(form.get("errMsg") or "")
        return PushResult(*named, Outcome.REFUSED, code=code, message=message)
    if reached := mapping.progress(form):
        return PushResult(*named, Outcome.PENDING, receipt=receipt.receipt, code=reached.stage, progress=reached)
    return PushResult(*named, Outcome.UNCERTAIN, message=f"the portal says of the form: {status}")


def _refused(order: PushOrder, answer: Mapping[str, Any]) -> PushResult:
    code, message = str(answer.get("errCode") or "UNSPECIFIED"), str(answer.get("errMsg") or "")
    return PushResult(order.record_id, order.generation, Outcome.REFUSED, code=code, message=message)


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

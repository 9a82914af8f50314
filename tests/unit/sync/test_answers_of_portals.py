"""What adapters make of answers that are malformed in part, or that refuse several orders as one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from services.sync.domain.stages import Progress, Stage
from services.sync.filings import judge
from services.sync.portals.base import Outcome, PendingReceipt, PushOrder, PushResult, RequestRefused
from services.sync.portals.credit_china.adapter import CreditChina
from services.sync.portals.market_supervision.adapter import MarketSupervision
from services.sync.portals.options import PortalOptions
from shared.calendars.book import packaged_calendar
from shared.clock import FrozenClock
from tests.conformance.portal_rig import CLOSES_ON, penalty

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ORDERS = [PushOrder(f"{n:032x}", 1, False, penalty(1), CLOSES_ON) for n in range(1, 5)]
AT_FAULT = ORDERS[2]


def portal(path: str, answer: Any) -> PortalOptions:
    """A portal with one address, answered by a function of the body."""
    app = FastAPI()

    @app.post(path)
    async def ask(request: Request) -> JSONResponse:
        status, body = answer(await request.body())
        return JSONResponse(body, status)

    return PortalOptions("http://portal.test", token="t", secret="s", app=app)


async def test_one_malformed_result_does_not_take_the_other_receipts_along() -> None:
    results = [{"status": "入库"}, "garbage", {"serial": ["x"], "status": 1}, {"serial": "a-1", "status": "入库"}]
    results.append({"serial": "b-1", "status": None})
    adapter = CreditChina(portal("/api/v1/receipts", lambda _: (200, {"results": results, "unknown": [["odd"]]})))
    found = await adapter.collect_receipts([PendingReceipt(name, 1, "B1") for name in ("a", "b", "c")])
    await adapter.close()
    assert [(one.record_id, one.outcome) for one in found] == [("a", Outcome.TAKEN), ("b", Outcome.UNCERTAIN)]


def test_a_form_whose_day_makes_no_sense_leaves_only_its_own_order_in_doubt() -> None:
    told = [
        PushResult(name, 1, Outcome.PENDING, receipt="F1", progress=Progress(Stage.FILED, since))
        for name, since in (("a", date(2026, 3, 2)), ("b", date.max))
    ]
    judged, unreadable = judge(told, packaged_calendar())
    assert [one.result.record_id for one in judged] == ["a"]
    assert [(one.record_id, one.outcome) for one in unreadable] == [("b", Outcome.UNCERTAIN)]


async def test_a_batch_that_is_refused_as_one_refuses_no_order_before_it_stands_alone() -> None:
    refusal: Mapping[str, str] = {"code": "BAD", "message": "a row is wrong"}
    adapter = CreditChina(portal("/api/v1/batches", lambda _: (400, refusal)))
    with pytest.raises(RequestRefused):
        await adapter.push(ORDERS)
    (alone,) = await adapter.push([AT_FAULT])
    await adapter.close()
    assert (alone.outcome, alone.code) == (Outcome.REFUSED, "BAD")


async def test_an_enterprise_whose_records_are_refused_as_one_is_halved_until_the_fault_stands_alone() -> None:
    def answer(body: bytes) -> tuple[int, Any]:
        serials = [order.idempotency_key for order in ORDERS if order.idempotency_key.encode() in body]
        if AT_FAULT.idempotency_key in serials:
            return 422, {"errCode": "BAD", "errMsg": "a record is wrong"}
        return 200, {"results": [{"serialNo": serial, "result": "ACCEPTED"} for serial in serials]}

    adapter = MarketSupervision(portal("/api/enterprises/{uscc}/records", answer), FrozenClock(NOW))
    results = await adapter.push(ORDERS)
    await adapter.close()
    outcomes = {one.record_id: one.outcome for one in results}
    assert outcomes == {order.record_id: Outcome.REFUSED if order is AT_FAULT else Outcome.TAKEN for order in ORDERS}


async def test_an_unknown_status_in_a_receipt_is_no_refusal() -> None:
    results = [{"serial": "a-1", "status": "处理中"}, {"serial": "b-1", "status": "退回", "code": "E1"}]
    adapter = CreditChina(portal("/api/v1/receipts", lambda _: (200, {"results": results, "unknown": []})))
    found = await adapter.collect_receipts([PendingReceipt(name, 1, "B1") for name in ("a", "b")])
    await adapter.close()
    assert [one.outcome for one in found] == [Outcome.UNCERTAIN, Outcome.REFUSED]

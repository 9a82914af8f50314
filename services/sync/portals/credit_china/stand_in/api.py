"""The interface of the stand-in: batches of up to 500 rows, a batch number at once, the results a little later."""

import hmac
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.sync.mock_portals.common.app import Parts
from services.sync.mock_portals.common.dual_disclosure import key_of, reason_to_refuse
from services.sync.mock_portals.common.faults import FaultName
from services.sync.mock_portals.common.orders import Answer, Order
from services.sync.mock_portals.common.rate import RateLimit
from services.sync.mock_portals.common.receipts import Receipts
from services.sync.portals.credit_china.stand_in.digests import Digests
from shared.ids import new_id

_ROWS_A_BATCH = 500
_BYTES_A_BATCH = 16 * 1024 * 1024


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    template: Literal["CF", "XK"]
    action: Literal["上报", "撤下"]
    version: int = Field(ge=1, le=2**31)
    serial: str = Field(min_length=1, max_length=160)
    data: dict[str, str]


class Batch(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: list[Row] = Field(min_length=1)


class ReceiptQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")
    batches: list[str] = Field(max_length=50)


class CreditChinaApi:
    """Takes batches and answers for them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._receipts = Receipts(parts.store.database)
        self._rate = RateLimit(parts.options.requests_a_second, parts.options.burst)

    async def open(self) -> None:
        await self._receipts.forget_old(self._parts.options.clock.now())

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/api/v1", dependencies=[Depends(self._admit)])
        router.add_api_route("/batches", self.take, methods=["POST"], response_model=None)
        router.add_api_route("/receipts", self.answer, methods=["POST"], response_model=None)
        router.include_router(Digests(self._parts).router())
        return router

    async def take(self, request: Request) -> JSONResponse:
        body = await request.body()
        if len(body) > _BYTES_A_BATCH:
            return _refusal(413, "TOO_LARGE", f"单批不得超过 {_BYTES_A_BATCH} 字节")
        try:
            batch = Batch.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            return _refusal(400, "FORMAT", f"{place}: {first['msg']}")
        if len(batch.rows) > _ROWS_A_BATCH:
            return _refusal(413, "TOO_MANY", f"单批不得超过 {_ROWS_A_BATCH} 条")
        number = new_id()
        await self._receipts.owe(number, await self._apply(batch.rows), self._due_at())
        return JSONResponse({"batch": number, "rows": len(batch.rows)}, 202)

    async def answer(self, question: ReceiptQuestion) -> Mapping[str, Any]:
        answers, unknown = await self._receipts.due(question.batches, self._parts.options.clock.now())
        return {"results": [_result(answer) for answer in answers], "unknown": unknown}

    async def _apply(self, rows: list[Row]) -> list[Answer]:
        """Rows against the template are refused, the others go to the store; the answers keep the rows' sequence."""
        refused: dict[int, Answer] = {}
        orders: list[Order] = []
        for position, row in enumerate(rows):
            reason = reason_to_refuse(self._parts.store.layouts[row.template], row.data)
            if reason:
                refused[position] = Answer(row.serial, *reason)
            else:
                orders.append(_order(row))
        taken = iter(await self._parts.store.apply(orders))
        return [refused[position] if position in refused else next(taken) for position in range(len(rows))]

    def _due_at(self) -> Any:
        late = self._parts.faults.take(FaultName.LATE_RECEIPT)
        seconds = self._parts.options.receipt_seconds + (late.seconds if late else 0)
        return self._parts.options.clock.now() + timedelta(seconds=seconds)

    async def _admit(self, authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self._parts.options.token}".encode()):
            raise HTTPException(401, "令牌无效")
        wait = self._rate.wait()
        if wait:
            raise HTTPException(429, "请求过于频繁", headers={"retry-after": str(math.ceil(wait))})


def _order(row: Row) -> Order:
    return Order(
        portal_key=key_of(row.template, row.template, row.data),
        kind=row.template,
        generation=row.version,
        idempotency_key=row.serial,
        take_down=row.action == "撤下",
        fields=row.data,
    )


def _result(answer: Answer) -> dict[str, str | None]:
    status = "入库" if answer.taken else "退回"
    return {"serial": answer.idempotency_key, "status": status, "code": answer.code, "message": answer.message}


def _refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status)

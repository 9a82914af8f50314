"""The interface of the stand-in: one signed request for an enterprise and its records, answered record by record.

A removal for a repair is only filed: what became of the form is asked for later.
"""

import asyncio
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.sync.mock_portals.common.app import Parts
from services.sync.mock_portals.common.faults import FaultName
from services.sync.mock_portals.common.orders import Answer, Order
from services.sync.portals.market_supervision.stand_in.forms import PROCESSING, Forms
from services.sync.portals.market_supervision.stand_in.layouts import key_of
from services.sync.portals.market_supervision.stand_in.signatures import SignatureCheck

_BYTES_A_REQUEST = 4 * 1024 * 1024


class RepairForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    formNo: str = Field(min_length=1, max_length=160)  # noqa: N815
    filedBy: str = Field(min_length=1, max_length=200)  # noqa: N815
    filedOn: date  # noqa: N815


class EnterpriseRecord(BaseModel):
    model_config = ConfigDict(extra="forbid")
    serialNo: str = Field(min_length=1, max_length=160)  # noqa: N815 - the portal's own names
    version: int = Field(ge=1, le=2**31)
    operation: Literal["PUBLISH", "REMOVE"]
    infoType: Literal["pen", "lic"]  # noqa: N815
    info: dict[str, str]
    removeReason: Literal["EXPIRED", "REPAIR", "WITHDRAWN", "NOT_PUBLIC", "SUBJECT_GONE"] | None = None  # noqa: N815
    repairForm: RepairForm | None = None  # noqa: N815


class FormQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")
    forms: list[str] = Field(max_length=200)


class Enterprise(BaseModel):
    model_config = ConfigDict(extra="forbid")
    entName: str = Field(min_length=1, max_length=200)  # noqa: N815
    records: list[EnterpriseRecord] = Field(min_length=1, max_length=200)


class MarketSupervisionApi:
    """Takes the records of one enterprise at a time."""

    def __init__(self, parts: Parts, forms: Forms) -> None:
        self._parts = parts
        self._forms = forms
        self._check = SignatureCheck(parts.options.secret, parts.options.clock)

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/api")
        router.add_api_route("/enterprises/{uscc}/records", self.take, methods=["POST"], response_model=None)
        router.add_api_route("/repair-forms/query", self.tell, methods=["POST"], response_model=None)
        return router

    async def tell(self, request: Request) -> JSONResponse:
        """Where these forms are now."""
        body = await request.body()
        reason = self._check.reason_to_refuse(request, body)
        if reason:
            return _refusal(401, *reason)
        try:
            question = FormQuestion.model_validate_json(body)
        except ValidationError:
            return _refusal(400, "FORMAT", "forms")
        return JSONResponse(await self._forms.tell(question.forms))

    async def take(self, request: Request, uscc: Annotated[str, Path(pattern="^[0-9A-Z]{18}$")]) -> JSONResponse:
        body = await request.body()
        reason = self._check.reason_to_refuse(request, body)
        if reason:
            return _refusal(401, *reason)
        if len(body) > _BYTES_A_REQUEST:
            return _refusal(413, "TOO_LARGE", f"单次不得超过 {_BYTES_A_REQUEST} 字节")
        try:
            enterprise = Enterprise.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            return _refusal(400, "FORMAT", f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
        answers = await self._apply(uscc, enterprise)
        late = self._parts.faults.take(FaultName.LATE_RECEIPT)
        if late:
            await asyncio.sleep(late.seconds)
        return JSONResponse({"results": [_result(answer) for answer in answers]})

    async def _apply(self, uscc: str, enterprise: Enterprise) -> list[Answer]:
        refused: list[Answer] = []
        filed: list[Answer] = []
        orders: list[Order] = []
        for record in enterprise.records:
            values = {"uniscId": uscc, "entName": enterprise.entName, **record.info}
            reason = self._parts.store.layouts[record.infoType].faults_of(values)
            if record.removeReason == "REPAIR" and record.repairForm is None:
                reason = ("FORM_MISSING", "信用修复移出须提交修复申请表")
            if reason:
                refused.append(Answer(record.serialNo, *reason))
            elif record.repairForm is not None:
                number = record.repairForm.formNo
                filed.append(await self._forms.file(number, _order(record, values)))
            else:
                orders.append(_order(record, values))
        return [*refused, *filed, *await self._parts.store.apply(orders)]


def _order(record: EnterpriseRecord, values: dict[str, str]) -> Order:
    return Order(
        portal_key=key_of(record.infoType, values),
        kind=record.infoType,
        generation=record.version,
        idempotency_key=record.serialNo,
        take_down=record.operation == "REMOVE",
        fields=values,
    )


def _result(answer: Answer) -> dict[str, Any]:
    if answer.code == PROCESSING:
        return {"serialNo": answer.idempotency_key, "result": PROCESSING, "formNo": answer.message}
    if answer.taken:
        return {"serialNo": answer.idempotency_key, "result": "ACCEPTED"}
    return {
        "serialNo": answer.idempotency_key,
        "result": "REJECTED",
        "errCode": answer.code,
        "errMsg": answer.message,
    }


def _refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"errCode": code, "errMsg": message}, status)

"""A stand-in for the county's page, on the common store and pages."""

import hmac
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from services.sync.mock_portals.common.app import Parts, assemble, new_parts
from services.sync.mock_portals.common.dual_disclosure import key_of, layouts, reason_to_refuse
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.layout import amount_in_wan
from services.sync.mock_portals.common.options import MockOptions
from services.sync.mock_portals.common.orders import Answer, Order
from shared.vocabulary import Portal

COUNTY = cast(Portal, "county_page")


class Row(BaseModel):
    template: Literal["CF", "XK"]
    hide: bool
    version: int
    serial: str
    data: dict[str, str]


class Orders(BaseModel):
    orders: list[Row] = Field(max_length=200)


def create_mock(options: MockOptions) -> FastAPI:
    face = Face("县级公示（模拟）", "行政许可和行政处罚", "#5b4b8a", layouts(amount=amount_in_wan, day=str))
    parts = new_parts(COUNTY, options, face)
    return assemble(parts, api=_router(parts))


def _router(parts: Parts) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.post("/orders")
    async def take(wanted: Orders, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        if not hmac.compare_digest(authorization, f"Bearer {parts.options.token}"):
            raise HTTPException(401, "令牌无效")
        answers: list[Answer] = []
        orders: list[Order] = []
        for row in wanted.orders:
            reason = reason_to_refuse(parts.store.layouts[row.template], row.data)
            if reason:
                answers.append(Answer(row.serial, *reason))
                continue
            key = key_of(f"county-{row.template}-", row.template, row.data)
            orders.append(Order(key, row.template, row.version, row.serial, row.hide, row.data))
        if orders:
            answers += await parts.store.apply(orders)
        told = [{"serial": one.idempotency_key, "code": one.code, "message": one.message} for one in answers]
        return {"answers": told}

    return router

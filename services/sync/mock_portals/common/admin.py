"""What a tester may do behind the portal's back: switch faults, make it misbehave, see what it holds."""

import hmac
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from services.sync.mock_portals.common.faults import Fault, Faults
from services.sync.mock_portals.common.orders import Held, defaced
from services.sync.mock_portals.common.store import RecordStore
from services.sync.mock_portals.common.tables import held, listed


class FaultList(BaseModel):
    model_config = ConfigDict(extra="forbid")
    faults: list[Fault] = Field(max_length=20)


class Misdeed(StrEnum):
    RESURRECT = "resurrect"
    LOSE = "lose"
    ALTER = "alter"


class Misbehaviour(BaseModel):
    """`keys`, or the first `count` records to which the misdeed can be done."""

    model_config = ConfigDict(extra="forbid")
    action: Misdeed
    keys: list[str] = Field(default=[], max_length=10_000)
    count: int = Field(default=0, ge=0, le=10_000)
    field: str | None = None
    value: str | None = None


class HeldView(BaseModel):
    """One record as it is held, its generation fence, and how often the lists show it."""

    key: str
    kind: str
    generation: int
    visible: bool
    effects: int
    listed: int
    fields: dict[str, str]


class Inventory(BaseModel):
    """How many records are held and shown, and the keys of the first of them."""

    held: int
    visible: int
    keys: list[str]


def admin_router(
    store: RecordStore, faults: Faults, admin_token: str, on_faults: Callable[[], Awaitable[None]] | None
) -> APIRouter:
    """`on_faults` runs after every change of the faults, before the tester is answered."""

    async def allowed(authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {admin_token}".encode()):
            raise HTTPException(401, "admin token required")

    router = APIRouter(prefix="/admin", dependencies=[Depends(allowed)])

    @router.get("/faults")
    async def present() -> FaultList:
        return FaultList(faults=faults.present())

    @router.put("/faults")
    async def replace(wanted: FaultList) -> FaultList:
        faults.replace(wanted.faults)
        if on_faults:
            await on_faults()
        return FaultList(faults=faults.present())

    @router.post("/misbehave")
    async def misbehave(wanted: Misbehaviour) -> list[str]:
        return await _misbehave(store, wanted)

    @router.get("/records")
    async def record(key: str) -> HeldView:
        return await _view(store, key)

    @router.get("/inventory")
    async def inventory(limit: Annotated[int, Query(ge=0, le=10_000)] = 100, visible: bool = True) -> Inventory:
        return await _inventory(store, limit, visible=visible)

    return router


async def _misbehave(store: RecordStore, wanted: Misbehaviour) -> list[str]:
    """At once and in the store; the keys that were hit."""
    must_be_visible = wanted.action is not Misdeed.RESURRECT
    choice = select(held).where(held.c.visible == must_be_visible).order_by(held.c.portal_key)
    choice = choice.where(held.c.portal_key.in_(wanted.keys)) if wanted.keys else choice.limit(wanted.count)
    async with store.database.reading() as connection:
        keys = list(await connection.scalars(choice.with_only_columns(held.c.portal_key)))
    changed: dict[str, Held] = {}
    for key, value in (await store.held_many(keys)).items():
        changed[key] = value.shown_again() if wanted.action is Misdeed.RESURRECT else value
        if wanted.action is Misdeed.LOSE:
            changed[key] = value.hidden()
        elif wanted.action is Misdeed.ALTER:
            changed[key] = defaced(value, wanted.field or store.layouts[value.kind].subject_name, wanted.value)
    await store.overwrite(changed)
    return sorted(changed)


async def _view(store: RecordStore, key: str) -> HeldView:
    value = await store.held(key)
    if value is None:
        raise HTTPException(404, "no such record")
    async with store.database.reading() as connection:
        copies = await connection.scalar(select(func.count()).select_from(listed).where(listed.c.portal_key == key))
    return HeldView(
        key=key,
        kind=value.kind,
        generation=value.generation,
        visible=value.visible,
        effects=value.effects,
        listed=copies or 0,
        fields=dict(value.fields),
    )


async def _inventory(store: RecordStore, limit: int, *, visible: bool) -> Inventory:
    shown = held.c.visible == visible
    async with store.database.reading() as connection:
        total = await connection.scalar(select(func.count()).select_from(held))
        seen = await connection.scalar(select(func.count()).select_from(held).where(held.c.visible))
        keys = await connection.scalars(select(held.c.portal_key).where(shown).order_by(held.c.portal_key).limit(limit))
        return Inventory(held=total or 0, visible=seen or 0, keys=list(keys))

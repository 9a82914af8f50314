"""Repair forms (信用修复申请表): filed by the bureau, accepted, decided and executed days later.

The stages follow the portal's clock, in working days; only the execution touches what is shown.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Integer, MetaData, Row, String, Table, Text, insert, select, update

from services.sync.mock_portals.common.app import Parts
from services.sync.mock_portals.common.orders import Answer, Order
from shared.calendars.book import packaged_calendar
from shared.clock import legal_date, start_of_legal_day
from shared.database.types import Instant

PROCESSING = "PROCESSING"
_OFFICE_OPENS = timedelta(hours=9)

metadata = MetaData()

form = Table(
    "form",
    metadata,
    Column("number", String(160), primary_key=True),
    Column("portal_key", String(64), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("fields", Text, nullable=False),
    Column("filed_at", Instant, nullable=False),
    Column("accept_at", Instant, nullable=False),
    Column("decide_at", Instant, nullable=False),
    Column("execute_at", Instant, nullable=False, index=True),
    Column("executed", Boolean, nullable=False),
    Column("code", String(40), nullable=True),
    Column("message", Text, nullable=True),
)


class Forms:
    """The forms of one portal. A number that is filed twice is one form."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.store.database
        self._clock = parts.options.clock
        self._calendar = packaged_calendar()

    async def open(self) -> None:
        async with self._database.writing() as connection:
            await connection.run_sync(metadata.create_all)

    async def file(self, number: str, order: Order) -> Answer:
        """Take a form in. An order that is older than what is held is refused at once."""
        held = await self._parts.store.held(order.portal_key)
        known = await self._known([number])
        if not known and held is not None and order.generation <= held.generation:
            return Answer(order.idempotency_key, "STALE_VERSION", f"版本 {order.generation} 不高于已接收的版本")
        if not known:
            filed_at = self._clock.now()
            accept_at, decide_at, execute_at = self._stages(filed_at)
            row = {
                "number": number,
                "portal_key": order.portal_key,
                "kind": order.kind,
                "generation": order.generation,
                "fields": json.dumps(order.fields, ensure_ascii=False),
                "filed_at": filed_at,
                "accept_at": accept_at,
                "decide_at": decide_at,
                "execute_at": execute_at,
                "executed": False,
            }
            async with self._database.writing() as connection:
                await connection.execute(insert(form), [row])
        return Answer(order.idempotency_key, PROCESSING, number)

    async def round(self) -> int:
        """Execute the forms whose time has come; returns how many."""
        due = select(form).where(form.c.executed.is_(False), form.c.execute_at <= self._clock.now()).limit(500)
        async with self._database.reading() as connection:
            rows = (await connection.execute(due)).all()
        for row in rows:
            [answer] = await self._parts.store.apply([_order(row)])
            done = update(form).where(form.c.number == row.number)
            async with self._database.writing() as connection:
                await connection.execute(done.values(executed=True, code=answer.code, message=answer.message))
        return len(rows)

    async def tell(self, numbers: Sequence[str]) -> dict[str, Any]:
        await self.round()
        rows = await self._known(numbers)
        found = {row.number for row in rows}
        return {
            "forms": [self._state(row) for row in rows],
            "unknown": [number for number in numbers if number not in found],
        }

    async def _known(self, numbers: Sequence[str]) -> Sequence[Row[Any]]:
        async with self._database.reading() as connection:
            return (await connection.execute(select(form).where(form.c.number.in_(numbers)))).all()

    def _state(self, row: Row[Any]) -> dict[str, str | None]:
        now = self._clock.now()
        reached = [("待受理", row.filed_at), ("已受理", row.accept_at), ("已准予", row.decide_at)]
        status, since = next((one for one in reversed(reached) if one[1] <= now), reached[0])
        if row.executed:
            status, since = ("已退回" if row.code else "已执行"), row.execute_at
        return {
            "formNo": row.number,
            "status": status,
            "since": legal_date(since).isoformat(),
            "errCode": row.code,
            "errMsg": row.message,
        }

    def _stages(self, filed_at: datetime) -> list[datetime]:
        """The instants of acceptance, decision and execution. A stage of no days follows at once."""
        reached: list[datetime] = []
        at = filed_at
        for days in self._parts.options.form_days:
            if days:
                last = self._calendar.add_working_days(legal_date(at), days).day
                at = start_of_legal_day(last) + _OFFICE_OPENS
            reached.append(at)
        return reached


def _order(row: Row[Any]) -> Order:
    return Order(
        portal_key=row.portal_key,
        kind=row.kind,
        generation=row.generation,
        idempotency_key=row.number,
        take_down=True,
        fields=json.loads(row.fields),
    )

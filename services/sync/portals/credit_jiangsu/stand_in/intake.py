"""Empties the exchange tables in rounds, and lays the feedback out.

A round may be cut off anywhere: a row is deleted only after it was taken, and taking it twice changes nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Row, Table, bindparam, delete, select, text

from services.sync.mock_portals.common.app import Parts
from services.sync.mock_portals.common.dual_disclosure import key_of, reason_to_refuse
from services.sync.mock_portals.common.faults import FaultName
from services.sync.mock_portals.common.layout import Layout
from services.sync.mock_portals.common.orders import Answer, Order
from services.sync.mock_portals.common.receipts import Receipts
from services.sync.portals.credit_jiangsu.stand_in.exchange_tables import (
    CLOSED,
    OPEN,
    SCHEMA,
    feedback,
    intake_tables,
    metadata,
    state,
)
from shared.database.upsert import upsert
from shared.ids import new_id

_ROWS_A_ROUND = 2000
_FEEDBACK_KEPT = timedelta(days=30)


class Intake:
    """The platform's side of the exchange database."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._exchange = parts.options.database(parts.options.exchange(), SCHEMA)
        self._receipts = Receipts(parts.store.database)
        self._own, self._tables = intake_tables(parts.store.layouts)
        self._state = ""

    async def open(self) -> None:
        async with self._exchange.writing() as connection:
            if self._exchange.dialect == "postgresql":
                await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            await connection.run_sync(metadata.create_all)
            await connection.run_sync(self._own.create_all)
            long_ago = self._parts.options.clock.now() - _FEEDBACK_KEPT
            await connection.execute(delete(feedback).where(feedback.c.fksj < long_ago))
        await self.announce()

    async def close(self) -> None:
        await self._exchange.close()

    async def announce(self) -> None:
        """Say at the door whether rows are wanted now: a database cannot answer 503."""
        wanted = CLOSED if self._parts.faults.active(FaultName.DOWN, "wire") else OPEN
        if wanted != self._state:
            async with self._exchange.writing() as connection:
                put = upsert(self._exchange.dialect, state, keys=["mc"])
                await connection.execute(put, [{"mc": "前置库", "zt": wanted}])
            self._state = wanted

    async def round(self) -> int:
        """One round; returns how many rows it took and answers it laid out.

        While the platform is down it only passes the time; a slow one pauses before it works.
        """
        await self.announce()
        if self._parts.faults.take(FaultName.DOWN, "wire"):
            return 0
        slow = self._parts.faults.take(FaultName.SLOW, "wire")
        if slow:
            await asyncio.sleep(slow.seconds)
        taken = [await self._drain(template, table) for template, table in self._tables.items()]
        return sum(taken) + await self._hand_out()

    async def _drain(self, template: str, table: Table) -> int:
        async with self._exchange.reading() as connection:
            rows = (await connection.execute(select(table).order_by(table.c.bbh).limit(_ROWS_A_ROUND))).all()
        if not rows:
            return 0
        answers = await self._answers(template, rows)
        late = self._parts.faults.take(FaultName.LATE_RECEIPT)
        due_at = self._parts.options.clock.now() + timedelta(seconds=late.seconds if late else 0)
        await self._receipts.owe(new_id(), answers, due_at)
        async with self._exchange.writing() as connection:
            await connection.execute(
                delete(table).where(table.c.ywlsh == bindparam("taken")), [{"taken": row.ywlsh} for row in rows]
            )
        return len(rows)

    async def _answers(self, template: str, rows: Sequence[Row[tuple[object, ...]]]) -> list[Answer]:
        """One for each row, under the row's own number: an order that is sent again gets a new answer."""
        layout = self._parts.store.layouts[template]
        numbers: list[str] = []
        answers: list[Answer] = []
        orders: list[Order] = []
        for row in rows:
            order = _order(template, layout, row)
            reason = reason_to_refuse(layout, order.fields)
            if reason:
                answers.append(Answer(row.ywlsh, *reason))
            else:
                numbers.append(row.ywlsh)
                orders.append(order)
        taken = await self._parts.store.apply(orders)
        numbered = zip(numbers, taken, strict=True)
        return answers + [replace(answer, idempotency_key=number) for number, answer in numbered]

    async def _hand_out(self) -> int:
        now = self._parts.options.clock.now()
        due = await self._receipts.next_due(now, _ROWS_A_ROUND)
        if not due:
            return 0
        rows = {answer.idempotency_key: _feedback(answer) | {"fksj": now} for answer in due.values()}
        async with self._exchange.writing() as connection:
            put = upsert(self._exchange.dialect, feedback, keys=["ywlsh"])
            await connection.execute(put, [rows[key] for key in sorted(rows)])
        await self._receipts.settle(due)
        return len(due)


def _order(template: str, layout: Layout, row: Row[tuple[object, ...]]) -> Order:
    stored = row._mapping
    values = {item.wire: stored[item.wire.lower()] or "" for item in layout.items}
    return Order(
        portal_key=key_of(f"js-{template.lower()}-", template, values),
        kind=template,
        generation=row.bbh,
        idempotency_key=row.bsbs,
        take_down=row.czlx == "D",
        fields=values,
    )


def _feedback(answer: Answer) -> dict[str, object]:
    return {
        "ywlsh": answer.idempotency_key,
        "jg": "成功" if answer.taken else "失败",
        "dm": answer.code,
        "xx": answer.message,
    }

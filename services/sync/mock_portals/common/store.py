"""What a portal holds, kept in its own database so that a restart changes nothing.

Orders that arrive together share one transaction. Detail pages are answered from a bounded copy in memory, which is
written only after the commit.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Row, bindparam, delete, func, select

from services.sync.mock_portals.common.faults import Faults
from services.sync.mock_portals.common.layout import Layout, filing_number
from services.sync.mock_portals.common.orders import Answer, Effect, Held, Order, decide
from services.sync.mock_portals.common.tables import held, listed, metadata
from shared.clock import Clock
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.upsert import insert_for, upsert
from shared.errors import Unavailable

_KEYS_A_QUERY = 500
_COPIES_IN_MEMORY = 50_000

_put_held = upsert("sqlite", held, keys=["portal_key"])
_put_listed = insert_for("sqlite", listed)
_drop_listed = delete(listed).where(listed.c.portal_key == bindparam("gone"))
_held_late = select(held).where(held.c.list_due_at <= bindparam("now"))
_next_list = select(func.min(held.c.list_due_at))
_held_by_keys = select(held).where(held.c.portal_key.in_(bindparam("keys", expanding=True)))


class RecordStore:
    """One portal's records. `layouts` tells by kind which values name, number and date a record."""

    def __init__(self, database: Database, layouts: Mapping[str, Layout], faults: Faults, clock: Clock) -> None:
        self.database = database
        self.layouts = layouts
        self._faults = faults
        self._clock = clock
        self._copies: dict[str, Held] = {}
        self._lock = asyncio.Lock()
        self._waiting: list[tuple[Sequence[Order], asyncio.Future[list[Answer]]]] = []
        self._lists_due = False

    async def open(self) -> None:
        async with self.database.writing() as connection:
            await connection.run_sync(metadata.create_all)
            self._lists_due = await connection.scalar(_next_list) is not None

    async def close(self) -> None:
        await self.database.close()

    async def apply(self, orders: Sequence[Order]) -> list[Answer]:
        """Take, refuse or lose each order, in their sequence; whoever comes first writes for all who wait."""
        answers: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((orders, answers))
        async with self._lock:
            if not answers.done():
                await self._apply_waiting()
        return await answers

    async def held(self, key: str) -> Held | None:
        """What the portal holds under a key, visible or not."""
        copy = self._copies.get(key)
        if copy is not None:
            return copy
        async with self.database.reading() as connection:
            found = await _load(connection, [key])
        self._remember(found)
        return found.get(key)

    async def held_many(self, keys: Sequence[str]) -> dict[str, Held]:
        async with self.database.reading() as connection:
            return await _load(connection, keys)

    async def overwrite(self, changed: Mapping[str, Held]) -> None:
        """Change what is held without any order: misbehaviour, not service."""
        async with self._lock:
            await self._save({key: Effect(value) for key, value in changed.items()})

    async def refresh_lists(self) -> None:
        """Let search and lists catch up with the records whose time has come. Called before they are read."""
        if not self._lists_due:
            return
        async with self._lock, self.database.writing() as connection:
            rows = (await connection.execute(_held_late, {"now": self._clock.now()})).all()
            late = {row.portal_key: _held(row) for row in rows}
            if late:
                await connection.execute(_put_held, [_held_row(key, value, None) for key, value in late.items()])
                await self._mirror(connection, {key: Effect(value) for key, value in late.items()})
            self._lists_due = await connection.scalar(_next_list) is not None

    async def _apply_waiting(self) -> None:
        group, self._waiting = self._waiting, []
        try:
            answers = iter(await self._apply_all([order for orders, _ in group for order in orders]))
        except BaseException as error:
            for _, future in group:
                future.set_exception(Unavailable(f"the portal could not store the orders: {error}"))
            raise
        for orders, future in group:
            future.set_result([next(answers) for _ in orders])

    async def _apply_all(self, orders: Sequence[Order]) -> list[Answer]:
        async with self.database.reading() as connection:
            known = await _load(connection, sorted({order.portal_key for order in orders}))
        effects: dict[str, Effect] = {}
        answers = []
        for order in orders:
            before = effects.get(order.portal_key)
            answer, effect = decide(order, before.held if before else known.get(order.portal_key), self._faults)
            answers.append(answer)
            if effect is not None:
                effects[order.portal_key] = effect
        await self._save(effects)
        return answers

    async def _save(self, effects: Mapping[str, Effect]) -> None:
        if not effects:
            return
        now = self._clock.now()
        at_once = {key: effect for key, effect in effects.items() if not effect.list_lag}
        rows = [
            _held_row(key, effect.held, now + timedelta(seconds=effect.list_lag) if effect.list_lag else None)
            for key, effect in sorted(effects.items())
        ]
        async with self.database.writing() as connection:
            await connection.execute(_put_held, rows)
            await self._mirror(connection, at_once)
        self._lists_due = self._lists_due or len(at_once) < len(effects)
        self._remember({key: effect.held for key, effect in effects.items()})

    async def _mirror(self, connection: AsyncConnection, effects: Mapping[str, Effect]) -> None:
        if not effects:
            return
        await connection.execute(_drop_listed, [{"gone": key} for key in effects])
        shown = [
            {**self._listed_row(key, effect.held), "copy": copy}
            for key, effect in effects.items()
            if effect.held.visible
            for copy in range(effect.copies)
        ]
        if shown:
            await connection.execute(_put_listed, shown)

    def _listed_row(self, key: str, value: Held) -> dict[str, str]:
        layout = self.layouts[value.kind]
        return {
            "portal_key": key,
            "kind": value.kind,
            "uscc": value.fields.get(layout.uscc, ""),
            "subject_name": value.fields.get(layout.subject_name, ""),
            "filing_number": filing_number(value.fields.get(layout.document_number, "")),
            "decided_on": value.fields.get(layout.decided_on, ""),
            "fields": json.dumps(value.fields, ensure_ascii=False),
        }

    def _remember(self, values: Mapping[str, Held]) -> None:
        if len(self._copies) + len(values) > _COPIES_IN_MEMORY:
            self._copies.clear()
        self._copies.update(values)


async def _load(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, Held]:
    found: dict[str, Held] = {}
    for start in range(0, len(keys), _KEYS_A_QUERY):
        rows: Iterable[Row[tuple[object, ...]]] = await connection.execute(
            _held_by_keys, {"keys": keys[start : start + _KEYS_A_QUERY]}
        )
        found.update((row.portal_key, _held(row)) for row in rows)
    return found


def _held(row: Row[tuple[object, ...]]) -> Held:
    return Held(row.kind, row.generation, row.idempotency_key, row.visible, row.effects, json.loads(row.fields))


def _held_row(key: str, value: Held, list_due_at: object) -> dict[str, object]:
    return {
        "portal_key": key,
        "kind": value.kind,
        "generation": value.generation,
        "idempotency_key": value.idempotency_key,
        "visible": value.visible,
        "effects": value.effects,
        "fields": json.dumps(value.fields, ensure_ascii=False),
        "list_due_at": list_due_at,
    }

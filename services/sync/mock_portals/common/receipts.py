"""The receipts that a portal owes, each given out when its time has come."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select

from services.sync.mock_portals.common.orders import Answer
from services.sync.mock_portals.common.tables import receipt
from shared.database.engine import Database

_KEPT = timedelta(days=30)
_WANTED = receipt.c.batch.in_(bindparam("batches", expanding=True))
_DUE = select(receipt).where(_WANTED, receipt.c.due_at <= bindparam("now"))
_KNOWN = select(receipt.c.batch).where(_WANTED).distinct()


class Receipts:
    """Receipts by batch number, kept for thirty days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_old(self, now: datetime) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(receipt).where(receipt.c.due_at < now - _KEPT))

    async def owe(self, batch: str, answers: Sequence[Answer], due_at: datetime) -> None:
        rows = [
            {
                "batch": batch,
                "item": item,
                "idempotency_key": answer.idempotency_key,
                "taken": answer.taken,
                "code": answer.code,
                "message": answer.message,
                "due_at": due_at,
            }
            for item, answer in enumerate(answers)
        ]
        async with self._database.writing() as connection:
            await connection.execute(insert(receipt), rows)

    async def due(self, batches: Sequence[str], now: datetime) -> tuple[list[Answer], list[str]]:
        """The answers of these batches that are due, and the batch numbers that were never given out."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_DUE, {"batches": list(batches), "now": now})
            answers = [Answer(row.idempotency_key, row.code, row.message) for row in rows]
            known = set(await connection.scalars(_KNOWN, {"batches": list(batches)}))
        return answers, sorted(set(batches) - known)

    async def next_due(self, now: datetime, count: int) -> dict[tuple[str, int], Answer]:
        """The oldest answers that are due, for a portal that hands them out by itself."""
        oldest = select(receipt).where(receipt.c.due_at <= now).order_by(receipt.c.due_at).limit(count)
        async with self._database.reading() as connection:
            rows = await connection.execute(oldest)
            return {(row.batch, row.item): Answer(row.idempotency_key, row.code, row.message) for row in rows}

    async def settle(self, given_out: Collection[tuple[str, int]]) -> None:
        """They were handed out and are owed no longer."""
        one = delete(receipt).where(receipt.c.batch == bindparam("of"), receipt.c.item == bindparam("at"))
        async with self._database.writing() as connection:
            await connection.execute(one, [{"of": batch, "at": item} for batch, item in given_out])

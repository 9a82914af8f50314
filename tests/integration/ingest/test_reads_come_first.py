"""Who reads one record is answered while the same process admits a batch; a batch is admitted all the same (P8)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from shared.clock import FrozenClock, governed_by, wall_time
from shared.slices import Slices, T
from shared.web.precedence import Precedence
from tests.support import rows
from tests.support.services import RunningService, running_service


class Watched(Precedence):
    """Gives way as ever; each slice takes a millisecond of this clock and notes how many reads were answered before."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__()
        self.clock = clock
        self.answered = 0
        self.seen: list[int] = []

    async def carry_out(self, slices: Slices[T]) -> T:
        return await super().carry_out(self._noting(slices))

    def _noting(self, slices: Slices[T]) -> Slices[T]:
        while True:
            self.seen.append(self.answered)
            self.clock.advance(timedelta(milliseconds=1))
            try:
                next(slices)
            except StopIteration as done:
                return cast("T", done.value)
            yield


@pytest.fixture
async def roomy(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    token = {"authorities": [rows.AUTHORITY], "scope": "ingest:write ingest:read"}
    async with running_service("ingest", database_url, tmp_path, token) as service:
        yield service


async def test_reads_are_answered_between_the_slices_of_a_batch(ingest: RunningService) -> None:
    first = await ingest.post("/v1/batches", {"kind": "penalty", "rows": [rows.penalty(1)]})
    path = f"/v1/records/{first.json()['verdicts'][0]['record_id']}"
    clock = FrozenClock(wall_time())
    watched = watching(ingest, clock)

    async def reading(batch: asyncio.Task[Any]) -> None:
        while not batch.done():
            assert (await ingest.get(path)).status_code == 200
            watched.answered += 1
            for _ in range(3):  # the next request does not come with the answer
                await asyncio.sleep(0)

    with governed_by(clock):
        async with asyncio.timeout(120), asyncio.TaskGroup() as group:
            sent = {"kind": "penalty", "rows": [rows.penalty(number) for number in range(2, 502)]}
            batch = group.create_task(ingest.post("/v1/batches", sent))
            group.create_task(reading(batch))
    assert batch.result().json()["counts"]["admitted"] == 500
    assert len(watched.seen) == 21
    assert watched.seen[-1] - watched.seen[0] >= 10, "the batch was judged past whoever was reading"


async def test_many_batches_at_once_are_all_admitted_though_reading_never_ends(ingest: RunningService) -> None:
    first = await ingest.post("/v1/batches", {"kind": "penalty", "rows": [rows.penalty(1)]})
    path = f"/v1/records/{first.json()['verdicts'][0]['record_id']}"
    batches = [[rows.penalty(number) for number in range(at, at + 60)] for at in range(2, 302, 60)]

    async def reading() -> None:
        while True:
            assert (await ingest.get(path)).status_code == 200

    readers = [asyncio.create_task(reading()) for _ in range(4)]
    async with asyncio.timeout(120):
        answers = await asyncio.gather(
            *(ingest.post("/v1/batches", {"kind": "penalty", "rows": batch}) for batch in batches)
        )
    assert not any(reader.done() for reader in readers)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    assert [answer.json()["counts"]["admitted"] for answer in answers] == [60] * 5


async def test_a_batch_of_many_slices_and_copies_is_stored_once_and_in_order(roomy: RunningService) -> None:
    batch = [rows.penalty(number) for number in range(1, 1_103)]
    answer = await roomy.post("/v1/batches", {"kind": "penalty", "rows": batch})
    receipt = answer.json()
    assert receipt["counts"]["admitted"] == 1_102
    assert [one["row"] for one in receipt["verdicts"]] == list(range(1, 1_103))
    headers = {**roomy.headers(), "Content-Type": "application/x-ndjson"}
    again = await roomy.client.post("/v1/batches?kind=penalty", content=rows.ndjson(batch), headers=headers)
    assert again.json()["counts"]["unchanged"] == 1_102
    assert [one["record_id"] for one in again.json()["verdicts"]] == [one["record_id"] for one in receipt["verdicts"]]
    assert len(await roomy.told()) == 1_102


def watching(ingest: RunningService, clock: FrozenClock) -> Watched:
    """Both sides know of it: who judges, and the edge that tells who reads."""
    app = ingest.client._transport.app  # type: ignore[attr-defined]
    edge = app.middleware_stack
    while not hasattr(edge, "_precedence"):
        edge = edge.app if hasattr(edge, "app") else edge._app
    watched = edge._precedence = Watched(clock)
    app.state.desk = replace(app.state.desk, precedence=watched)
    return watched

"""A row that is known exactly as it was sent is not judged again, and that changes no answer but its remarks (G02)."""

from typing import Any

import pytest

from services.ingest import tables
from services.ingest.known import fingerprint
from shared.sealing import Sealer
from shared.vocabulary import RecordKind
from tests.support import rows
from tests.support.services import RunningService, statements


async def send(ingest: RunningService, *batch: rows.Row, **claims: Any) -> list[tuple[str, str | None]]:
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": list(batch)}, **claims)
    assert answer.status_code == 201, answer.text
    return [(row["verdict"], row["record_id"]) for row in answer.json()["verdicts"]]


async def test_a_known_row_keeps_its_record_and_writes_none(ingest: RunningService) -> None:
    batch = [rows.penalty(1), rows.person_penalty(2)]
    first = await send(ingest, *batch)
    with statements() as sent:
        again = await send(ingest, *batch)
    assert again == [("unchanged", record_id) for _, record_id in first]
    assert not [text for text in sent if text.startswith(("INSERT INTO record", "UPDATE record", "INSERT INTO outbox"))]


async def test_an_older_writing_after_a_newer_one_in_the_same_batch_is_the_last_word(ingest: RunningService) -> None:
    old, new = rows.penalty(1), rows.penalty(1, CF_NR_FK="8")
    [(_, record_id)] = await send(ingest, old)
    assert await send(ingest, new, old) == [("amended", record_id), ("amended", record_id)]
    [stored] = await ingest.rows(tables.record)
    assert stored.generation == 3
    assert '"fine":"60000.00"' in stored.content


async def test_after_an_amendment_only_the_newest_writing_is_known(ingest: RunningService) -> None:
    old, new = rows.penalty(1), rows.penalty(1, CF_NR_FK="8")
    await send(ingest, old)
    assert [verdict for verdict, _ in await send(ingest, new)] == ["amended"]
    assert [verdict for verdict, _ in await send(ingest, new)] == ["unchanged"]
    assert [verdict for verdict, _ in await send(ingest, old)] == ["amended"]


async def test_a_known_row_of_a_foreign_authority_is_refused_all_the_same(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1))
    body = {"kind": "penalty", "rows": [rows.penalty(1)]}
    answer = await ingest.post("/v1/batches", body, authorities=[rows.OTHER_AUTHORITY])
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("foreign-authority")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"A": "1\x1f2", "B": ""}, {"A": "1", "B": "2\x1f"}),
        ({"A": "1"}, {"A": 1}),
        ({"A": None}, {"A": ""}),
        ({"A": "1", "B": "2"}, {"B": "1", "A": "2"}),
        ({"A": 1}, {"A": True}),
        ({"A": 1}, {"A": 1.0}),
        ({"A": 10**30}, {"A": 10**30 + 1}),
        ({"A": "\ud800"}, {"A": "\ud801"}),
    ],
)
def test_different_rows_have_different_fingerprints(one: rows.Row, other: rows.Row) -> None:
    sealer = Sealer(bytes(32))
    assert fingerprint(RecordKind.PENALTY, one, sealer) != fingerprint(RecordKind.PENALTY, other, sealer)


def test_a_fingerprint_tells_nothing_without_the_key() -> None:
    row = rows.person_penalty(1)
    ours, theirs = (fingerprint(RecordKind.PENALTY, row, Sealer(bytes([key]) * 32)) for key in (1, 2))
    assert ours != theirs

"""What ingest refuses, each with its own problem type, and that a refusal leaves no trace in any table."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.support import rows
from tests.support.services import RunningService

Refused = Callable[[RunningService], Awaitable[httpx.Response]]


def batch(*batch_rows: Any, **members: Any) -> dict[str, Any]:
    return {"kind": "penalty", "rows": list(batch_rows)} | members


def raw(content: bytes, media_type: str = "application/json", path: str = "/v1/batches") -> Refused:
    async def send(ingest: RunningService) -> httpx.Response:
        headers = {**ingest.headers(), "Content-Type": media_type}
        return await ingest.client.post(path, content=content, headers=headers)

    return send


def posted(body: Any, path: str = "/v1/batches", **claims: Any) -> Refused:
    async def send(ingest: RunningService) -> httpx.Response:
        return await ingest.post(path, body, **claims)

    return send


def lines(*texts: str) -> Refused:
    return raw("\n".join(texts).encode(), "application/x-ndjson", "/v1/batches?kind=penalty")


async def no_token(ingest: RunningService) -> httpx.Response:
    return await ingest.client.post("/v1/batches", json=batch(rows.penalty()), headers={"Idempotency-Key": "k"})


async def no_key(ingest: RunningService) -> httpx.Response:
    return await ingest.client.post("/v1/batches", json=batch(rows.penalty()), headers=ingest.issuer.bearer())


async def no_kind(ingest: RunningService) -> httpx.Response:
    return await raw(rows.ndjson([rows.penalty()]), "application/x-ndjson")(ingest)


DEEP = b'{"kind":"penalty","rows":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
GOOD = json.dumps(rows.penalty())

REFUSALS: dict[str, tuple[Refused, int, str]] = {
    "not json": (raw(b'{"kind":'), 400, "unreadable-body"),
    "not utf-8": (raw(b'{"kind":"penalty","rows":[{"CF_SY":"\xff\xfe"}]}'), 400, "unreadable-body"),
    "half a surrogate pair": (raw(b'{"kind":"penalty","rows":[{"CF_SY":"\\ud800"}]}'), 400, "unreadable-body"),
    "nested too deeply": (raw(DEEP), 400, "unreadable-body"),
    "no body": (raw(b""), 400, "unreadable-body"),
    "an array": (posted([1, 2]), 422, "malformed-request"),
    "a cell that is a list": (posted(batch({"CF_SY": ["a"]})), 422, "malformed-request"),
    "a cell that is an object": (posted(batch({"CF_SY": {"a": 1}})), 422, "malformed-request"),
    "a row that is a text": (posted(batch("row")), 422, "malformed-request"),
    "a member too many": (posted(batch(rows.penalty(), rowz=[])), 422, "malformed-request"),
    "a kind that does not exist": (posted(batch(rows.penalty(), kind="fine")), 422, "malformed-request"),
    "no rows": (posted(batch()), 422, "malformed-request"),
    "not a number": (raw(b'{"kind":"penalty","rows":[{"CF_NR_FK":NaN}]}'), 422, "malformed-request"),
    "infinity": (raw(b'{"kind":"penalty","rows":[{"CF_NR_FK":Infinity}]}'), 422, "malformed-request"),
    "beyond all numbers": (raw(b'{"kind":"penalty","rows":[{"CF_NR_FK":1e999}]}'), 422, "malformed-request"),
    "five thousand digits": (raw(b'{"kind":"penalty","rows":[{"X":' + b"9" * 5_000 + b"}]}"), 400, "unreadable-body"),
    "a row of too many columns": (posted(batch({f"C{n}": "" for n in range(2_000)})), 422, "malformed-request"),
    "a column name without end": (posted(batch({"C" * 5_000: ""})), 422, "malformed-request"),
    "a line that is no json": (lines(GOOD, "{"), 400, "unreadable-body"),
    "a line that is no row": (lines(GOOD, "[]"), 422, "malformed-request"),
    "lines without a kind": (no_kind, 422, "malformed-request"),
    "only empty lines": (lines("", " "), 422, "malformed-request"),
    "one record as a list": (posted(batch(rows.penalty()), "/v1/records"), 422, "malformed-request"),
    "a row too many": (posted(batch(*({} for _ in range(601)))), 413, "request-too-large"),
    "a line too many": (lines(*(["{}"] * 601)), 413, "request-too-large"),
    "very many rows": (raw(b'{"kind":"penalty","rows":[' + b"{}," * 200_000 + b"{}]}"), 413, "request-too-large"),
    "too many bytes": (raw(b" " * 2_000_001), 413, "request-too-large"),
    "a form": (raw(b"kind=penalty", "application/x-www-form-urlencoded"), 415, "unsupported-media-type"),
    "lines for one record": (
        raw(rows.ndjson([rows.penalty()]), "application/x-ndjson", "/v1/records"), 415, "unsupported-media-type",
    ),
    "no token": (no_token, 401, "authentication-required"),
    "no idempotency key": (no_key, 400, "idempotency-key-missing"),
    "a token without the scope": (posted(batch(rows.penalty()), scope="ingest:read"), 403, "scope-missing"),
    "a foreign authority": (
        posted(batch(rows.penalty(), rows.penalty(2, CF_CFJGDM=rows.OTHER_AUTHORITY))), 403, "foreign-authority",
    ),
    "a token for no authority": (posted(batch(rows.penalty()), authorities=[]), 403, "foreign-authority"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_says_what_it_is_and_stores_nothing(ingest: RunningService, name: str) -> None:
    refused, status, slug = REFUSALS[name]
    before = await ingest.counts()
    answer = await refused(ingest)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:creditsync:problem:{slug}"), answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert slug != "malformed-request" or answer.json()["errors"][0]["field"]
    assert len(answer.content) < 20_000
    assert await ingest.counts() == before


async def test_the_field_list_names_each_column_of_the_first_row_with_mistakes_once(ingest: RunningService) -> None:
    answer = await ingest.post("/v1/batches", batch(rows.penalty(), {"CF_SY": [], "CF_NR": {}}, {"CF_WSH": []}))
    assert [error["field"] for error in answer.json()["errors"]] == ["rows.1.CF_SY", "rows.1.CF_NR"]


async def test_the_field_list_of_lines_names_the_line_as_an_editor_counts_it(ingest: RunningService) -> None:
    answer = await lines(GOOD, "", '{"CF_SY": [], "CF_NR": {}}')(ingest)
    assert [error["field"] for error in answer.json()["errors"]] == ["line 3.CF_SY", "line 3.CF_NR"]


async def test_a_line_that_is_no_json_is_named_by_its_number(ingest: RunningService) -> None:
    answer = await lines(GOOD, "{")(ingest)
    assert "line 2" in answer.json()["detail"].lower()


async def test_a_key_used_again_with_another_body_is_refused_and_the_first_answer_stays(
    ingest: RunningService,
) -> None:
    first = await ingest.post("/v1/batches", batch(rows.penalty(1)), "k1")
    before = await ingest.counts()
    other = await ingest.post("/v1/batches", batch(rows.penalty(2)), "k1")
    again = await ingest.post("/v1/batches", batch(rows.penalty(1)), "k1")
    assert (other.status_code, other.json()["type"]) == (422, "urn:creditsync:problem:idempotency-key-reused")
    assert again.content == first.content
    assert await ingest.counts() == before


async def test_the_key_of_a_refused_call_is_free_again(ingest: RunningService) -> None:
    refused = await ingest.post("/v1/batches", batch(rows.penalty(1, CF_CFJGDM=rows.OTHER_AUTHORITY)), "k1")
    taken = await ingest.post("/v1/batches", batch(rows.penalty(1)), "k1")
    assert (refused.status_code, taken.status_code) == (403, 201)


async def test_a_mistyped_authority_code_stops_its_row_and_not_the_batch(ingest: RunningService) -> None:
    wrong = rows.AUTHORITY[:-1] + ("0" if rows.AUTHORITY[-1] != "0" else "1")
    answer = await ingest.post("/v1/batches", batch(rows.penalty(1), rows.penalty(2, CF_CFJGDM=wrong)))
    assert [row["verdict"] for row in answer.json()["verdicts"]] == ["admitted", "quarantined"]
    assert [reason["code"] for reason in answer.json()["verdicts"][1]["reasons"]] == ["V05"]


@pytest.mark.parametrize("odd", ["\x00", "a\x00b", "\x1f", "\u200b", "\U0010ffff", "\ufffe", "𠮷" * 3])
async def test_signs_that_a_database_refuses_never_break_a_batch(ingest: RunningService, odd: str) -> None:
    batch_rows = [
        rows.penalty(1, CF_SY=f"事实{odd}"),
        rows.penalty(2, **{f"X{odd}": odd}),
        rows.penalty(3, CF_WSH=odd, CF_CFLB=odd, CF_XDR_SHXYM=odd, CF_JDRQ=odd, CF_NR_FK=odd),
        rows.person_penalty(4, CF_XDR_ZJHM=f"{odd}{rows.PERSON_NUMBER}", CF_XDR_MC=f"样{odd}例"),
    ]
    answer = await ingest.post("/v1/batches", batch(*batch_rows))
    assert answer.status_code == 201, answer.text
    again = await ingest.post("/v1/batches", batch(*batch_rows))
    assert [row["verdict"] for row in again.json()["verdicts"]][:2] == ["unchanged", "unchanged"]
    await ingest.told()


async def test_cells_of_any_length_are_judged_and_not_stored_as_records(ingest: RunningService) -> None:
    answer = await ingest.post(
        "/v1/batches", batch(*(rows.penalty(1) | {name: "长" * 9_000} for name in rows.penalty()))
    )
    assert answer.status_code == 201
    assert answer.json()["counts"]["quarantined"] == len(rows.penalty())


@pytest.mark.parametrize("cell", [True, 1e22, -1, 0.1 + 0.2, 10**300])
async def test_numbers_and_truths_in_any_cell_are_judged_like_texts(ingest: RunningService, cell: Any) -> None:
    answer = await ingest.post("/v1/batches", batch(*(rows.penalty(1) | {name: cell} for name in rows.penalty())))
    assert answer.status_code == 201, answer.text
    assert answer.json()["rows"] == len(rows.penalty())


@pytest.mark.parametrize("path", ["/v1/records/%00", "/v1/batches/%00", f"/v1/records/{'f' * 5000}", "/v1/batches/中"])
async def test_an_identifier_that_cannot_be_one_is_simply_not_found(ingest: RunningService, path: str) -> None:
    answer = await ingest.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:creditsync:problem:not-found")

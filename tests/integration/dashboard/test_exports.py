"""Lists as files: without an end of their own, in the order of the page, and telling a script how far they are."""

import csv
import io
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse
from openpyxl import load_workbook

from services.accounts.roles import Role
from shared.counted_frames import FRAMED
from shared.web.pagination import decoded, encoded
from tests.support.dashboard import Asgi, DashboardHouse, answering, dashboard_house

AT = "2026-11-01T00:00:00Z"


def _entry(number: int) -> dict[str, Any]:
    told = {"at": AT, "actor": "clerk", "action": "orders.retried", "subject": f"s{number}", "record_id": None}
    return {"entry_id": f"{number:032x}", **told, "reason": "=1+1", "effect_rows": 1, "seq": number, "hash": "h"}


def _log(numbers: list[int]) -> Asgi:
    """An audit log, newest first, in pages as every service gives them."""

    def page(path: str, query: str) -> Any:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        before = decoded(asked["cursor"])[0] if "cursor" in asked else "g"
        rows = [_entry(one) for one in sorted(numbers, reverse=True) if f"{one:032x}" < str(before)]
        limit = int(asked.get("limit", 50))
        following = encoded([rows[limit - 1]["entry_id"]]) if len(rows) > limit else None
        total = {"items": len(numbers), "or_more": False} if asked.get("total") == "true" else None
        return {"items": rows[:limit], "next": following, "total": total} if path == "/v1/audit" else None

    return answering(page)


async def _signed_in(house: DashboardHouse, role: Role) -> None:
    house.person("person", role)
    await house.sign_in("person")


def _lines(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_the_audit_log_of_all_services_is_exported_whole_in_one_order(tmp_path: Path) -> None:
    """The logs are unequally long and interleave unequally: none is read to its end before another."""
    logs = {"ingest": range(0, 1400, 2), "disclosure": range(1, 200, 2), "repair": range(2000, 2600), "sync": range(0)}
    services = {name: _log(list(numbers)) for name, numbers in logs.items()}
    async with dashboard_house(tmp_path, services) as house:
        await _signed_in(house, Role.AUDITOR)
        lines = _lines(await house.browser.get("/audit/export.csv"))
        sheet = load_workbook(io.BytesIO((await house.browser.get("/audit/export.xlsx")).content)).active
        framed = (await house.browser.get("/audit/export.csv", headers={"Accept": FRAMED})).content
    assert {total for _, total, sort in _heads(framed) if sort} == {1400}
    expected = [f"{one:032x}" for one in sorted((one for log in logs.values() for one in log), reverse=True)]
    assert [line[-1] for line in lines[1:]] == expected
    assert sheet is not None and [row[-1].value for row in sheet.rows][1:] == expected


def _objection(number: int) -> dict[str, Any]:
    told = {"about": "wrong", "state": "filed", "received_on": "2026-11-01", "answer_due_at": AT, "minutes_left": None}
    return {"objection_id": f"{number:032x}", "record_id": f"{number:032x}", **told}


@answering
def repair(path: str, query: str) -> Any:
    at = int(parse_qs(query).get("cursor", ["0"])[0])
    if path != "/v1/objections":
        return None
    return {"items": [_objection(at * 2), _objection(at * 2 + 1)], "next": str(at + 1) if at < 2 else None}


@answering
def sync(path: str, query: str) -> Any:
    """Only every other record has a name."""
    if path != "/v1/record-names":
        return None
    asked = parse_qs(query)["record_ids"][0].split(",")
    named = [one for one in asked if int(one, 16) % 2]
    return {one: {"document_number": f"〔2026〕{int(one, 16)}号", "subject_name": "甲公司"} for one in named}


async def test_objections_are_exported_over_all_pages_with_what_their_records_are_called(tmp_path: Path) -> None:
    async with dashboard_house(tmp_path, {"repair": repair, "sync": sync}) as house:
        await _signed_in(house, Role.OPERATOR)
        lines = _lines(await house.browser.get("/objections/export.csv"))
    assert [int(line[-1], 16) for line in lines[1:]] == list(range(6))
    assert [line[3] for line in lines[1:]] == ["", "〔2026〕1号", "", "〔2026〕3号", "", "〔2026〕5号"]


async def test_a_file_of_a_service_is_passed_on_as_it_comes_with_its_length_and_as_it_is(tmp_path: Path) -> None:
    """Longer than any answer that is read whole."""
    app, piece, pieces = FastAPI(), b"\x1f\x8b" * 500_000, 20

    async def rows() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield piece

    @app.get("/v1/imports/{import_id}/verdicts")
    async def verdicts(import_id: str, form: str) -> Response:
        if import_id == "gone":
            raise HTTPException(404)
        headers = {
            "Content-Length": str(pieces * len(piece)),
            "Content-Disposition": f'attachment; filename="v.{form}"',
        }
        return StreamingResponse(rows(), headers=headers, media_type="application/zip")

    async with dashboard_house(tmp_path, {"ingest": app}) as house:
        await _signed_in(house, Role.OPERATOR)
        file = await house.browser.get("/imports/abc/verdicts.csv")
        gone = await house.browser.get("/imports/gone/verdicts.csv")
        away = await house.browser.get("/repair/papers/" + "a" * 32)
    assert (file.status_code, len(file.content), file.content[:2]) == (200, pieces * len(piece), b"\x1f\x8b")
    assert file.headers["content-length"] == str(pieces * len(piece))
    assert file.headers["content-disposition"] == 'attachment; filename="v.csv"'
    assert (gone.status_code, away.status_code) == (404, 503)


def _frames(body: bytes) -> tuple[bytes, list[int], bool]:
    """The file, how many rows each piece told, and whether the end was said."""
    file, rows, at = b"", [], 0
    while at < len(body):
        length, told = struct.unpack_from(">II", body, at)
        file, at = file + body[at + 16 : at + 16 + length], at + 16 + length
        rows.append(told)
        if not length:
            assert at == len(body)
            return file, rows, True
    return file, rows, False


def _heads(body: bytes) -> list[tuple[int, int, int]]:
    """Rows so far, their total and what that is, of each piece."""
    heads, at = [], 0
    while at < len(body):
        length, *told = struct.unpack_from(">IIII", body, at)
        heads.append((told[0], told[1], told[2]))
        at += 16 + length
    return heads


async def test_a_script_is_told_how_many_rows_have_come_and_gets_the_same_file(tmp_path: Path) -> None:
    async with dashboard_house(tmp_path, {"repair": repair, "sync": sync}) as house:
        await _signed_in(house, Role.OPERATOR)
        for form in ("csv", "xlsx"):
            bare = await house.browser.get(f"/objections/export.{form}")
            told = await house.browser.get(f"/objections/export.{form}", headers={"Accept": FRAMED})
            file, rows, whole = _frames(told.content)
            assert told.headers["content-type"] == FRAMED and "content-encoding" not in told.headers
            assert told.headers["content-disposition"] == bare.headers["content-disposition"]
            assert (file, rows[-1], whole) == (bare.content, 6, True)
            assert rows == sorted(rows)


async def test_what_broke_off_is_never_called_whole(tmp_path: Path) -> None:
    @answering
    def broken(path: str, query: str) -> Any:
        if path != "/v1/objections" or "cursor" in query:
            return None
        return {"items": [_objection(1)], "next": "x"}

    async with dashboard_house(tmp_path, {"repair": broken, "sync": sync}) as house:
        await _signed_in(house, Role.OPERATOR)
        told = await house.browser.get("/objections/export.csv", headers={"Accept": FRAMED})
        file, _, whole = _frames(told.content)
        assert not whole and file.decode().splitlines()[-1].startswith("读取中断")
        refused = await house.browser.get("/audit/export.csv", headers={"Accept": FRAMED})
    assert refused.headers["content-type"].startswith("text/html") and refused.status_code == 503

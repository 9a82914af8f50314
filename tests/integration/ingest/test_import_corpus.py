"""Files as they really come, through the whole import: each row's line in the verdict file, or the refusal of the file.

The files lie in `tests/corpus/ingest`, beside each what a person expects of it; those that are too large to be kept are
made here. A file of 5 GB is refused when it is announced (`test_import_upload`).
"""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.ingest.tables import record
from tests.support import source_files
from tests.support.imports import Data, ImportHouse, csv_bytes, read_everything
from tests.support.rows import AUTHORITY, Row, penalty
from tests.support.services import running_service

CORPUS = Path(__file__).parents[2] / "corpus" / "ingest"
EXPECTED = ".expected.toml"
FILES = sorted(path for path in CORPUS.glob("*/*") if not path.name.endswith(EXPECTED))
FOLDERS = sorted({path.parent.name for path in FILES})


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


def expected_of(path: Path) -> Data:
    return tomllib.loads(path.with_name(path.name + EXPECTED).read_text(encoding="utf-8"))


def test_each_file_of_the_corpus_is_small_and_has_its_expectation() -> None:
    expectations = {path.name.removesuffix(EXPECTED) for path in CORPUS.glob(f"*/*{EXPECTED}")}
    assert expectations == {path.name for path in FILES}
    assert [path.name for path in FILES if path.stat().st_size > 20_000] == []
    assert all(expected_of(path)["about"] for path in FILES)


@pytest.mark.parametrize("folder", FOLDERS)
async def test_each_row_of_a_real_file_has_the_verdict_that_a_person_wrote_down(
    house: ImportHouse, folder: str
) -> None:
    files = [path for path in FILES if path.parent.name == folder]
    found = {path.name: await told(house, path.read_bytes(), path) for path in files}
    assert found == {path.name: without_reasons(expected_of(path)) for path in files}


def without_reasons(expected: Data) -> Data:
    """What is compared: all but the words for people."""
    rows = [
        _usual_row({name: value for name, value in row.items() if name != "why"}) for row in expected.get("rows", ())
    ]
    read = {"rows": rows} if expected["state"] != "refused" else {}
    return {name: value for name, value in expected.items() if name not in ("about", "name")} | read


def _usual_row(row: Data) -> Data:
    return {"sheet": "", "codes": [], "columns": [], "holds": {}} | row


async def told(house: ImportHouse, content: bytes, path: Path) -> Data:
    """What the import tells of the file, in the words of its expectation."""
    expected = expected_of(path)
    view = await import_file(house, content, expected.get("name", path.name))
    told = {"state": view["state"]} | ({"reason": view["reason"]["code"]} if view["reason"] else {})
    assert view["reason"] is None or (view["reason"]["sentence"] and view["reason"]["advice"])
    if view["state"] == "refused":
        assert (view["rows"], sum(view["counts"].values())) == (0, 0)
        return told
    table = {"kind": view["kind"], "format": view["file_format"], "encoding": view["encoding"]}
    stored = {one.record_id: json.loads(one.content) for one in await house.service.rows(record)}
    lines = await verdicts(house, view)
    wanted = [row.get("holds", {}) for row in expected["rows"]] + [{}] * len(lines)
    rows = [as_row(line, stored.get(line["record_id"], {}), holds) for line, holds in zip(lines, wanted, strict=False)]
    return told | table | {"notes": [note["code"] for note in view["notes"]], "rows": rows}


async def import_file(house: ImportHouse, content: bytes, name: str) -> Data:
    """Over HTTP, read in one slice: what a row says of another one reaches as far as its slice."""
    import_id = await house.upload(content, name=name)
    await read_everything(house.room(slice_rows=1000))
    return await house.look(import_id)


async def verdicts(house: ImportHouse, view: Data) -> list[Row]:
    """The verdict file, each line of it checked for what no line may lack."""
    answer = await house.service.get(f"/v1/imports/{view['import_id']}/verdicts?form=ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["row"] for one in lines] == list(range(1, view["rows"] + 1))
    assert sum(view["counts"].values()) == view["rows"]
    assert all(one["sentence"] and one["advice"] for one in lines if one["verdict"] == "quarantined")
    return lines


def as_row(line: Row, content: Data, holds: Data) -> Data:
    told = {name: line[name] for name in ("row", "sheet", "line", "verdict")}
    codes, columns = line["code"], line["column"]
    told |= {"codes": codes.split("; ") if codes else [], "columns": columns.split("; ") if columns else []}
    return told | {"holds": {place: _at(content, place) for place in holds}}


def _at(content: Any, place: str) -> Any:
    for name in place.split("."):
        content = content.get(name) if isinstance(content, dict) else None
    return content


HEADER = list(penalty())


def cells(number: int, **changed: str) -> list[str]:
    return [str(cell) for cell in penalty(number, **changed).values()]


def bomb() -> bytes:
    book = source_files.workbook(("处罚", source_files.table([HEADER, cells(1)])))
    return source_files.changed(book, {"xl/media/a.xml": b" " * (33 * 1024 * 1024)})


def array(*rows: Row | str) -> bytes:
    texts = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[{','.join(texts)}]".encode()


DEEP = "[" * 20_000 + "]" * 20_000
LARGE: dict[str, tuple[bytes, str]] = {
    "10,000 columns": (
        source_files.csv_of([*HEADER, *(f"列{n}" for n in range(10_000))], cells(1)), "too_many_columns"),
    "a zip bomb": (bomb(), "unsafe"),
}  # fmt: skip


async def test_a_row_too_deep_and_a_row_too_long_cost_themselves(house: ImportHouse) -> None:
    content = array(penalty(1), DEEP, penalty(2, CF_SY="长" * 600_000), penalty(3))
    lines = await verdicts(house, await import_file(house, content, "a.json"))
    assert [one["code"] for one in lines] == ["", "nested_value", "row_too_long", ""]


async def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_the_next_one_is_read(
    house: ImportHouse,
) -> None:
    views = {name: await import_file(house, content, "名单.xlsx") for name, (content, _) in LARGE.items()}
    assert {name: (one["state"], one["reason"]["code"]) for name, one in views.items()} == {
        name: ("refused", code) for name, (_, code) in LARGE.items()
    }
    assert all(one["reason"]["sentence"] and one["reason"]["advice"] for one in views.values())
    assert await house.service.rows(record) == []
    assert (await house.import_file(csv_bytes([penalty(1)])))["counts"]["admitted"] == 1


async def test_others_are_answered_while_hostile_files_are_read(house: ImportHouse) -> None:
    refused = [
        *(path.read_bytes() for path in FILES if path.parent.name == "refused"),
        *(file for file, _ in LARGE.values()),
    ]
    hostile = [*refused, array(penalty(1), DEEP, "[" * 300_000 + "]" * 300_000)]
    ids = [await house.upload(content, name="名单.xlsx") for content in hostile]
    reading = asyncio.create_task(read_everything(house.room()))
    answers = 0
    while not reading.done():
        async with asyncio.timeout(60):
            sent = await house.service.post("/v1/records", {"kind": "penalty", "row": penalty(1_000 + answers)})
            assert sent.status_code == 201, sent.text
        answers += 1
    await reading
    assert answers >= 3
    assert [(await house.look(one))["state"] for one in ids] == ["refused"] * len(refused) + ["done"]
    assert len(await house.service.rows(record)) == answers + 1

"""What ingest says of rows and files is asked for in Chinese or in English, also of what was stored long ago."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import update

from services.ingest import tables
from services.ingest.imports.tables import import_job
from tests.support.imports import ImportHouse, csv_bytes
from tests.support.rows import AUTHORITY, Row, penalty
from tests.support.services import running_service

CORRECT = {"scope": "ingest:read ingest:correct", "sub": "credit-officer"}
WRONG: list[Row] = [penalty(1), penalty(2, CF_NR_FK="", 未知栏="x"), penalty(3, CF_CFJGDM="11320600")]
_SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service("ingest", database_url, tmp_path, {"authorities": [AUTHORITY]}) as service:
        yield ImportHouse(service, tmp_path)


async def _read(house: ImportHouse, path: str, **claims: str) -> Any:
    answer = await house.service.get(path, **claims)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _messages(row: dict[str, Any]) -> dict[str, str]:
    return {one["code"]: one["message"] for one in row["reasons"]}


async def _handed_in(house: ImportHouse) -> str:
    header = dict.fromkeys({name: "" for row in WRONG for name in row})
    view = await house.import_file(csv_bytes([{**header, **row} for row in WRONG]))
    assert (view["counts"]["admitted"], view["counts"]["quarantined"]) == (1, 2)
    import_id: str = view["import_id"]
    return import_id


async def test_what_stopped_a_row_is_told_in_the_language_that_is_asked_for(house: ImportHouse) -> None:
    await _handed_in(house)
    chinese = (await _read(house, "/v1/quarantine?lang=zh", **CORRECT))["items"]
    english = (await _read(house, "/v1/quarantine", **CORRECT))["items"]
    assert _messages(chinese[0])["V07"] == "处以罚款的，须填写罚款金额（万元）。"
    assert _messages(english[0])["V07"] == "A fine (罚款) needs its amount in ten-thousands of yuan."
    assert _messages(chinese[1])["V05"] == "代码为 8 位，应为 18 位。"
    one = await _read(house, f"/v1/quarantine/{chinese[0]['quarantine_id']}?lang=zh", **CORRECT)
    assert _messages(one) == _messages(chinese[0])
    answer = await house.service.get("/v1/quarantine?lang=de", **CORRECT)
    assert answer.status_code == 422


async def test_what_no_catalogue_knows_stays_as_it_was_stored(house: ImportHouse) -> None:
    await _handed_in(house)
    found = json.dumps([{"code": "V99", "column": "", "message": "Of a later release.", "weight": "quarantine"}])
    async with house.service.work() as work:
        await work.connection.execute(update(tables.quarantined_row).values(findings=found))
    rows = (await _read(house, "/v1/quarantine?lang=zh", **CORRECT))["items"]
    assert [_messages(row) for row in rows] == [{"V99": "Of a later release."}] * 2


async def test_a_verdict_file_for_readers_of_one_language_has_its_columns_alone(house: ImportHouse) -> None:
    path = f"/v1/imports/{await _handed_in(house)}/verdicts"
    tables = {}
    for lang in ("zh", "en"):
        text = (await house.service.get(f"{path}?lang={lang}")).content.decode("utf-8-sig")
        tables[lang] = list(csv.DictReader(io.StringIO(text)))
    assert "罚款金额(万元)：处以罚款的，须填写罚款金额（万元）。" in tables["zh"][1]["原因"]
    assert tables["zh"][2]["处理建议"].startswith("请填写作出决定机关和数据来源单位的统一社会信用代码")
    assert [row["结论"] for row in tables["zh"]] == ["新增", "待核", "待核"]
    assert not any(_SENTENCE.search(cell) for row in tables["zh"] for cell in (*row, *row.values()))
    assert "".join(tables["en"][0]).isascii()
    assert [row["code"] for row in tables["en"]] == [row["原因代码"] for row in tables["zh"]]
    content = (await house.service.get(f"{path}?lang=zh&form=xlsx")).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert [str(cell.value) for cell in next(sheet.iter_rows())] == list(tables["zh"][0])
    whole = (await house.service.get(f"{path}?lang=zh&form=ndjson")).text.splitlines()
    assert {"sentence", "advice", "原因", "处理建议"} <= json.loads(whole[1]).keys()


async def test_what_was_noticed_about_a_file_and_why_one_is_refused_is_told(house: ImportHouse) -> None:
    [note] = (await _read(house, f"/v1/imports/{await _handed_in(house)}?lang=zh"))["notes"]
    assert note == {"code": "surplus_columns", "sentence": "模板中没有的栏目不读取：未知栏。"}
    refused = await house.import_file(b"%PDF-1.7 no table", name="a.csv")
    assert refused["reason"]["sentence"] == "The file is a PDF."
    why = {"code": "not_a_table", "sentence": "该文件是PDF。", "advice": "请报送 CSV、XLSX、NDJSON 或 JSON 数组。"}
    assert (await _read(house, f"/v1/imports/{refused['import_id']}?lang=zh"))["reason"] == why
    listed = (await _read(house, "/v1/imports?lang=zh"))["items"]
    assert why in [one["reason"] for one in listed]
    async with house.service.work() as work:
        later = json.dumps({"code": "later", "sentence": "Of a later release.", "advice": "Wait."})
        await work.connection.execute(update(import_job).values(reason=later))
    [*_, last] = (await _read(house, "/v1/imports?lang=zh"))["items"]
    assert last["reason"]["sentence"] == "Of a later release."

"""The catalogue of powers is imported whole, in versions; everybody reads the newest with its source and day (B02)."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.ingest.app import TABLES
from services.ingest.permission_catalogue.tables import permission_catalogue, permission_item
from tests.support.services import RunningService

OFFICER = {"sub": "law-officer", "scope": "data-sharing:check"}
HEAD = "权力编码,权力名称,权力类型,设定依据,实施机关\n"
FIRST = f"{HEAD}A1,安全生产许可证核发,行政许可,《安全生产许可证条例》,南通市应急管理局\nA2,=1+1,行政处罚,,\n"


async def take(ingest: RunningService, text: str, as_of: str = "2026-10-01", **claims: Any) -> Any:
    headers = ingest.headers(**(OFFICER | claims)) | {"Content-Type": "text/csv"}
    path = f"/v1/permission-catalogues?source=政策法规处&as_of={as_of}"
    return await ingest.client.post(path, content=text.encode(), headers=headers)


async def test_everybody_reads_the_newest_version_with_its_source_and_day(ingest: RunningService) -> None:
    assert (await ingest.client.get("/v1/permission-catalogue")).status_code == 404
    assert (await take(ingest, FIRST)).status_code == 201
    first = (await ingest.client.get("/v1/permission-catalogue?limit=1")).json()
    assert (first["version"], first["source"], first["as_of"], first["item_count"]) == (
        1,
        "政策法规处",
        "2026-10-01",
        2,
    )
    rest = (await ingest.client.get(f"/v1/permission-catalogue?limit=1&cursor={first['next']}")).json()
    assert [one["power_code"] for page in (first, rest) for one in page["items"]] == ["A1", "A2"]
    sheet = await ingest.client.get("/v1/permission-catalogue.csv")
    assert '"A1","安全生产许可证核发"' in sheet.text
    assert '"=1+1"' not in sheet.text
    assert (await take(ingest, f"{HEAD}B1,检查,行政检查,,\n", "2026-11-01")).json()["version"] == 2
    assert (await ingest.client.get("/v1/permission-catalogue")).json()["items"][0]["power_code"] == "B1"
    stale = await ingest.client.get(f"/v1/permission-catalogue?limit=1&cursor={first['next']}")
    assert stale.status_code == 422


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HEAD}A1,甲,行政许可,,\n,乙,行政许可,,\n", "row 2"),
        (f"{HEAD}A1,甲,行政许可,,\nA1,乙,行政许可,,\n", "the code is that of row 1"),
        (f"{HEAD}A1,{'长' * 501},行政许可,,\n", "longer than 500"),
        (HEAD, "0 rows"),
        ("甲,乙\n1,2\n", "no_header"),
    ],
)
async def test_a_catalogue_that_cannot_be_published_whole_is_refused_with_its_rows(
    ingest: RunningService, text: str, reason: str
) -> None:
    answer = await take(ingest, text)
    assert answer.status_code == 422
    assert reason in answer.text
    assert await ingest.rows(permission_item) == []


async def test_the_same_file_is_no_new_version_and_only_an_officer_brings_one(ingest: RunningService) -> None:
    assert (await take(ingest, FIRST)).status_code == 201
    assert (await take(ingest, FIRST)).status_code == 409
    assert (await take(ingest, FIRST, scope="ingest:write")).status_code == 403
    [stored] = await ingest.rows(permission_catalogue)
    assert (stored.version, stored.taken_by) == (1, "law-officer")


def test_a_catalogue_is_imported_and_shown_from_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    TABLES.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'ingest.db'}")
    file = tmp_path / "目录.csv"
    file.write_text(FIRST, encoding="utf-8")
    assert "No permission catalogue" in run("show")
    assert "Version 1 with 2 items" in run("import", str(file), "--source", "政策法规处", "--as-of", "2026-10-01")
    assert "as of 2026-10-01: 2 items, taken by terminal:" in run("show")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["permission-catalogue", *arguments])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output

"""The commands for lists, identities and the data-sharing list, as an operator runs them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.ingest.app import TABLES

HEAD = "主体名称,统一社会信用代码,处罚决定书文号,处罚决定日期\n"


def test_a_list_is_imported_and_compared_from_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    TABLES.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'ingest.db'}")
    file, sheet = tmp_path / "名单.csv", tmp_path / "findings.xlsx"
    file.write_text(HEAD + "样例一厂,320684000012345,应急罚〔2020〕1号,2020-05-05\n样例二厂,,,昨天\n", encoding="utf-8")
    imported = run("provincial-list", "import", str(file), "--source", "省应急管理厅")
    assert "1 rows, 1 refused" in imported
    list_id = imported.partition(":")[0]
    assert list_id in run("provincial-list", "lists")
    assert "missing_here: 1" in run("provincial-list", "compare", list_id, "--out", str(sheet))
    assert sheet.stat().st_size > 0
    assert run("identity", "compare", "应急罚〔2020〕1号", "应急罚[2020]001号").startswith("proposed")
    assert run("identity", "proposals") == "No pair waits for a person.\n"
    assert "Every working day is signed." in run("data-sharing", "unsigned")
    assert "not signed" in run("data-sharing", "day", "2026-11-02")
    assert "No source is watched yet" in run("data-sharing", "sources")


def test_the_source_map_is_set_shown_and_emptied_from_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    TABLES.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'ingest.db'}")
    assert "any system may send" in run("source-map", "show")
    named = ("source-map", "set", "penalty", "--client", "enforcement-system", "--reason", "省行政执法平台为准")
    assert "counts from the next batch" in run(*named, "--quarantine")
    shown = run("source-map", "show")
    assert "penalty  every authority  enforcement-system  (others: quarantine; set by terminal:" in shown
    assert "省行政执法平台为准" in shown
    for wrong in (named[:3], (*named, "--any-system"), (*named, "--client", "a b")):
        assert CliRunner().invoke(app, [*wrong, "--reason", "x"]).exit_code == 2
    assert run("source-map", "show") == shown
    run("source-map", "set", "penalty", "--any-system", "--reason", "恢复")
    assert "any system may send" in run("source-map", "show")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output

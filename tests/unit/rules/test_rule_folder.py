"""The folder of rule files: what may stand in it, who answers for it, and the commands that a lawyer uses."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.rules import app
from shared.errors import StartRefused
from shared.policy.deadlines import deadlines
from shared.rule_files import RuleTexts
from shared.rule_folder import read_folder, take_rules
from tests.support import rules

REPAIR = {"deadlines.toml": rules.deadline("repair", 4), "repair/retention.toml": "[papers]\n"}


def read(folder: Path) -> RuleTexts:
    return read_folder(folder, rules.all_files().values(), rules.TODAY)


def test_an_empty_folder_changes_nothing_and_needs_nobody_to_answer_for_it(tmp_path: Path) -> None:
    assert read(rules.write_folder(tmp_path, {}, adoption=None)).texts == {}


def test_a_folder_is_read_with_who_why_and_when(tmp_path: Path) -> None:
    found = read(rules.write_folder(tmp_path, REPAIR))
    assert found.texts == REPAIR
    assert found.adoption is not None
    assert (found.adoption.by, found.adoption.reason) == ("法规处", "按省厅口径调整")


def test_what_an_editor_leaves_beside_the_files_does_no_harm(tmp_path: Path) -> None:
    rules.write_folder(tmp_path, REPAIR)
    (tmp_path / "deadlines.toml~").write_text("old", encoding="utf-8")
    (tmp_path / ".deadlines.toml").write_text("lock", encoding="utf-8")
    text = "\ufeff" + REPAIR["deadlines.toml"].replace("\n", "\r\n")
    (tmp_path / "deadlines.toml").write_bytes(text.encode())
    assert read(tmp_path).texts == REPAIR


@pytest.mark.parametrize(
    ("texts", "adoption", "reason"),
    [
        (REPAIR, None, "no adoption.toml: add one with by, reason and on"),
        (REPAIR, rules.ADOPTED.replace("法规处", " "), "by is empty"),
        (REPAIR, rules.ADOPTED.replace("法规处", "\u200b"), "by needs 1 to 100 signs"),
        (REPAIR, rules.ADOPTED.replace("按省", "按" * 2001), "reason needs 1 to 2000"),
        (REPAIR, rules.ADOPTED.replace("2026-11-01", "2026-11-03"), "has not come yet"),
        (REPAIR, rules.ADOPTED.replace("2026-11-01", '"soon"'), "on must be date"),
        (REPAIR, rules.ADOPTED + "until = 2027-01-01\n", "unknown key until"),
        (REPAIR, "by = ", "adoption.toml: file: is not TOML"),
        ({"deadline.toml": ""}, rules.ADOPTED, "deadline.toml, which no service reads"),
        ({"repair/rules.toml": ""}, rules.ADOPTED, "repair/rules.toml, which no service reads"),
        ({"sync/deadlines.toml": ""}, rules.ADOPTED, "sync/deadlines.toml, which no service reads"),
        ({"deadlines.toml": "#" * 300_000}, rules.ADOPTED, "larger than"),
        ({f"a/{one}.toml": "" for one in range(101)}, None, "is it the right folder"),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_meant_is_refused_in_one_sentence(
    tmp_path: Path, texts: dict[str, str], adoption: str | None, reason: str
) -> None:
    rules.write_folder(tmp_path, texts, adoption)
    with pytest.raises(StartRefused) as refused:
        read(tmp_path)
    assert reason in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_a_folder_that_is_not_there_and_a_file_that_is_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="is no folder"):
        read(tmp_path / "gone")
    (tmp_path / "deadlines.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StartRefused, match="is not UTF-8"):
        read(tmp_path)


def test_a_service_leaves_the_files_of_another_one_to_it(tmp_path: Path) -> None:
    folder = rules.write_folder(tmp_path, REPAIR)
    take_rules(folder, (), rules.TODAY)
    try:
        assert deadlines()["repair"].working_days == 4
        with pytest.raises(StartRefused, match=r"repair/retention\.toml: file\.papers: kept is missing"):
            take_rules(folder, [rules.all_files()["repair/retention.toml"]], rules.TODAY)
    finally:
        take_rules(None, (), rules.TODAY)
    assert deadlines()["repair"].working_days == 3


def run(*arguments: str, **env: str) -> str:
    done = CliRunner().invoke(app, list(arguments), env=env, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_lawyer_copies_changes_checks_and_sees_what_counts(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    try:
        assert "adoption.toml: written" in run("copy", str(folder), "repair/procedure.toml")
        procedure = folder / "repair" / "procedure.toml"
        procedure.write_text(procedure.read_text("utf-8").replace('bar = "P1Y"', 'bar = "P2Y"'), encoding="utf-8")
        with pytest.raises(StartRefused, match="by is empty"):
            run("check", str(folder))
        (folder / "adoption.toml").write_text(rules.ADOPTED, encoding="utf-8")

        told = run("copy", str(folder))
        assert f"{procedure}: is there already, left as it is" in told
        told = run("check", str(folder))
        assert "repair/procedure.toml: 1 entries differ\n  false_papers.bar: 'P1Y' -> 'P2Y'\n" in told
        assert "repair/papers.toml: as packaged" in told
        assert "Adopted by 法规处 on 2026-11-01: 按省厅口径调整" in told

        shown = run("show", CREDITSYNC_RULES_DIR=str(folder))
        assert sum(str(folder) in line for line in shown.splitlines()) == len(rules.all_files())
        assert "packaged" not in shown
    finally:
        take_rules(None, (), rules.TODAY)
    packaged = run("show")
    assert str(folder) not in packaged
    assert [line for line in packaged.splitlines() if line.startswith("sync: ")] != [
        line for line in shown.splitlines() if line.startswith("repair: ")
    ]


def test_a_name_that_is_no_rule_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="no rule file repair/procedures"):
        run("copy", str(tmp_path / "rules"), "repair/procedures.toml")
    assert not (tmp_path / "rules").exists()


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("a file", encoding="utf-8")
    with pytest.raises(StartRefused, match="cannot be written"):
        run("copy", str(tmp_path / "rules"), "deadlines.toml")

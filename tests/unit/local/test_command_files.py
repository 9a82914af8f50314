"""A command that cannot write or read a file says so in one sentence; any other failure is not hidden."""

import sys
from pathlib import Path

import pytest

from services.cli import main


def test_a_file_that_cannot_be_written_is_one_sentence_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "absent" / "settings.md"
    monkeypatch.setattr(sys, "argv", ["creditsync", "settings", "--write", str(target)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.err == f"creditsync: {target}: No such file or directory\n"
    assert said.out == ""

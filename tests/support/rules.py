"""Rule files other than the packaged ones, for the time of a test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from services.house import SERVICES
from shared import rule_files
from shared.rule_files import RuleAdoption, RuleFile, RuleTexts
from shared.rule_folder import ADOPTION, SHARED

ADOPTED = 'by = "法规处"\nreason = "按省厅口径调整"\non = 2026-11-01\n'
TODAY = date(2026, 11, 2)


def all_files() -> dict[str, RuleFile[Any]]:
    return {one.name: one for one in (*SHARED, *(one for service in SERVICES.values() for one in service.rules))}


def edited(name: str, old: str, new: str) -> str:
    """The packaged text with one place changed, which must be there."""
    text = all_files()[name].packaged_text()
    assert old in text, (name, old)
    return text.replace(old, new, 1)


def deadline(name: str, days: int) -> str:
    """`deadlines.toml` with another number of days for one deadline."""
    text = all_files()["deadlines.toml"].packaged_text()
    before, head, after = text.partition(f"[{name}]")
    was, number, rest = after.partition("working_days = ")
    return f"{before}{head}{was}{number}{days}{rest[rest.index(chr(10)) :]}"


def write_folder(folder: Path, texts: Mapping[str, str], adoption: str | None = ADOPTED) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    folder.mkdir(exist_ok=True)
    if adoption is not None:
        (folder / ADOPTION).write_text(adoption, encoding="utf-8")
    return folder


@contextmanager
def in_force(texts: Mapping[str, str], by: str = "法规处") -> Iterator[None]:
    """These texts take the place of the packaged ones until the block ends."""
    before = rule_files.in_force()
    rule_files.put_in_force(
        RuleTexts("a folder", texts, RuleAdoption(by, "按省厅口径调整", TODAY)), all_files().values()
    )
    try:
        yield
    finally:
        rule_files.put_in_force(before, ())

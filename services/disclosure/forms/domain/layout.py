"""The form as data: titles, header, columns, cut-off and checks, read from a packaged file with a version.

A file with an unknown column, a check that nobody verifies or a missing citation is refused. Decides no figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.disclosure.forms.domain.checks import CHECKS
from services.disclosure.forms.domain.figures import Figure
from services.disclosure.forms.domain.period import Stock
from shared.policy.source import Confidence
from shared.policy.table import Table
from shared.policy.words import check_placeholders
from shared.rule_files import RuleFile

CURRENT = "monthly-exit-2022"
_NAME = f"disclosure/{CURRENT}.toml"
_FORMS = ("A", "B")
_TEXT_COLUMNS = ("seq", "region")
_TITLE_WORDS = ("unit", "month")
_REMINDER_WORDS = ("unit", "form", "month", "due_on", "starts_on", "ends_on")
_LAST_DAY_OF_EVERY_MONTH = 28
_MOST_YEARS = 30


@dataclass(frozen=True)
class LayoutColumn:
    """One column of the sheet; neighbours that are `grouped` stand under one common heading."""

    key: str
    name: str
    width: float
    grouped: bool


@dataclass(frozen=True)
class Layout:
    """One version of the form."""

    version: str
    citation: str
    titles: Mapping[str, str]
    header: tuple[str, ...]
    group: str
    total: str
    own_row: str
    unit: str
    cutoff_day: int
    stock: Stock
    columns: tuple[LayoutColumn, ...]
    checks: tuple[str, ...]
    due_days: Mapping[str, int]
    reminder_title: str
    reminder_text: tuple[str, ...]


def parse_layout(data: Mapping[str, Any]) -> Layout:
    """The layout of one file, or `PackError` with entry and reason."""
    file = Table(_NAME, "file", data)
    due, reminder, campaign = (file.table(name) for name in ("due", "reminder", "campaign"))
    layout = Layout(
        version=file.text("version"),
        citation=file.source().citation,
        titles=_titles(file.table("titles")),
        header=file.texts("header"),
        group=file.text("group"),
        total=file.text("total"),
        own_row=file.text("own_row"),
        unit=file.text("unit"),
        cutoff_day=_between(file, "cutoff_day", 31),
        stock=Stock(
            _between(file, "stock_years", _MOST_YEARS), campaign.day("until"), campaign.day("from"), campaign.day("to")
        ),
        columns=_columns(file),
        checks=_checks(file),
        due_days={form: _between(due, form, _LAST_DAY_OF_EVERY_MONTH) for form in _FORMS},
        reminder_title=reminder.text("title"),
        reminder_text=_reminder_text(reminder),
    )
    for key in ("cutoff_confidence", "stock_confidence"):
        file.choice(key, Confidence)
    due.source()
    if layout.stock.fixed_from > layout.stock.fixed_to:
        raise campaign.refuse("from lies after to")
    for one in (file, due, reminder, campaign):
        one.done()
    return layout


def _titles(table: Table) -> Mapping[str, str]:
    titles = {form: table.text(form) for form in _FORMS}
    for form, title in titles.items():
        check_placeholders(table, form, title, _TITLE_WORDS)
    table.done()
    return titles


def _columns(file: Table) -> tuple[LayoutColumn, ...]:
    """Each column of the form once."""
    columns = tuple(_column(table) for table in file.tables("column"))
    missing = {*_TEXT_COLUMNS, *Figure} - {column.key for column in columns}
    if missing or len(columns) != len(_TEXT_COLUMNS) + len(Figure):
        raise file.refuse(f"each column must stand there once; missing: {', '.join(sorted(missing)) or 'none'}")
    return columns


def _column(table: Table) -> LayoutColumn:
    key = table.text("key")
    if key not in _TEXT_COLUMNS and key not in set(Figure):
        raise table.refuse(f"column {key} is unknown")
    column = LayoutColumn(key, table.text("name"), float(table.number("width", 255)), table.flag("grouped", False))
    table.done()
    return column


def _checks(file: Table) -> tuple[str, ...]:
    checks = file.texts("checks")
    if unknown := [check for check in checks if check not in CHECKS]:
        raise file.refuse(f"nobody verifies the check {unknown[0]!r}")
    return checks


def _between(table: Table, key: str, most: int) -> int:
    number = table.number(key, most)
    if number < 1:
        raise table.refuse(f"{key} must be 1 to {most}")
    return number


def _reminder_text(table: Table) -> tuple[str, ...]:
    """Refused when it names a value that no reminder has."""
    paragraphs = table.texts("text")
    for paragraph in paragraphs:
        check_placeholders(table, "text", paragraph, _REMINDER_WORDS)
    return paragraphs


FILE = RuleFile(_NAME, "services.disclosure.forms", parse_layout, inside=f"layouts/{CURRENT}.toml")

load_layout = FILE.read
"""The layout in force."""

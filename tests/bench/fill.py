"""Fills tables with many rows in one statement each, on PostgreSQL and SQLite, so that a case about a million rows
begins soon. What the rows say is made up; their widths are those of real ones."""

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Table, column, insert, literal_column, select, text

from services.disclosure.column.tables import column_entry
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.tables import publication, publication_provenance
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.policy import Window, as_json, evaluate, load_packs
from shared.vocabulary import Audience, RecordKind
from tests.bench.policy_case import register

_ROWS_A_STATEMENT = 50_000  # a statement has a minute

_PENALTY = next(one for one in register(100) if one.kind is RecordKind.PENALTY)
FIRST_END = date(2026, 2, 1)
"""The first day on which publications of `fill_publications` may no longer be shown."""


async def fill(connection: AsyncConnection, table: Table, rows: int, values: Mapping[str, str]) -> None:
    """So many rows whose columns are SQL expressions over `i`, which counts from 0."""
    columns = [table.c[name] for name in values]
    for first in range(0, rows, _ROWS_A_STATEMENT):
        until = min(rows, first + _ROWS_A_STATEMENT)
        numbers = text(_NUMBERS[connection.dialect.name]).bindparams(first=first, until=until).columns(column("i"))
        chosen = select(*(literal_column(value) for value in values.values())).select_from(numbers.subquery("numbers"))
        await connection.execute(insert(table).from_select(columns, chosen))


_NUMBERS = {
    "postgresql": "SELECT generate_series(CAST(:first AS integer), CAST(:until AS integer) - 1) AS i",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :until)"
    " SELECT i FROM n",
}


def identifier(dialect: str, number: str) -> str:
    """The expression of an identifier, 32 hexadecimal digits, for the expression of a number."""
    return f"lpad(to_hex({number}), 32, '0')" if dialect == "postgresql" else f"printf('%032x', {number})"


def day(dialect: str, first: date, number: str) -> str:
    """The expression of the day so many days after `first`."""
    if dialect == "postgresql":
        return f"(date '{first}' + CAST({number} AS integer))"
    return f"date('{first}', (({number})) || ' days')"


async def fill_publications(database: Database, windows: int, days: int) -> None:
    """So many windows online, a third for each audience, of which each of `days` days ends an equal share, all over
    the table."""
    found = {one.audience: one for one in evaluate(_PENALTY, load_packs(), date(2026, 1, 5))}
    async with database.writing() as connection:
        dialect = connection.dialect.name
        key = identifier(dialect, "i")
        for audience, window in found.items():
            await fill(connection, publication, windows // len(Audience), _publication(dialect, days, window))
            proof = {"record_id": key, "audience": f"'{audience}'", "provenance": _quoted(window)}
            await fill(connection, publication_provenance, windows // len(Audience), proof)
        subject = {"subject_key": "'91320400YL' || substr(" + key + ", 25)"}
        written = {"record_id": key, **subject, "decided_on": "'2025-01-01'"}
        typed = {name: _cast(dialect, name, value) for name, value in written.items()}
        entry = {"name_key": f"'常州样例' || {key} || '有限公司'", "document_key": f"'常应急罚2025' || {key}"}
        await fill(connection, column_entry, windows // len(Audience), typed | entry)
        shown = {"published_on": "'2025-01-02'", "on_day": "'2025-01-02'", "written_at": _now(dialect)}
        known = {"what": "'published'", "region": "'320400'"}
        dated = {name: _cast(dialect, name, value) for name, value in shown.items()}
        await fill(connection, ledger_entry, windows // len(Audience), typed | known | dated)


def _publication(dialect: str, days: int, window: Window) -> dict[str, str]:
    dated = {"opens_on": "'2025-01-01'", "repair_from_on": "'2025-06-01'", "due_from": "'2025-01-01'"}
    return {
        "record_id": identifier(dialect, "i"),
        "audience": f"'{window.audience}'",
        "generation": "1",
        "state": "'online'",
        "severity": "'ordinary'",
        "needs_confirmation": "false",
        "closes_on": day(dialect, FIRST_END, f"i % {days} - 1"),
        "offline_on": day(dialect, FIRST_END, f"i % {days}"),
        "rule_id": f"'{window.provenance.rule_id}'",
        "due_deadline": "'reporting'",
        "due_provisional": "false",
        "changed_at": _now(dialect),
        **{name: _cast(dialect, name, value) for name, value in dated.items()},
    }


def _quoted(window: Window) -> str:
    written = json.dumps(as_json(window), ensure_ascii=False)
    return "'" + written.replace("'", "''") + "'"


def _cast(dialect: str, name: str, value: str) -> str:
    return f"date {value}" if dialect == "postgresql" and name.endswith(("_on", "_day", "_from")) else value


def _now(dialect: str) -> str:
    return "now()" if dialect == "postgresql" else "'2026-01-05 00:00:00.000000'"

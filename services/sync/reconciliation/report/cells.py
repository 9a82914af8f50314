"""One difference as the cells of a row, for the page and the workbook alike. Texts stay texts, never formulas."""

import json
from collections.abc import Sequence
from datetime import datetime

from services.sync.portals.field_words import field_word
from services.sync.reconciliation.report.texts import COLUMNS, TEXTS, word
from shared.clock import LEGAL_ZONE
from shared.database.types import AnyRow

_MOST_OF_A_VALUE = 2_000


def cells(row: AnyRow, lang: str) -> Sequence[str]:
    """In the order of `COLUMNS`."""
    return [_cell(name, getattr(row, name), lang) for name in COLUMNS]


def when(at: datetime | None) -> str:
    return f"{at.astimezone(LEGAL_ZONE):%Y-%m-%d %H:%M:%S}" if at else ""


def _cell(name: str, value: object, lang: str) -> str:
    if isinstance(value, bool):
        return TEXTS[lang]["yes" if value else "no"]
    if isinstance(value, datetime):
        return when(value)
    text = "" if value is None else str(value)
    if name == "differences" and text:
        changes = json.loads(text).items()
        text = "；".join(f"{field_word(lang, field)}：{wanted} → {shown}" for field, (wanted, shown) in changes)[
            :_MOST_OF_A_VALUE
        ]
    elif name in ("kind", "seen"):
        text = word(lang, text)
    return text

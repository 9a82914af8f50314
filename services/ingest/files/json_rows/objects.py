"""Reads one JSON object as a row. Numbers stay the digits that were written, so no code and no amount is rounded."""

import json
from typing import Any

from services.ingest.files.faults import fault
from services.ingest.files.limits import FileLimits
from services.ingest.files.oddities import faults_of, storable
from services.ingest.files.table import Fault, FaultCode
from services.ingest.mapping.draft import Cell
from services.ingest.mapping.header import meaning, printable
from shared.vocabulary import RecordKind

_REMEMBERED = 2_000  # spellings of columns; a hostile file could bring new ones in every row


class Pairs(list[tuple[str, Any]]):
    """An object as the list of its pairs, so that a key given twice is seen."""


class _TooDeep:
    """Stands in for a value that is nested deeper than can be read."""


TOO_DEEP = _TooDeep()


def _constant(text: str) -> str:
    return text  # NaN and Infinity are no amounts: as text they are stopped by the checks


DECODER = json.JSONDecoder(
    object_pairs_hook=Pairs, parse_float=str, parse_int=str, parse_constant=_constant, strict=False
)


class ObjectReader:
    """Turns decoded objects into cells by the names that `read_row` takes. Remembers the columns that it has met."""

    def __init__(self, kind: RecordKind, limits: FileLimits) -> None:
        self._kind, self._limits = kind, limits
        self._names: dict[str, str] = {}
        self.columns: dict[str, bool] = {}  # in the order of their first row, and whether they are known

    def read(self, value: Any) -> tuple[dict[str, Cell], tuple[Fault, ...]]:
        """The cells of one decoded value and what is wrong with them."""
        if not isinstance(value, Pairs):
            return {}, (fault(FaultCode.NESTED_VALUE if value is TOO_DEEP else FaultCode.NOT_A_ROW),)
        if len(value) > self._limits.columns:
            return {}, (fault(FaultCode.SURPLUS_CELLS, found=len(value), wanted=self._limits.columns),)
        cells: dict[str, Cell] = {}
        faults: list[Fault] = []
        for key, item in value:
            name = self._names.get(key) or self._learn(key)
            if name in cells and cells[name] != item:
                faults.append(fault(FaultCode.DOUBLED_FIELD, name))
            elif isinstance(item, list):
                faults.append(fault(FaultCode.NESTED_VALUE, name))
            else:
                cells[name] = item
        faults += faults_of(cells, self._limits, cells.keys())
        return storable(cells) if faults else cells, tuple(faults)

    def _learn(self, key: str) -> str:
        known = meaning(self._kind, key)
        name = known or printable(key) or "(no name)"
        if len(self._names) < _REMEMBERED:
            self._names[key] = name
            self.columns.setdefault(name, known is not None)
        return name

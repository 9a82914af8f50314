"""Looks at the texts of one row for signs that something was lost before it reached us."""

import re
from collections.abc import Iterable, Iterator, Mapping

from services.ingest.files.faults import fault
from services.ingest.files.limits import FileLimits
from services.ingest.files.table import Fault, FaultCode
from services.ingest.mapping.draft import Cell

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_HALF_CHARACTER = "\ud800-\udfff"
_CONTROLS = re.compile(f"[{_CONTROL}]")
_HALVES = re.compile(f"[{_HALF_CHARACTER}]")
_LOST = re.compile(f"[\ufffd{_HALF_CHARACTER}]|锟斤拷")
_ROUNDED = re.compile(r"\s*[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{2}\s*")
_ANY = re.compile(rf"[\ufffd{_HALF_CHARACTER}{_CONTROL}]|锟斤拷|[0-9][Ee]\+[0-9]")


def faults_of(cells: Mapping[str, Cell], limits: FileLimits, known: Iterable[str]) -> tuple[Fault, ...]:
    """What is wrong with the texts of a row, whatever their columns mean. Rounded numbers count in known columns.

    All texts are searched at once first: nearly all rows hold nothing odd, and cell by cell takes ten times as long.
    """
    texts = {name: cell for name, cell in cells.items() if isinstance(cell, str)}
    together = "\n".join(texts.values())
    if len(together) <= limits.cell_characters and _ANY.search(together) is None:
        return ()
    return tuple(_faults(texts, limits, known))


def storable(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The cells with half characters, which no encoding can write, replaced by the sign for a lost one."""
    return {name: _HALVES.sub("\ufffd", cell) if isinstance(cell, str) else cell for name, cell in cells.items()}


def _faults(texts: Mapping[str, str], limits: FileLimits, known: Iterable[str]) -> Iterator[Fault]:
    controls = sum(len(_CONTROLS.findall(text)) for text in texts.values())
    if controls > limits.control_characters:
        yield fault(FaultCode.CONTROL_CHARACTERS, found=controls, limit=limits.control_characters)
    for name, text in texts.items():
        if _LOST.search(text):
            yield fault(FaultCode.LOST_CHARACTERS, name)
        if len(text) > limits.cell_characters:
            yield fault(FaultCode.CELL_TOO_LONG, name, limit=limits.cell_characters)
    for name in known:
        if _ROUNDED.fullmatch(texts.get(name, "")):
            yield fault(FaultCode.LOST_DIGITS, name)

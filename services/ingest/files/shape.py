"""Gives the cells of a row their names. Rows come in order and by the million, so the usual one costs one `zip`."""

from collections.abc import Sequence

from services.ingest.files.faults import fault
from services.ingest.files.table import Fault, FaultCode
from services.ingest.mapping.header import Header


class Shape:
    """The columns of a table as its rows need them. `width` counts positions up to the last named column."""

    def __init__(self, header: Header) -> None:
        named = [at for at, name in enumerate(header.names) if name]
        self.width = named[-1] + 1
        self._names = header.names[: self.width]
        kept = [at for at in named if at not in header.counters]
        self.columns = tuple(header.names[at] for at in kept)
        self.known = tuple(header.names[at] for at in sorted(header.known))
        self._kept = None if len(kept) == self.width else kept
        self._blank = [at for at in range(self.width) if not self._names[at]]

    def cells(self, row: Sequence[str], own: Sequence[str] | None = None) -> dict[str, str]:
        """Name to text of a row at least as wide as the header. `own`: the row before merged cells were filled; what
        fills a column without a name is no cell that somebody wrote there."""
        if self._kept is None:
            return dict(zip(self._names, row, strict=False))
        return {self._names[at]: row[at] for at in self._kept} | self._unnamed(own or row, self._blank)

    def surplus(self, row: Sequence[str]) -> dict[str, str]:
        """Filled cells beyond the header, by their place."""
        return self._unnamed(row, range(self.width, len(row)))

    def width_fault(self, row: Sequence[str]) -> Fault | None:
        """For text, where a lost or an additional separator moves all cells behind it."""
        if len(row) < self.width:
            return fault(FaultCode.CUT_ROW, found=len(row), wanted=self.width)
        if any(cell.strip() for cell in row[self.width :]):
            return fault(FaultCode.SURPLUS_CELLS, found=len(row), wanted=self.width)
        return None

    @staticmethod
    def _unnamed(row: Sequence[str], places: Sequence[int]) -> dict[str, str]:
        return {f"column {at + 1}": row[at] for at in places if at < len(row) and row[at].strip()}

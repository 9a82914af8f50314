"""How much of a file is read at most. Each limit stands for one way in which a file could eat memory, disk or time."""

from dataclasses import dataclass

_MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Limits of one file. The defaults carry 1,000,000 rows of 1 kB; a row of all texts at full length has 70 kB."""

    file_bytes: int = 2048 * _MEBI
    rows: int = 2_000_000
    columns: int = 500
    header_within: int = 30  # rows above and including the header
    row_bytes: int = 256 * 1024  # also the characters of a row of a workbook, with its merged cells filled
    row_lines: int = 500  # a quoted cell may hold line breaks; a quote that is never closed must not eat the file
    cell_characters: int = 32_767  # what a cell of a spreadsheet can hold
    control_characters: int = 8  # a row with more of them is damaged, not badly typed
    unpacked_bytes: int = 4096 * _MEBI  # of all parts of a workbook
    unpacked_ratio: int = 250  # deflate reaches 1000; sheets of real rows 5 to 30
    parts: int = 2_000
    sheets: int = 100
    shared_texts: int = 20_000_000
    merged_ranges: int = 20_000
    opening_seconds: float = 120.0

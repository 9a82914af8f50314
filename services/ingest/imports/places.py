"""Where the rows of a slice stood in their file, kept as runs: most rows follow each other line by line."""

import json
from collections.abc import Iterator, Sequence
from itertools import count

from services.ingest.files import SourceRow


def places_of(rows: Sequence[SourceRow]) -> str:
    """JSON list of runs: place of the first row in the slice (from 0), its sheet, its line."""
    runs: list[tuple[int, str | None, int]] = []
    for place, row in enumerate(rows):
        if not runs or row.sheet != runs[-1][1] or row.line - place != runs[-1][2] - runs[-1][0]:
            runs.append((place, row.sheet, row.line))
    return json.dumps(runs, ensure_ascii=False, separators=(",", ":"))


def places_in(text: str, rows: int) -> Iterator[tuple[str | None, int]]:
    """Sheet and line of each of the rows, in order."""
    runs = json.loads(text)
    ends = [run[0] for run in runs[1:]] + [rows]
    for (start, sheet, line), end in zip(runs, ends, strict=True):
        yield from ((sheet, at) for at, _ in zip(count(line), range(start, end), strict=False))

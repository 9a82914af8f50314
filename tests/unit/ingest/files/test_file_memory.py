"""Memory stays flat however long a file is, and texts of a workbook beyond a fixed amount lie on disk."""

import json
import tracemalloc
from pathlib import Path

import pytest

from services.ingest.files import FileLimits, open_table
from services.ingest.files.xlsx.texts import Texts
from tests.support.source_files import NAMES, TITLES, csv_of, row, table, workbook

MEBI = 1024 * 1024


def peak_of(path: Path) -> tuple[int, int]:
    """Rows and the greatest amount of memory that reading them took."""
    with open_table(path, path.name, FileLimits()) as source:
        tracemalloc.start()
        try:
            count = sum(1 for _ in source.rows())
            return count, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_50_000_rows_of_text_take_a_few_mebibytes(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"long.{form}"
    if form == "csv":
        block, end = csv_of(*(row(n) for n in range(500))), b""
        start = csv_of(TITLES)
    else:
        objects = [json.dumps(dict(zip(NAMES, row(n), strict=True)), ensure_ascii=False) for n in range(500)]
        between = ",\n" if form == "json" else "\n"
        block, start = (between.join(objects) + between).encode(), b"[" if form == "json" else b""
        end = b"{}]" if form == "json" else b""
    path.write_bytes(start + block * 100 + end)
    size = path.stat().st_size
    count, peak = peak_of(path)
    assert count == 50_000 + (form == "json")
    assert peak < (12 * MEBI if form == "json" else 4 * MEBI)
    assert size > 8 * MEBI


def test_3_000_rows_of_a_workbook_take_less_than_their_sheet(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    path.write_bytes(workbook(("s", table([TITLES, *(row(n) for n in range(3_000))])), constant_memory=True))
    count, peak = peak_of(path)
    assert (count, peak < MEBI) == (3_000, True)


def test_texts_beyond_the_room_in_memory_come_back_from_disk() -> None:
    texts = Texts(in_memory=100)
    wanted = [f"第{n}项" * (n % 5) for n in range(1_000)]
    for text in wanted:
        texts.add(text)
    texts.seal()
    assert (len(texts), [texts[at] for at in range(1_000)]) == (1_000, wanted)
    texts.close()
    texts.close()

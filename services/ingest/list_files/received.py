"""A list as it came over HTTP: put into a file that is gone afterwards, and read in a thread."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.ingest.files.refusal import FileRefused
from services.ingest.list_files.header import ListColumn
from services.ingest.list_files.read import ListTable, read_list
from shared.errors import MALFORMED, Problem


async def read_received(body: bytes, columns: Sequence[ListColumn]) -> ListTable:
    """Raises `Problem` with the sentence and the advice when the file is no such list."""
    return await asyncio.to_thread(_read, body, columns)


def read_stored(path: Path, columns: Sequence[ListColumn]) -> ListTable:
    """The same for a file that is there already."""
    try:
        return read_list(path, columns)
    except FileRefused as refused:
        raise Problem(
            MALFORMED,
            refused.sentence,
            errors=[{"field": "file", "reason": refused.reason_code}],
            what_to_do=refused.advice,
        ) from None


def _read(body: bytes, columns: Sequence[ListColumn]) -> ListTable:
    with tempfile.NamedTemporaryFile(prefix="creditsync-list-") as file:
        file.write(body)
        file.flush()
        return read_stored(Path(file.name), columns)

"""The watched folder (监视文件夹): complete files become imports, then lie in `done` or `refused` with their verdicts.

A file is first moved to `taken/<import>/`, so that a crash anywhere leaves it in one known place; every look goes on
with what lies there. The same content is not read twice unless a `.force` mark lies beside it. Serves G01 and G02.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from services.ingest.files.file_words import FILE_WORDS
from services.ingest.imports import store
from services.ingest.imports.complete import DONE_MARK, FORCE_MARK, Watch, free_name, has_mark, move
from services.ingest.imports.repeat import note_repeat
from services.ingest.imports.spool import Spool
from services.ingest.imports.states import ImportState, Origin
from services.ingest.imports.verdict_files import VerdictForm, verdict_file
from services.ingest.in_words import advice_in, of_file_in
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.ids import new_id
from shared.messaging.unit_of_work import unit_of_work
from shared.secret_files import write_secret

log = structlog.get_logger()

_LOCK, _TAKEN = ".lock", "taken"
_VERDICTS, _NOTE = ".verdicts.csv", ".note.txt"
_OUTCOMES = {
    ImportState.DONE: "done",
    ImportState.REFUSED: "refused",
    ImportState.FAILED: "refused",
    ImportState.CANCELLED: "refused",
}


@dataclass(frozen=True)
class FolderDesk:
    """In whose name files of the folder are imported, and where they go."""

    database: Database
    clock: Clock
    spool: Spool
    folder: Path
    client: str
    authorities: frozenset[str] | None
    max_bytes: int


class WatchedFolder:
    """Looks again and again; several processes may watch one folder, one of them looks at a time."""

    def __init__(self, desk: FolderDesk) -> None:
        self._desk = desk
        self._watch = Watch(desk.folder)

    async def look(self) -> int:
        """Put away what is read, then take up what is complete."""
        await asyncio.to_thread(self._make_folders)
        with _locked(self._desk.folder / _LOCK) as mine:
            if mine:
                await self._each(self._go_on_with, await asyncio.to_thread(self._taken))
                await self._each(self._take, await asyncio.to_thread(self._watch.ready))
        return 0

    async def _each(self, do: Callable[[Path], Awaitable[None]], paths: list[Path]) -> None:
        """A file that cannot be moved or read keeps no other waiting."""
        for path in paths:
            try:
                await do(path)
            except OSError as error:
                log.warning("folder_file_failed", reason=type(error).__name__, errno=error.errno)

    def _make_folders(self) -> None:
        for name in ("", _TAKEN, *_OUTCOMES.values()):
            (self._desk.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _taken(self) -> list[Path]:
        """The file of each import under way; an empty place is what a crash before the move left."""
        found = []
        for entry in sorted((self._desk.folder / _TAKEN).iterdir()):
            files = sorted(path for path in entry.iterdir() if not path.name.endswith(FORCE_MARK))
            if files:
                found.append(files[0])
            else:
                _clear(entry)
        return found

    async def _take(self, path: Path) -> None:
        await self._go_on_with(await asyncio.to_thread(self._set_aside, path))

    def _set_aside(self, path: Path) -> Path:
        aside = self._desk.folder / _TAKEN / new_id()
        aside.mkdir(mode=0o700)
        if has_mark(path, FORCE_MARK):
            forced = path.with_name(f"{path.name}{FORCE_MARK}")
            forced.replace(aside / forced.name)
        if has_mark(path, DONE_MARK):
            path.with_name(f"{path.name}{DONE_MARK}").unlink(missing_ok=True)
        return path.replace(aside / path.name)

    async def _go_on_with(self, path: Path) -> None:
        """From wherever it is: not yet an import, being read, or at its end."""
        import_id = path.parent.name
        async with self._desk.database.reading() as connection:
            row = await store.find(connection, import_id)
        if row is None:
            await self._begin(import_id, path)
        elif row.state in _OUTCOMES:
            await self._put_away(row, path)

    async def _begin(self, import_id: str, path: Path) -> None:
        desk = self._desk
        if _size(path) > desk.max_bytes:
            self._note(path, "refused", FILE_WORDS.said("too_large_for_the_folder", n=desk.max_bytes))
            return
        name = os.fsencode(path.name).decode("utf-8", "replace")
        size, sha256 = await asyncio.to_thread(desk.spool.take_in, import_id, path)
        if not has_mark(path, FORCE_MARK) and (same := await self._same(sha256)):
            desk.spool.remove(import_id)
            async with unit_of_work(desk.database, desk.clock) as work:
                await note_repeat(work, import_id, same)
            self._note(path, "done", FILE_WORDS.said("same_content", id=same, mark=f"{name}{FORCE_MARK}"))
            return
        new = store.NewImport(import_id, desk.client, desk.authorities, Origin.FOLDER, name, None, size, sha256)
        async with unit_of_work(desk.database, desk.clock) as work:
            await store.insert_import(work, new, complete=True)
        log.info("folder_file_taken", import_id=import_id)

    async def _same(self, sha256: str) -> str | None:
        async with self._desk.database.reading() as connection:
            return await store.same_content(connection, self._desk.client, sha256)

    async def _put_away(self, row: AnyRow, path: Path) -> None:
        """The verdicts are written first: a crash then leaves them twice and never not at all."""
        folder = self._desk.folder / _OUTCOMES[ImportState(row.state)]
        name = free_name(folder, path.name, _VERDICTS)
        with open_secret(folder / f"{name}{_VERDICTS}") as file:
            async for piece in verdict_file(self._desk.database, self._desk.spool, row.import_id, VerdictForm.CSV):
                await asyncio.to_thread(file.write, piece)
        if row.reason is not None:
            why = json.loads(row.reason)
            write_secret(folder / f"{name}{_NOTE}", _in_both(why["sentence"], why["advice"]))
        move(path, folder / name)
        _clear(path.parent)

    def _note(self, path: Path, outcome: str, sentence: str) -> None:
        folder = self._desk.folder / outcome
        name = free_name(folder, path.name, _NOTE)
        write_secret(folder / f"{name}{_NOTE}", _in_both(sentence))
        move(path, folder / name)
        _clear(path.parent)
        log.info("folder_file_not_read", outcome=outcome)


def _in_both(sentence: str, advice: str = "") -> bytes:
    """For whoever finds it beside the file: Chinese, and below it English."""
    chinese = f"{of_file_in('zh', sentence)}{advice_in('zh', advice)}"
    return f"{chinese}\n{f'{sentence} {advice}'.strip()}\n".encode()


def _size(path: Path) -> int:
    return path.stat().st_size


def open_secret(path: Path) -> BinaryIO:
    """A new file that nobody else may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _clear(folder: Path) -> None:
    for left in folder.iterdir():
        left.unlink()
    folder.rmdir()


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether this process may work on the folder now; the lock ends with the process."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True

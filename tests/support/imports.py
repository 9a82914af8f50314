"""Sends files to a running ingest and reads them as its background side does, with small slices."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.ingest.app import create_app
from services.ingest.day import DayBook
from services.ingest.files import FileLimits, open_table
from services.ingest.imports.read import OpenTable, Reading, ReadingRoom
from services.ingest.imports.reader import ImportReader
from services.ingest.imports.spool import Spool
from services.ingest.imports.store import LEASE
from services.ingest.imports.take_in import Intake
from services.ingest.settings import IngestSettings
from shared.clock import Clock
from shared.database.engine import Database
from shared.sealing import Sealer
from tests.support.rows import Row
from tests.support.services import RunningService

Data = dict[str, Any]
OCTETS = "application/offset+octet-stream"


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """A file as a bureau exports it: a header and one line a row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def reading_room(
    database: Database,
    clock: Clock,
    data_dir: Path,
    *,
    slice_rows: int = 3,
    opener: OpenTable = open_table,
    lease: timedelta = LEASE,
) -> ReadingRoom:
    """What a reader stands on, with the spool and the keys of this data folder."""
    sealer = Sealer(*IngestSettings(data_dir=data_dir).person_keys())
    intake = Intake(database, clock, sealer, DayBook())
    return ReadingRoom(intake, Spool(data_dir / "spool"), FileLimits(), slice_rows, opener, lease=lease)


async def read_everything(room: ReadingRoom) -> None:
    """Let one reader work until nothing waits."""
    reader = ImportReader(room)
    while await reader.turn():
        pass


async def begin(reader: ImportReader) -> Reading:
    """Claim and open what waits; the reader goes on with it in its next turn."""
    claimed = await reader._claim()
    assert claimed is not None
    reading = reader._reading = await reader._open(*claimed)
    assert reading is not None
    return reading


@dataclass
class ImportHouse:
    """A running ingest, and the hands of its client and of its background side."""

    service: RunningService
    data_dir: Path

    @property
    def spool(self) -> Path:
        return self.data_dir / "spool"

    def room(self, **changed: Any) -> ReadingRoom:
        return reading_room(self.service.database, self.service.clock, self.data_dir, **changed)

    def app(self) -> FastAPI:
        """The application once more, to be served on a real socket."""
        app = create_app(
            IngestSettings(data_dir=self.data_dir, jwks="http://127.0.0.1:9/jwks.json"), self.service.database
        )
        app.state.verifier = self.service.issuer.verifier()
        return app

    async def announce(self, content: bytes, **changed: Any) -> Data:
        """Tell of a file; `changed` replaces or adds members."""
        body = {"name": "名单.csv", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()} | changed
        answer = await self.service.post("/v1/imports", body)
        assert answer.status_code == 201, answer.text
        view: Data = answer.json()
        return view

    async def send(self, import_id: str, offset: int, content: bytes, **claims: Any) -> Any:
        headers = self.service.headers(**claims) | {"Upload-Offset": str(offset), "Content-Type": OCTETS}
        return await self.service.client.patch(f"/v1/imports/{import_id}/content", content=content, headers=headers)

    async def upload(self, content: bytes, **changed: Any) -> str:
        """The whole file in one request; gives the import's identifier."""
        import_id = str((await self.announce(content, **changed))["import_id"])
        answer = await self.send(import_id, 0, content)
        assert answer.status_code == 200, answer.text
        return import_id

    async def look(self, import_id: str) -> Data:
        answer = await self.service.get(f"/v1/imports/{import_id}")
        assert answer.status_code == 200, answer.text
        view: Data = answer.json()
        return view

    async def import_file(self, content: bytes, **changed: Any) -> Data:
        """Send it and read it to its end."""
        import_id = await self.upload(content, **changed)
        await read_everything(self.room())
        return await self.look(import_id)

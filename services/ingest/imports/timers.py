"""What the background side of ingest does for imports: read, tidy up, watch a folder, pull, tell."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from services.ingest.day import DayBook
from services.ingest.files import FileLimits, open_table
from services.ingest.imports.folder import FolderDesk, WatchedFolder
from services.ingest.imports.pull.work import PullPlan, PullWorker
from services.ingest.imports.read import ReadingRoom
from services.ingest.imports.reader import ImportReader
from services.ingest.imports.spool import Spool
from services.ingest.imports.take_in import Intake
from services.ingest.imports.tidy import Tidier
from services.ingest.settings import IngestSettings
from shared.outbound.client import OutboundClient
from shared.runtime import Ground
from shared.sealing import Sealer
from shared.timers import Timer

_PAGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class ImportTimers:
    """The timers, what is to be done before they begin, and what is to be given back when they end."""

    timers: list[Timer]
    opens: list[Callable[[], Awaitable[None]]]
    closes: list[Callable[[], Awaitable[None]]]


def spool_of(settings: IngestSettings) -> Spool:
    """The folder that the HTTP side and the readers share."""
    return Spool(settings.import_spool or settings.data_dir / "spool")


def import_timers(settings: IngestSettings, ground: Ground, days: DayBook) -> ImportTimers:
    """All timers of imports, in no order that matters."""
    intake = Intake(ground.database, ground.clock, Sealer(*settings.person_keys()), days)
    parts = [_files(settings, intake), _folder(settings, intake), _pull(settings, intake)]
    return ImportTimers(
        [timer for part in parts for timer in part.timers],
        [opening for part in parts for opening in part.opens],
        [closing for part in parts for closing in part.closes],
    )


def _files(settings: IngestSettings, intake: Intake) -> ImportTimers:
    spool = spool_of(settings)
    limits = FileLimits(file_bytes=settings.import_max_bytes)
    room = ReadingRoom(intake, spool, limits, settings.import_slice_rows, open_table)
    readers = [ImportReader(room) for _ in range(settings.import_readers)]
    tidier = Tidier(intake.database, intake.clock, spool, timedelta(hours=settings.import_upload_hours))
    timers = [
        *(Timer("ingest.imports", 0.5, reader.turn) for reader in readers),
        Timer("ingest.imports.tidy", 5.0, tidier.tidy),
        Timer("ingest.imports.tell", 5.0, tidier.tell),
    ]
    return ImportTimers(timers, [], [reader.close for reader in readers])


def _folder(settings: IngestSettings, intake: Intake) -> ImportTimers:
    if settings.import_folder is None:
        return ImportTimers([], [], [])
    desk = FolderDesk(
        intake.database,
        intake.clock,
        spool_of(settings),
        settings.import_folder,
        settings.import_client,
        settings.import_scope(),
        settings.import_max_bytes,
    )
    return ImportTimers([Timer("ingest.imports.folder", 3.0, WatchedFolder(desk).look)], [], [])


def _pull(settings: IngestSettings, intake: Intake) -> ImportTimers:
    if settings.pull_url is None:
        return ImportTimers([], [], [])
    address = urlsplit(settings.pull_url)
    http = OutboundClient(f"{address.scheme}://{address.netloc}", max_answer_bytes=_PAGE_BYTES, connections=2)
    plan = PullPlan(
        path=address.path or "/",
        kinds=settings.kinds_to_pull(),
        page_rows=settings.pull_page_rows,
        interval=timedelta(seconds=settings.pull_interval_seconds),
        overlap=timedelta(seconds=settings.pull_overlap_seconds),
        token_file=settings.pull_token_file,
        client=settings.import_client,
        authorities=settings.import_scope(),
    )
    worker = PullWorker(intake, http, plan)
    timers = [Timer("ingest.pull", 1.0, worker.turn), Timer("ingest.pull.tell", 5.0, worker.tell)]
    return ImportTimers(timers, [worker.open], [http.close])

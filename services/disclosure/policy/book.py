"""The law in force, as every process sees it: read from the database, and read anew when an adoption or a year arrives.

Asking costs one look at two small tables a transaction. A process that cannot read the packs in force does not judge
with older ones: it waits (`Unavailable`). Serves G03.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.disclosure.calendar import store as calendar_store
from services.disclosure.policy import store
from services.disclosure.rules import Law, load_law
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.policy import Evaluator, PackError
from shared.policy.load import parse_texts, texts_of
from shared.workdays import CalendarFileError, calendar_with, read_year_text

log = structlog.get_logger()

PROGRAM = "creditsync"


@dataclass(frozen=True)
class _Edition:
    """Which adoption and which notice of the calendar a law was read from."""

    revision: int
    notice: int


class LawBook:
    """Holds the newest law. One for each process; it may be asked from many transactions at once."""

    def __init__(self, approval_regions: Sequence[str] = ()) -> None:
        packaged = load_law()
        self._approval_regions = tuple(approval_regions)
        self._packaged = packaged
        self._edition = _Edition(0, 0)
        self._law = Law(packaged.evaluator, packaged.calendar, 0, self._approval_regions)

    async def current(self, connection: AsyncConnection) -> Law:
        """The law in force, as of this transaction."""
        edition = _Edition(await store.newest_revision(connection), await calendar_store.newest_notice(connection))
        if edition != self._edition:
            texts = await store.read_texts(connection, edition.revision)
            years = await calendar_store.read_years(connection)
            self._law = await asyncio.to_thread(self._read, edition, texts, years)
            self._edition = edition
            log.info("law_read", revision=edition.revision, version=self._law.evaluator.packs.version)
        return self._law

    def _read(self, edition: _Edition, texts: Mapping[str, str], years: Mapping[int, str]) -> Law:
        """The worked cases ran when the packs were adopted, by the program that adopted them."""
        try:
            packs = parse_texts(texts)[0] if texts else self._packaged.evaluator.packs
            announced = [read_year_text(f"{year}.toml", text) for year, text in years.items()]
            calendar = calendar_with(announced)
        except (PackError, CalendarFileError) as error:
            raise Unavailable(f"this program cannot read the law in force (revision {edition.revision})") from error
        return Law(Evaluator(packs), calendar, edition.revision, self._approval_regions)


async def note_packaged(database: Database, clock: Clock) -> None:
    """Put the packs that come with the program in force: at the very first start, and when a new program brings newer
    ones while packaged ones are in force. What a person adopted stays in force, whatever the program brings.
    """
    texts = texts_of()
    version = (await asyncio.to_thread(parse_texts, texts))[0].version
    async with unit_of_work(database, clock) as work:
        await _note(work, texts, version)


async def _note(work: UnitOfWork, texts: Mapping[str, str], version: str) -> None:
    await store.lock(work)
    latest = await store.newest_adoption(work.connection)
    if latest is not None and latest.origin != store.PACKAGED:
        return
    # An older replica that starts during an upgrade must not put its older packs back.
    if await store.was_packaged(work.connection, version):
        return
    reason = f"packaged with the program, version {version}"
    await store.adopt(work, texts, store.NewAdoption(version, store.PACKAGED, PROGRAM, reason))

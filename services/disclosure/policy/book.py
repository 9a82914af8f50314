"""The law in force, as every process sees it: read from the database, and read anew when an adoption or a year arrives.

Asking costs one look at two small tables a transaction. A process that cannot read the packs in force does not judge
with older ones: it waits (`Unavailable`). Serves G03.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from services.disclosure.calendar.tables import calendar_year
from services.disclosure.policy import store
from services.disclosure.rules import Law, load_law
from shared.calendars.book import CalendarBook
from shared.clock import Clock
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.policy import Evaluator, PackError
from shared.policy.load import parse_texts, texts_of

log = structlog.get_logger()

PROGRAM = "creditsync"


class LawBook:
    """Holds the newest law. One for each process; it may be asked from many transactions at once."""

    def __init__(self, approval_regions: Sequence[str] = ()) -> None:
        packaged = load_law()
        self._approval_regions = tuple(approval_regions)
        self._packaged = packaged
        self._calendars = CalendarBook(calendar_year)
        self._law = Law(packaged.evaluator, packaged.calendar, 0, self._approval_regions)

    async def current(self, connection: AsyncConnection) -> Law:
        """The law in force, as of this transaction."""
        law, revision = self._law, await store.newest_revision(connection)
        calendar = await self._calendars.current(connection)
        if (revision, calendar) == (law.revision, law.calendar):
            return law
        evaluator = law.evaluator
        if revision != law.revision:
            texts = await store.read_texts(connection, revision)
            evaluator = await asyncio.to_thread(self._evaluator, revision, texts)
        self._law = law = Law(evaluator, calendar, revision, self._approval_regions, law.former)
        log.info("law_read", revision=revision, version=evaluator.packs.version)
        return law

    def _evaluator(self, revision: int, texts: Mapping[str, str]) -> Evaluator:
        """The worked cases ran when the packs were adopted, by the program that adopted them."""
        try:
            return Evaluator(parse_texts(texts)[0] if texts else self._packaged.evaluator.packs)
        except PackError as error:
            raise Unavailable(f"this program cannot read the law in force (revision {revision})") from error


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
    revision = await store.adopt(work, texts, store.NewAdoption(version, store.PACKAGED, PROGRAM, reason))
    payload = {"revision": revision, "version": version}
    work.audit(Act(Action.PACKS_ADOPTED, system(PROGRAM), f"revision {revision}", reason=reason, payload=payload))

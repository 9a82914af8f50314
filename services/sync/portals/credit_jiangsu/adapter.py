"""Credit Jiangsu (信用江苏): rows into an exchange database, feedback out of it, an export file as the listing."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import BinaryIO, TypeVar

import structlog
from sqlalchemy import Table

from services.sync.metrics import ODD_ANSWERS
from services.sync.portals.base import (
    Checkpoint,
    Digested,
    IncompleteListing,
    Listed,
    ListedPage,
    ListingMoved,
    Look,
    Outcome,
    PendingReceipt,
    PortalLimits,
    PushOrder,
    PushResult,
    Sighting,
)
from services.sync.portals.contract import Contract, places
from services.sync.portals.credit_jiangsu import mapping
from services.sync.portals.credit_jiangsu.exchange import CommitInDoubt, ExchangeDatabase
from services.sync.portals.credit_jiangsu.exchange_tables import INTAKE
from services.sync.portals.credit_jiangsu.export import digest_export, read_export
from services.sync.portals.credit_jiangsu.feedback import Feedback
from services.sync.portals.credit_jiangsu.limits import (
    EXPORT_BYTES,
    EXPORT_ROWS_A_PAGE,
    EXPORT_SECONDS,
    LIMITS,
)
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.public_face import PublicFace, sought
from services.sync.portals.refusals import split_sendable, uncertain
from services.sync.portals.shared_pages import looking_together
from shared.clock import Clock
from shared.contracts.records import Record
from shared.errors import StartRefused
from shared.ids import new_id
from shared.outbound.client import Uncertain
from shared.vocabulary import Portal

log = structlog.get_logger()

_OK = 200
_Row = TypeVar("_Row", Listed, Digested)


class CreditJiangsu:
    """The adapter to Credit Jiangsu."""

    portal = Portal.CREDIT_JIANGSU
    kinds = frozenset(mapping.COLUMNS)

    def __init__(self, options: PortalOptions) -> None:
        self.limits: PortalLimits = options.limits(LIMITS)
        if not options.exchange_url:
            raise StartRefused("Credit Jiangsu needs the address of its exchange database (exchange_url).")
        self._exchange = ExchangeDatabase(options.exchange_url, options.database)
        self._http = PortalHttp(options, connections=LIMITS.looks_at_once)
        patient = replace(options.timeouts, whole=max(options.timeouts.whole, EXPORT_SECONDS))
        self._export = PortalHttp(replace(options, timeouts=patient), connections=1)
        self._face = PublicFace(self._http, mapping.read_entry)
        self._contract = Contract(self._http, mapping.columns_of)

    async def open(self) -> None:
        """Connections are made when they are first needed."""

    async def close(self) -> None:
        await self._http.close()
        await self._export.close()
        await self._exchange.close()

    def portal_key(self, record: Record) -> str:
        return mapping.portal_key(record)

    def shown(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        return mapping.shown(record, closes_on)

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        """Each attempt is a row with a number of its own, so that no feedback to an earlier one is taken for it."""
        sendable, results = split_sendable(orders, self.kinds)
        numbered = [(new_id(), order) for order in sendable]
        rows: dict[Table, list[Mapping[str, object]]] = defaultdict(list)
        for serial, order in numbered:
            rows[INTAKE[order.record.kind]].append(mapping.exchange_row(order, serial))
        try:
            await self._exchange.put(rows)
        except CommitInDoubt as error:
            return results + uncertain(sendable, str(error))
        return results + [
            PushResult(order.record_id, order.generation, Outcome.PENDING, receipt=serial) for serial, order in numbered
        ]

    async def collect_receipts(self, pending: Sequence[PendingReceipt]) -> Sequence[PushResult]:
        arrived = await self._exchange.feedback([receipt.receipt for receipt in pending])
        results = []
        for receipt in pending:
            feedback = arrived.get(receipt.receipt)
            if feedback is not None:
                results.append(_result(receipt, feedback))
        return results

    async def look(self, record: Record) -> Sighting:
        return await self._face.look(sought(self.portal_key(record), record))

    def look_together(self, records: Sequence[Record]) -> Look:
        return looking_together(self._face, self.portal_key, records)

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        found = await self._contract.probe(places(self.portal_key, known), "/list")
        return [*found, *await self._exchange.departures()]

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        return self._parts(read_export)

    async def pages(self, after: Checkpoint | None) -> AsyncIterator[ListedPage]:
        """Digests of the export; tomorrow's file is another one, so that none is gone on with."""
        if after is not None:
            raise ListingMoved("an export is read from its beginning")
        async with aclosing(self._parts(digest_export)) as parts:
            async for part in parts:
                yield ListedPage(part)
                del part  # or it would stand beside the next one

    async def _parts(self, read: Callable[[BinaryIO], Iterator[_Row]]) -> AsyncGenerator[Sequence[_Row], None]:
        """The file waits on disk and is read row by row: a million rows need no more memory than a page of them."""
        with tempfile.TemporaryFile() as packed:
            await self._fetch(packed)
            rows = read(packed)
            while part := list(islice(rows, EXPORT_ROWS_A_PAGE)):
                yield part
                del part  # or it would stand beside the next one
                await asyncio.sleep(0)

    async def _fetch(self, into: BinaryIO) -> None:
        try:
            status = await self._export.download("/export/full.csv.gz", into.write, most_bytes=EXPORT_BYTES)
        except Uncertain as error:
            raise IncompleteListing(f"the export did not arrive: {error}") from error
        if status != _OK:
            raise IncompleteListing(f"the export was answered with {status}")


def create(options: PortalOptions, _clock: Clock) -> CreditJiangsu:
    """The adapter, as the registry makes it."""
    return CreditJiangsu(options)


def _result(receipt: PendingReceipt, feedback: Feedback) -> PushResult:
    """An odd word leaves the order in doubt: it is read back on the pages."""
    code, outcome = feedback.code, Outcome.TAKEN if feedback.taken else Outcome.REFUSED
    if feedback.oddity:
        code, outcome = f"feedback_{feedback.oddity}", Outcome.UNCERTAIN
        ODD_ANSWERS.labels(Portal.CREDIT_JIANGSU, feedback.oddity).inc()
        log.warning("odd_feedback", record_id=receipt.record_id, oddity=feedback.oddity)
    return PushResult(receipt.record_id, receipt.generation, outcome, code=code, message=feedback.message)

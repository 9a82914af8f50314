"""Turn what disclosure orders into what each portal shall show: the wanted column of the placements.

An order older than the one a placement has is refused and counted: nothing rises again (guarantee G06).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from services.sync import former_entries, wanted_column
from services.sync.buckets.domain.digests import bucket_of, entry_digest
from services.sync.domain.shown import digest
from services.sync.metrics import STALE_ORDERS
from services.sync.portals.base import KeepsDigests, PortalAdapter
from services.sync.watch.names import keep_names
from services.sync.webhooks import changes
from shared.calendars.dues import due_again
from shared.contracts.events import PublicationOffline, PublicationOnline, PushOrdered
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import PORTALS_OF, Portal
from shared.workdays import WorkCalendar

log = structlog.get_logger()

Adapters = Mapping[Portal, PortalAdapter]


async def want_online(
    work: UnitOfWork, orders: Sequence[PublicationOnline], adapters: Adapters, calendar: WorkCalendar
) -> None:
    """上线: these records shall be shown, with this content, until the end of their window."""
    orders = newest(orders)
    rows = [
        _online_row(work, order, adapters[portal], calendar)
        for order in orders
        for portal in PORTALS_OF[order.audience]
        if order.record.kind in adapters[portal].kinds
    ]
    await _want(work, rows, orders)


async def want_offline(work: UnitOfWork, orders: Sequence[PublicationOffline], calendar: WorkCalendar) -> None:
    """下线: these records shall disappear, for this reason, at the latest at `due_at`."""
    rows = [
        _row(work, order, portal, calendar) | {"take_down": True, "reason": order.reason}
        for order in newest(orders)
        for portal in PORTALS_OF[order.audience]
    ]
    await _want(work, rows)


async def _want(work: UnitOfWork, rows: list[dict[str, Any]], contents: Sequence[PublicationOnline] = ()) -> None:
    """Write the orders that are newer than what is stored, and send the push workers after them."""
    before = await wanted_column.enter(work, rows)
    raised = [row for row in rows if before[_named(row)].source_generation < row["source_generation"]]
    await former_entries.retire(work, raised, before)
    standing, overtaken = _sorted(rows, before)
    # What an entry was last sent with stays its content: a late amendment must not turn a take-down to another key.
    settled = {(row["record_id"], row["audience"]) for row in overtaken if before[_named(row)].portal_key}
    newest_contents = [one for one in contents if (one.record_id, one.audience) not in settled]
    await wanted_column.store_contents(work, newest_contents)
    await keep_names(work, newest_contents)
    await wanted_column.raise_wanted(work, raised)
    await former_entries.reclaim(work, standing)
    asked = {(row["record_id"], row["portal"]): row for row in rows}
    stored = await wanted_column.wanted_now(work, {row["record_id"] for row in rows})
    wanted = [row for row in stored if (row.record_id, row.portal) in asked]
    nameless = [asked[row.record_id, row.portal] for row in wanted if row.portal_key is None]
    await wanted_column.fill_identity(work, [order for order in nameless if order["portal_key"]])
    _count_stale(wanted, asked)
    newer = [row for row in wanted if row.source_generation == asked[row.record_id, row.portal]["source_generation"]]
    await changes.orders_given(work, {row.record_id for row in newer}, {row.portal for row in newer})
    work.tell(*(_push(row) for row in wanted if _can_be_sent(row, asked)))


def _sorted(
    rows: Sequence[dict[str, Any]], before: Mapping[tuple[str, str], AnyRow]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The orders that stand, and those that a newer one has overtaken."""
    standing: list[dict[str, Any]] = []
    overtaken: list[dict[str, Any]] = []
    for row in rows:
        late = before[_named(row)].source_generation > row["source_generation"]
        (overtaken if late else standing).append(row)
    return standing, overtaken


def _named(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["record_id"], row["portal"]


def _can_be_sent(row: AnyRow, asked: Mapping[tuple[str, str], dict[str, Any]]) -> bool:
    """A take-down of something whose content has not come yet is a fence only, and so is one of a kind not shown."""
    named = row.portal_key or asked[row.record_id, row.portal]["portal_key"]
    return bool(row.known and named and row.acknowledged_generation < row.generation)


def _count_stale(wanted: Sequence[AnyRow], asked: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    for row in wanted:
        generation = asked[row.record_id, row.portal]["source_generation"]
        if generation < row.source_generation:
            STALE_ORDERS.labels(row.portal).inc()
            log.warning("stale_order_refused", record_id=row.record_id, portal=row.portal, generation=generation)


def _push(row: AnyRow) -> PushOrdered:
    return PushOrdered(
        record_id=row.record_id, generation=row.generation, portal=Portal(row.portal), take_down=row.take_down
    )


def newest(orders: Iterable[Any]) -> list[Any]:
    """One order a record and audience, the newest; sorted, so that two writers cannot deadlock."""
    found: dict[tuple[str, str], Any] = {}
    for order in orders:
        key = (order.record_id, order.audience)
        if key not in found or found[key].generation < order.generation:
            found[key] = order
    return [found[key] for key in sorted(found)]


def _online_row(
    work: UnitOfWork, order: PublicationOnline, adapter: PortalAdapter, calendar: WorkCalendar
) -> dict[str, Any]:
    return _row(work, order, adapter.portal, calendar) | {
        "take_down": False,
        "closes_on": order.closes_on,
        "opens_on": order.opens_on,
        "district": order.record.region,
        "kind": order.record.kind,
        **_entry(order, adapter),
        "portal_key": adapter.portal_key(order.record),
        "shown_digest": digest(adapter.shown(order.record, order.closes_on)),
    }


def _entry(order: PublicationOnline, adapter: PortalAdapter) -> dict[str, int]:
    """Its part in the digests that the portal keeps too, where it keeps any."""
    if not isinstance(adapter, KeepsDigests):
        return {}
    key = adapter.portal_key(order.record)
    return {
        "bucket": bucket_of(key),
        "entry_digest": entry_digest(key, adapter.digest_values(order.record, order.closes_on)),
    }


def _row(
    work: UnitOfWork, order: PublicationOnline | PublicationOffline, portal: Portal, calendar: WorkCalendar
) -> dict[str, Any]:
    due = due_again(calendar, order.due_at, order.term)
    return {
        "record_id": order.record_id,
        "portal": portal,
        "audience": order.audience,
        "portal_key": None,
        "source_generation": order.generation,
        "generation": 1,
        "reason": None,
        "closes_on": None,
        "opens_on": None,
        "district": None,
        "kind": None,
        "bucket": None,
        "entry_digest": None,
        "due_at": due.at,
        "due_deadline": due.deadline,
        "due_from": due.counted_from,
        "due_provisional": due.provisional,
        "wanted_at": work.now,
        "shown_digest": None,
        "acknowledged_generation": 0,
        "observed_generation": 0,
        "pushes": 0,
        "next_push_at": work.now,
        "looks": 0,
        "mends": 0,
    }

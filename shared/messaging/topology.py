"""Which queue hears which routing key: the whole topology as data, declared by whoever connects first.

A queue is `<service>.<subject>`. Take-downs have queues of their own, so that they never wait behind
publications (guarantee G09).
"""

from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts import events, objections
from shared.vocabulary import Portal

DELIVERY_LIMIT = 20
"""Deliveries before a message is a dead letter. A handler parks a poison event long before."""

RETRY_SECONDS = (0.2, 1.0, 5.0, 30.0)
"""The steps of delay that a bus offers; `Delivery.retry` takes the nearest one not below what was asked."""


Topology = Mapping[str, tuple[str, ...]]
"""Queue name to the routing keys that it hears."""


def retry_step(seconds: float) -> float:
    """The step of delay for what was asked; the longest when more was asked than there is."""
    return next((step for step in RETRY_SECONDS if step >= seconds), RETRY_SECONDS[-1])


def back_off(times: int) -> float:
    """The delay after something failed for the n-th time in a row, counted from 1."""
    return RETRY_SECONDS[min(times, len(RETRY_SECONDS)) - 1]


def dead_queue(queue: str) -> str:
    """Where the dead letters of a queue are."""
    return f"{queue}.dead"


def own_key(queue: str) -> str:
    """The routing key that only this queue hears: for what was taken from it and is to be handled once more."""
    return f"queue.{queue}"


def bound_queues(topology: Topology, routing_key: str) -> list[str]:
    """The queues that hear a routing key."""
    return [queue for queue, keys in topology.items() if routing_key in keys or routing_key == own_key(queue)]


def push_queue(portal: Portal, *, take_down: bool) -> str:
    """The queue of one portal's push workers."""
    return f"sync.push.{portal}.{'take_down' if take_down else 'publish'}"


def _push_queues() -> dict[str, tuple[str, ...]]:
    return {
        push_queue(portal, take_down=take_down): (f"push.{portal}.{'take_down' if take_down else 'publish'}",)
        for portal in Portal
        for take_down in (True, False)
    }


QUEUES: Topology = MappingProxyType(
    {
        "ingest.calendar": (events.CalendarYearLoaded.TYPE,),
        "ingest.objections": (objections.ObjectionUpheld.TYPE,),
        "disclosure.records": (
            events.RecordAdmitted.TYPE,
            events.RecordAmended.TYPE,
            events.RecordVoided.TYPE,
        ),
        "disclosure.subjects": (events.SubjectStatusChanged.TYPE,),
        "disclosure.repairs": (events.RepairApproved.TYPE, events.RepairRevoked.TYPE),
        "disclosure.objections": (objections.ObjectionMarkChanged.TYPE, objections.ObjectionUpheld.TYPE),
        "repair.publications": (
            events.PublicationOnline.TYPE,
            events.PublicationOffline.TYPE,
            events.PublicationRetold.TYPE,
        ),
        "repair.observations": (events.AbsenceObserved.TYPE, events.PresenceObserved.TYPE),
        "repair.calendar": (events.CalendarYearLoaded.TYPE,),
        "repair.list_entries": (events.ListEntryChanged.TYPE,),
        "repair.remedies": (objections.CorrectionSettled.TYPE, objections.ReclassificationSettled.TYPE),
        "repair.reminders": (events.RepairBecamePossible.TYPE,),
        "sync.take_downs": (events.PublicationOffline.TYPE,),
        "sync.publications": (events.PublicationOnline.TYPE,),
        "sync.calendar": (events.CalendarYearLoaded.TYPE,),
        **_push_queues(),
    }
)
"""The queues of the house; each also hears its `own_key`."""

"""The list of all event types: who says it, what it carries. Nothing else may travel between services."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.contracts import events, objections
from shared.contracts.base import EventData


@dataclass(frozen=True)
class EventType:
    """One line of the catalogue. `owner` is the only service that may emit it."""

    owner: str
    data: type[EventData]


_LINES = (
    EventType("ingest", events.RecordAdmitted),
    EventType("ingest", events.RecordAmended),
    EventType("ingest", events.RecordVoided),
    EventType("ingest", events.SubjectStatusChanged),
    EventType("disclosure", events.CalendarYearLoaded),
    EventType("disclosure", events.PublicationOnline),
    EventType("disclosure", events.PublicationOffline),
    EventType("disclosure", events.PublicationRetold),
    EventType("disclosure", events.ListEntryChanged),
    EventType("disclosure", events.RepairBecamePossible),
    EventType("repair", events.RepairApproved),
    EventType("repair", events.RepairRevoked),
    EventType("repair", objections.ObjectionMarkChanged),
    EventType("repair", objections.ObjectionUpheld),
    EventType("ingest", objections.CorrectionSettled),
    EventType("disclosure", objections.ReclassificationSettled),
    EventType("sync", events.PushOrdered),
    EventType("sync", events.AbsenceObserved),
    EventType("sync", events.PresenceObserved),
)

CATALOGUE: Mapping[str, EventType] = MappingProxyType({line.data.TYPE: line for line in _LINES})

"""Whether a portal was seen without a record since the order to take it down. Pure. Serves G10."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.vocabulary import PORTALS_OF, Asked, Audience, Portal


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: at which generation of the order and when; of a record still shown, since when and who is asked."""

    generation: int
    at: datetime
    since: datetime | None = None
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class PortalView:
    """One portal: seen without the record, still showing it, or neither seen yet."""

    portal: Portal
    gone: bool
    seen_at: datetime | None = None
    still_since: datetime | None = None
    asked: Asked | None = None


def judge_portals(
    audience: Audience, generation: int, gone: Mapping[str, Seen], still: Mapping[str, Seen]
) -> list[PortalView]:
    """The portals of an audience; a look at an older order proves nothing, and the later of two looks counts."""
    return [
        _judge(portal, _since(gone.get(portal), generation), _since(still.get(portal), generation))
        for portal in PORTALS_OF[audience]
    ]


def _since(seen: Seen | None, generation: int) -> Seen | None:
    return seen if seen is not None and seen.generation >= generation else None


def _judge(portal: Portal, gone: Seen | None, still: Seen | None) -> PortalView:
    if gone is not None and (still is None or (still.generation, still.at) <= (gone.generation, gone.at)):
        return PortalView(portal, gone=True, seen_at=gone.at)
    if still is not None:
        return PortalView(portal, gone=False, seen_at=still.at, still_since=still.since, asked=still.asked)
    return PortalView(portal, gone=False)

"""What an applicant sees of an application: where it is, each step with its day, the days to expect, each portal. Pure.

No person who handled it, no client and no name of a company is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.repair.applications.domain.case import Action, ApplicationState, RecordOutcome
from services.repair.applications.domain.effect import PortalView
from shared.vocabulary import Asked, Portal

TOLD = frozenset({Action.REQUEST_SUPPLEMENT, Action.DECLINE, Action.REFUSE, Action.APPROVE, Action.REVOKE})
"""The steps whose reason is written for the applicant; those of others are notes of the office."""


@dataclass(frozen=True, slots=True)
class FollowedStep:
    """One step and its day; with the reason where it is meant for the applicant."""

    action: Action
    on: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """A legal limit that runs: its last day, unless it stands still while a supplement is awaited."""

    clock: str
    on: date | None
    provisional: bool
    over: bool


@dataclass(frozen=True, slots=True)
class FollowedPortal:
    """One portal: seen gone on a day, still shown since a day and who was asked, or not looked at yet."""

    portal: Portal
    gone_on: date | None
    still_since: date | None
    last_seen_on: date | None
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class FollowedRecord:
    """One record by the day of its decision. `own_column`: whether the bureau's own column shows it, if it ever did."""

    decided_on: date | None
    outcome: RecordOutcome
    reason: str | None
    barred_until: date | None
    own_column: bool | None
    portals: Sequence[FollowedPortal]


@dataclass(frozen=True, slots=True)
class Followed:
    """The whole of it."""

    tracking_number: str
    state: ApplicationState
    filed_on: date
    effective_on: date | None
    way_to_object: str | None
    steps: Sequence[FollowedStep]
    expected: Sequence[Expected]
    records: Sequence[FollowedRecord]


def portal_of(view: PortalView, seen_on: date | None, since: date | None) -> FollowedPortal:
    """What was seen of one portal, in days."""
    if view.gone:
        return FollowedPortal(view.portal, seen_on, None, None, None)
    return FollowedPortal(view.portal, None, since, seen_on if since else None, view.asked if since else None)

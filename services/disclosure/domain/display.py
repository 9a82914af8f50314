"""What a window means today: show, or not, and in which state the publication is."""

from datetime import date
from enum import StrEnum

from shared.policy import Window
from shared.vocabulary import Publishability, TakeDownReason


class PublicationState(StrEnum):
    """The state of one record towards one audience."""

    ONLINE = "online"  # 公示中
    OFFLINE = "offline"  # 已下线
    EXEMPT = "exempt"  # 不予公示
    AWAITING_CONFIRMATION = "awaiting_confirmation"  # 待确认
    AWAITING_APPROVAL = "awaiting_approval"  # 待审批（审慎适度）


ENDED = (PublicationState.OFFLINE, PublicationState.EXEMPT)
"""What is not shown and will not be; what waits for a person is suspended and has not ended."""


class Approval(StrEnum):
    """Whether a person allows the display of a record, where that is asked for (审慎适度)."""

    NOT_NEEDED = "not_needed"
    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"


Standing = tuple[PublicationState, TakeDownReason | None]
"""A state, and for OFFLINE why."""


def state_of(window: Window, today: date) -> PublicationState:
    """What the law wants on this day, leaving aside withdrawal and repair.

    A window that lies wholly in the past was never shown and never will be: it is exempt, not offline.
    """
    if window.publishability is Publishability.AWAITING_CONFIRMATION:
        return PublicationState.AWAITING_CONFIRMATION
    if window.publishability is Publishability.EXEMPT or window.offline_on is None:
        return PublicationState.EXEMPT
    return PublicationState.ONLINE if today < window.offline_on else PublicationState.EXEMPT


def standing_of(
    window: Window, before: Standing | None, ended_by: TakeDownReason | None, approval: Approval, today: date
) -> Standing:
    """What the law wants today, unless the record left the public's sight: what was taken down once stays away."""
    if before and before[0] is PublicationState.OFFLINE:
        return before
    was_online = before is not None and before[0] is PublicationState.ONLINE
    state = state_of(window, today)
    if ended_by and state is not PublicationState.EXEMPT:
        return PublicationState.OFFLINE, ended_by
    if was_online and state is PublicationState.EXEMPT:
        return PublicationState.OFFLINE, _why_over(window)
    if state is PublicationState.ONLINE and not was_online:
        return _if_approved(approval), None
    return state, None


def _why_over(window: Window) -> TakeDownReason:
    shown = window.publishability is Publishability.SHOWN
    return TakeDownReason.WINDOW_EXPIRED if shown else TakeDownReason.NO_LONGER_PUBLISHABLE


def _if_approved(approval: Approval) -> PublicationState:
    if approval is Approval.WAITING:
        return PublicationState.AWAITING_APPROVAL
    return PublicationState.EXEMPT if approval is Approval.REFUSED else PublicationState.ONLINE

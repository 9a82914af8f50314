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

WAITING = (PublicationState.AWAITING_CONFIRMATION, PublicationState.AWAITING_APPROVAL)
"""What is not shown until a person decides."""


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


def is_masked(window: Window) -> bool:
    """Whether the packs show this record only with the person masked (R11)."""
    return any(ground.startswith("masked:") for ground in window.grounds)


def standing_of(
    window: Window,
    before: Standing | None,
    ended_by: TakeDownReason | None,
    approval: Approval,
    today: date,
    *,
    was_shown: bool,
) -> Standing:
    """What the law wants today, unless the record left the public's sight: what was taken down once stays away.

    `was_shown`: the public saw it at some time. What was suspended after that and may not be shown has left for good,
    like what was online until now; what was never shown is exempt, and may be shown when its facts change.
    """
    if before and before[0] is PublicationState.OFFLINE:
        return before
    state = state_of(window, today)
    if ended_by and state is not PublicationState.EXEMPT:
        return PublicationState.OFFLINE, ended_by
    is_online = before is not None and before[0] is PublicationState.ONLINE
    if state is PublicationState.ONLINE and not is_online:
        state = _if_approved(approval)
    if was_shown and state is PublicationState.EXEMPT:
        return PublicationState.OFFLINE, _why_over(window, today)
    return state, None


def _why_over(window: Window, today: date) -> TakeDownReason:
    shown = window.publishability is Publishability.SHOWN
    over = shown and window.offline_on is not None and window.offline_on <= today
    return TakeDownReason.WINDOW_EXPIRED if over else TakeDownReason.NO_LONGER_PUBLISHABLE


def _if_approved(approval: Approval) -> PublicationState:
    if approval is Approval.WAITING:
        return PublicationState.AWAITING_APPROVAL
    return PublicationState.EXEMPT if approval is Approval.REFUSED else PublicationState.ONLINE

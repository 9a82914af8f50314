"""What a window means today: show, or not, and in which state the publication is."""

from datetime import date
from enum import StrEnum

from shared.policy import Window
from shared.vocabulary import Publishability


class PublicationState(StrEnum):
    """The state of one record towards one audience."""

    ONLINE = "online"  # 公示中
    OFFLINE = "offline"  # 已下线
    EXEMPT = "exempt"  # 不予公示
    AWAITING_CONFIRMATION = "awaiting_confirmation"  # 待确认


def state_of(window: Window, today: date) -> PublicationState:
    """What the law wants on this day, leaving aside withdrawal and repair.

    A window that lies wholly in the past was never shown and never will be: it is exempt, not offline.
    """
    if window.publishability is Publishability.AWAITING_CONFIRMATION:
        return PublicationState.AWAITING_CONFIRMATION
    if window.publishability is Publishability.EXEMPT or window.offline_on is None:
        return PublicationState.EXEMPT
    return PublicationState.ONLINE if today < window.offline_on else PublicationState.EXEMPT

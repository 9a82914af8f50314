"""An entry of the serious list as a value: its state, the facts of the law about it, and the window they give.

Holds no rule; `machine` says which step may follow. Serves G03 and G04.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.policy import ListEntryFacts, ListWindow
from shared.policy.list_rules import NoticeItem, RemovalCondition


class EntryState(StrEnum):
    """Where an entry is."""

    NOTIFIED = "notified"  # 已告知
    HEARD = "heard"  # 已听取陈述申辩（或已放弃）
    DROPPED = "dropped"  # 决定不予列入
    DECIDED = "decided"  # 已决定列入
    LISTED = "listed"  # 已列入
    REMOVAL_APPLIED = "removal_applied"  # 已申请提前移出
    REMOVAL_ACCEPTED = "removal_accepted"  # 提前移出已受理
    REMOVED_EARLY = "removed_early"  # 已提前移出
    EXPIRED = "expired"  # 期满移出
    WITHDRAWN = "withdrawn"  # 列入决定已撤销


class Action(StrEnum):
    """What a person, or the calendar, does to an entry."""

    SERVE_NOTICE = "serve_notice"  # 告知
    HEAR = "hear"  # 听取陈述申辩
    WAIVE = "waive"  # 放弃陈述申辩
    DROP = "drop"  # 不予列入
    DECIDE = "decide"  # 决定列入
    LIST = "list"  # 列入并公布
    REGISTER = "register"  # 登记既有名单信息
    RE_ENTER = "re_enter"  # 按过渡规定重新列入
    CONFIRM_REVIEW = "confirm_review"  # 法制审核确认
    APPLY_REMOVAL = "apply_removal"  # 申请提前移出
    ACCEPT_REMOVAL = "accept_removal"  # 受理
    DECLINE_REMOVAL = "decline_removal"  # 不予受理
    APPROVE_REMOVAL = "approve_removal"  # 准予提前移出
    REFUSE_REMOVAL = "refuse_removal"  # 不予提前移出
    REVOKE_REMOVAL = "revoke_removal"  # 撤销移出决定, 恢复列入
    WITHDRAW = "withdraw"  # 撤销列入决定
    EXPIRE = "expire"  # 期满


IN_FORCE = frozenset({EntryState.LISTED, EntryState.REMOVAL_APPLIED, EntryState.REMOVAL_ACCEPTED})
"""States in which the subject is on the list."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `version` grows by one with each step, so that two people cannot decide on the same sight of it."""

    state: EntryState
    version: int
    authority_region: str
    situation: str
    notice: frozenset[NoticeItem] = frozenset()
    ban_until: date | None = None
    facts: ListEntryFacts | None = None
    window: ListWindow | None = None
    review_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act on one legal day, with what this act brings along."""

    action: Action
    on: date
    notice: frozenset[NoticeItem] = frozenset()
    ban_until: date | None = None
    conditions: frozenset[RemovalCondition] = frozenset()
    applied_for_listing_on: date | None = None
    situation: str | None = None


class StepRefused(Exception):
    """The law or the state of the entry does not allow the step; says why and from when."""

    def __init__(self, reason: str, *, possible_from: date | None = None, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.possible_from = possible_from
        self.missing = missing


def is_shown(entry: Entry, on: date) -> bool:
    """Whether the public may see the entry on a day: after legal review (Q15), to the end of its last day (R01)."""
    window = entry.window
    if entry.state not in IN_FORCE or window is None or window.starts_on is None or window.offline_on is None:
        return False
    return (entry.review_confirmed or not window.needs_review) and window.starts_on <= on < window.offline_on

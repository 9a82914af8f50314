"""The states of an objection (异议) and what may follow what: an explicit table, nothing else. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class About(StrEnum):
    """What the objection is against (异议事项)."""

    DATA = "data"  # 信息有误
    CLASSIFICATION = "classification"  # 失信程度认定有误
    MATCHING = "matching"  # 主体匹配有误


class ObjectionState(StrEnum):
    """Where an objection is."""

    FILED = "filed"  # 已受理
    CHECKING = "checking"  # 协查中: another unit verifies
    PROPOSED = "proposed"  # 待复核: a second person decides
    UPHELD = "upheld"  # 异议成立: the remedy is being carried out
    REMEDY_REFUSED = "remedy_refused"  # 未能执行: whoever decided has to decide the remedy anew
    CLOSED = "closed"  # 已办结: the remedy took effect or nothing is left to change, wrong sanctions are undone
    REJECTED = "rejected"  # 异议不成立
    RETRACTED = "retracted"  # 撤销异议, by the objector


class Action(StrEnum):
    """One step."""

    FILE = "file"
    ASK = "ask"  # 请求协查
    ANSWER = "answer"  # 协查反馈
    PROPOSE = "propose"  # 提请复核
    DECLINE = "decline"  # 退回
    UPHOLD = "uphold"
    REJECT = "reject"
    SETTLE = "settle"  # the remedy was carried out
    FAIL = "fail"  # it could not be
    UNDO = "undo"  # a sanction was undone
    CLOSE = "close"
    RETRACT = "retract"


class StepRefused(ValueError):
    """The state does not allow the step; `allowed` are those that it does."""

    def __init__(self, state: ObjectionState, action: Action) -> None:
        self.allowed = sorted(one for (held, one) in FOLLOWS if held is state)
        super().__init__(f"an objection that is {state} does not allow to {action} it")


_S, _A = ObjectionState, Action

FOLLOWS: Mapping[tuple[ObjectionState, Action], ObjectionState] = MappingProxyType(
    {
        (_S.FILED, _A.ASK): _S.CHECKING,
        (_S.FILED, _A.PROPOSE): _S.PROPOSED,
        (_S.FILED, _A.UPHOLD): _S.UPHELD,
        (_S.FILED, _A.REJECT): _S.REJECTED,
        (_S.FILED, _A.RETRACT): _S.RETRACTED,
        (_S.CHECKING, _A.ANSWER): _S.FILED,
        # A unit that does not answer cannot hold the objector up.
        (_S.CHECKING, _A.PROPOSE): _S.PROPOSED,
        (_S.CHECKING, _A.UPHOLD): _S.UPHELD,
        (_S.CHECKING, _A.REJECT): _S.REJECTED,
        (_S.CHECKING, _A.RETRACT): _S.RETRACTED,
        (_S.PROPOSED, _A.UPHOLD): _S.UPHELD,
        (_S.PROPOSED, _A.REJECT): _S.REJECTED,
        (_S.PROPOSED, _A.DECLINE): _S.FILED,
        (_S.PROPOSED, _A.RETRACT): _S.RETRACTED,
        (_S.UPHELD, _A.SETTLE): _S.UPHELD,
        (_S.UPHELD, _A.FAIL): _S.REMEDY_REFUSED,
        (_S.UPHELD, _A.UNDO): _S.UPHELD,
        (_S.UPHELD, _A.CLOSE): _S.CLOSED,
        (_S.REMEDY_REFUSED, _A.PROPOSE): _S.PROPOSED,
        (_S.REMEDY_REFUSED, _A.UPHOLD): _S.UPHELD,
        (_S.REMEDY_REFUSED, _A.UNDO): _S.REMEDY_REFUSED,
        # A second person finds that nothing is left to change, as when the record is withdrawn meanwhile.
        (_S.REMEDY_REFUSED, _A.CLOSE): _S.CLOSED,
    }
)
"""Every step that there is, besides the filing."""

OPEN_STATES = frozenset({_S.FILED, _S.CHECKING, _S.PROPOSED, _S.UPHELD, _S.REMEDY_REFUSED})
"""While one is open the record is marked (异议标注)."""

UNANSWERED = frozenset({_S.FILED, _S.CHECKING, _S.PROPOSED})


def after(state: ObjectionState, action: Action, *, was_upheld: bool = False) -> ObjectionState:
    """The state after a step, or `StepRefused`. An objection that was upheld once can only be upheld again: the
    objector has been told so."""
    if (state, action) not in FOLLOWS or (was_upheld and action in (_A.REJECT, _A.RETRACT)):
        raise StepRefused(state, action)
    if was_upheld and action is _A.DECLINE:
        return _S.REMEDY_REFUSED
    return FOLLOWS[state, action]

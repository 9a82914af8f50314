"""The state of a placement in one word, worst first. Three things never share a word: is it as wanted, did the last
delivery succeed, and is something under way."""

from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """结论 of one placement."""

    OVERDUE = "overdue"  # 超期未撤: should be gone, its last day has passed, and absence was not seen
    FAILED = "failed"  # 待处置: waits for a person
    DIFFERS = "differs"  # 不一致: a difference was found, or it should have been seen online by now
    MOVING = "moving"  # 同步中: on its way, within its time
    STALE = "stale"  # 观测过期: as wanted when it was seen, which is too long ago
    SAME = "same"  # 一致


WORST_FIRST: tuple[State, ...] = tuple(State)
"""The order of every list: the legal risk, what waits for people, differences, the rest."""

SEEN_AT_LEAST_EVERY = timedelta(hours=48)
"""Two daily reconciliations: an older sight is no proof any more. No number of the law."""

NOT_AS_WANTED = (State.OVERDUE, State.FAILED, State.DIFFERS, State.MOVING)
"""States of placements whose newest order was not yet seen to be obeyed, or of which a difference is open."""

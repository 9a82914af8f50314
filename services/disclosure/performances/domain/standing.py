"""How a penalty stands between being performed and being enforced (履行情况, 执行督办).

Decides which standing follows from what a person states and what happens; never touches a window: what was not
performed leaves the public at its maximum like everything else (Q03).
"""

from enum import StrEnum


class Statement(StrEnum):
    """What a clerk of the authority states of a penalty."""

    PERFORMED = "performed"  # 已履行
    UNPERFORMED = "unperformed"  # 未履行


class Standing(StrEnum):
    """How a penalty stands. A task exists in the last two only."""

    PERFORMED = "performed"  # 已履行
    UNPERFORMED = "unperformed"  # 未履行，尚无督办任务
    OPEN = "open"  # 督办中
    CLOSED = "closed"  # 督办已办结


class Step(StrEnum):
    """What happened to it."""

    PERFORMED = "performed"
    UNPERFORMED = "unperformed"
    OPENED = "opened"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a task was closed. The last one follows from the withdrawal and is no person's choice."""

    PERFORMED = "performed"  # 已自动履行
    ENFORCED = "enforced"  # 强制执行完毕
    TERMINATED = "terminated"  # 终结执行
    WITHDRAWN = "withdrawn"  # 决定已撤回


_WITH_TASK = (Standing.OPEN, Standing.CLOSED)


def after(before: Standing | None, stated: Statement) -> Standing:
    """The standing that follows a statement. A task is closed by performance and opened again when that was wrong."""
    has_task = before in _WITH_TASK
    if stated is Statement.PERFORMED:
        return Standing.CLOSED if has_task else Standing.PERFORMED
    return Standing.OPEN if has_task else Standing.UNPERFORMED


def steps_of(before: Standing | None, stated: Statement) -> tuple[Step, ...]:
    """What a statement is kept as: itself, and what it does to the task."""
    standing = after(before, stated)
    if standing is before or standing not in _WITH_TASK:
        return (Step(stated),)
    return Step(stated), Step.OPENED if standing is Standing.OPEN else Step.CLOSED

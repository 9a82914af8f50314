"""The three days of a window that people plan by. Pure words."""

from enum import StrEnum


class Kind(StrEnum):
    """到期撤下, 可申请修复, 最迟公示."""

    TAKE_DOWN = "take_down"
    REPAIR = "repair"
    PUBLISH = "publish"

"""The words of the campaign: the group of a record, what can be cleared at once, how a subject was contacted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from services.disclosure.forms.domain.buckets import Bucket
from shared.identifiers import current_division_of
from shared.policy.periods import day_before
from shared.vocabulary import TakeDownReason


class Group(StrEnum):
    """Where a record stood on the day the list was formed; the first that fits."""

    LEFT = "left"  # 已退出
    ABNORMAL = "abnormal"  # 异常经营主体
    OVERDUE = "overdue"  # 公示期已满
    REPAIRABLE = "repairable"  # 符合修复条件: minimum reached, not expired
    RUNNING = "running"  # 最短公示期未满，或失信程度待认定


TO_CLEAR = (Group.ABNORMAL, Group.OVERDUE, Group.REPAIRABLE)
"""What the campaign has to finish; progress is counted over these."""


class Clearing(StrEnum):
    """A batch that can be taken down after a preview and an approval."""

    ABNORMAL = "abnormal"  # of abnormal operators, serious cases left out
    GRAVE = "grave"  # the serious cases of abnormal operators: a batch of its own, with an approval of its own
    OVERDUE = "overdue"


REASONS: Mapping[Clearing, TakeDownReason] = MappingProxyType(
    {
        Clearing.ABNORMAL: TakeDownReason.SUBJECT_GONE,
        Clearing.GRAVE: TakeDownReason.SUBJECT_GONE,
        Clearing.OVERDUE: TakeDownReason.WINDOW_EXPIRED,
    }
)


class Channel(StrEnum):
    """联系方式."""

    PHONE = "phone"  # 电话
    LETTER = "letter"  # 书面
    VISIT = "visit"  # 上门
    MEETING = "meeting"  # 约谈
    MESSAGE = "message"  # 短信或平台消息


class Outcome(StrEnum):
    """联系结果."""

    NOT_REACHED = "not_reached"  # 未联系上
    INFORMED = "informed"  # 已告知
    WILL_APPLY = "will_apply"  # 拟申请修复
    APPLIED = "applied"  # 已申请修复
    DECLINED = "declined"  # 不申请


GROUNDS: Mapping[Bucket, str] = MappingProxyType(
    {
        Bucket.EXPIRED: "公示期满",
        Bucket.REPAIR: "信用修复",
        Bucket.ABNORMAL: "异常经营主体清理",
        Bucket.REVOKED: "撤回已公开的决定",
        Bucket.RULE: "依新规则不予公示",
    }
)
"""Why records left, in the order in which the exit list names it."""


@dataclass(frozen=True, slots=True)
class Exit:
    """退出主体: nothing of it is shown any more. Counted are the penalties that the public saw."""

    subject_key: str
    subject_name: str | None
    region: str
    records: int
    grounds: Mapping[Bucket, int]
    last_decided_on: date
    last_shown_on: date


def last_shown(expired_on: date | None, ended_on: date | None) -> date:
    """The last day on which the public saw one: the day before its window was over, or the day of a take-down."""
    days = [day_before(expired_on)] if expired_on else []
    return max([*days, ended_on] if ended_on else days)


@dataclass(frozen=True, slots=True)
class Progress:
    """清理进度 of one region: of `total` records to clear, `done` are no longer shown."""

    region: str
    name: str
    total: int
    done: int

    @property
    def percent(self) -> float:
        return round(100 * self.done / self.total, 1) if self.total else 100.0


def by_current_region(counts: Mapping[str, tuple[int, int]]) -> list[Progress]:
    """Former codes are counted with their successors; the order is that of the codes."""
    sums: dict[str, tuple[int, int]] = {}
    for region, (total, done) in counts.items():
        division = current_division_of(region)
        code = division.code if division else region
        before = sums.get(code, (0, 0))
        sums[code] = (before[0] + total, before[1] + done)
    return [Progress(code, _name(code), *sums[code]) for code in sorted(sums)]


def _name(code: str) -> str:
    division = current_division_of(code)
    return division.name if division else code

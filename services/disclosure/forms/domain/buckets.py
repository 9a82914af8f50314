"""What the ledger says of a record, and the bucket into which a reason for leaving falls (清理退出)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.vocabulary import TakeDownReason


class What(StrEnum):
    """The two things that can happen to a record on the column, each counted once."""

    PUBLISHED = "published"  # 新增公示
    EXITED = "exited"  # 清理退出


class Bucket(StrEnum):
    """Why a record left. The form prints the first two; the others are in its total only."""

    ABNORMAL = "abnormal"  # 清理异常经营主体
    REPAIR = "repair"  # 信用修复
    EXPIRED = "expired"  # 公示期满
    REVOKED = "revoked"  # 撤回已公开的决定
    RULE = "rule"  # 新规则下不予公示


BUCKETS: Mapping[TakeDownReason, Bucket] = MappingProxyType(
    {
        TakeDownReason.SUBJECT_GONE: Bucket.ABNORMAL,
        TakeDownReason.REPAIR_APPROVED: Bucket.REPAIR,
        TakeDownReason.WINDOW_EXPIRED: Bucket.EXPIRED,
        TakeDownReason.DECISION_WITHDRAWN: Bucket.REVOKED,
        TakeDownReason.NO_LONGER_PUBLISHABLE: Bucket.RULE,
    }
)

"""The words of the domain as types. One concept, one word; the stored value is the code, never a position.

`docs/glossary.md` lists the same words with their Chinese terms; a test holds the two together.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

from shared.portals import FOLDER, read_statements


class RecordKind(StrEnum):
    """The five kinds of administrative record, 五类行政管理信息 (常应急〔2022〕19号 art. 2)."""

    PENALTY = "penalty"  # 行政处罚
    LICENCE = "licence"  # 行政许可
    COERCION = "coercion"  # 行政强制
    AWARD = "award"  # 行政奖励
    INSPECTION = "inspection"  # 行政监督检查


class SubjectKind(StrEnum):
    """行政相对人类别, as the dual-disclosure template names them."""

    LEGAL_PERSON = "legal_person"  # 法人及非法人组织
    SOLE_TRADER = "sole_trader"  # 个体工商户
    NATURAL_PERSON = "natural_person"  # 自然人


class Procedure(StrEnum):
    """普通程序 or 简易程序 (Administrative Penalty Law arts. 51-52)."""

    ORDINARY = "ordinary"
    SUMMARY = "summary"


class PenaltyType(StrEnum):
    """处罚种类 of Administrative Penalty Law art. 9, in the order of its groups."""

    WARNING = "warning"  # 警告
    PUBLIC_CRITICISM = "public_criticism"  # 通报批评
    FINE = "fine"  # 罚款
    CONFISCATION_OF_GAINS = "confiscation_of_gains"  # 没收违法所得
    CONFISCATION_OF_GOODS = "confiscation_of_goods"  # 没收非法财物
    LICENCE_SUSPENSION = "licence_suspension"  # 暂扣许可证件
    QUALIFICATION_DOWNGRADE = "qualification_downgrade"  # 降低资质等级
    LICENCE_REVOCATION = "licence_revocation"  # 吊销许可证件
    RESTRICTION_OF_OPERATIONS = "restriction_of_operations"  # 限制开展生产经营活动
    SUSPENSION_OF_BUSINESS = "suspension_of_business"  # 责令停产停业
    CLOSURE = "closure"  # 责令关闭
    RESTRICTION_OF_OCCUPATION = "restriction_of_occupation"  # 限制从业
    DETENTION = "detention"  # 行政拘留
    OTHER = "other"  # 其他


class InspectionPlan(StrEnum):
    """Why an inspection took place, 检查类型; the list is a proposal (facts 3.4)."""

    DOUBLE_RANDOM = "double_random"  # 双随机
    SPECIAL = "special"  # 专项
    KEY = "key"  # 重点
    OTHER = "other"  # 其他


class InspectionResult(StrEnum):
    """What an inspection found, 检查结果; the list is a proposal (facts 3.4)."""

    NO_PROBLEM = "no_problem"  # 未发现问题
    ORDERED_TO_CORRECT = "ordered_to_correct"  # 责令改正
    REFERRED = "referred"  # 移送


class Severity(StrEnum):
    """轻微 / 一般 / 严重失信: the result of a rule, always with provenance."""

    MINOR = "minor"
    ORDINARY = "ordinary"
    SERIOUS = "serious"


class Audience(StrEnum):
    """Who may see a record; each has a rule family of its own (facts 0.3)."""

    OWN_COLUMN = "own_column"  # 部门网站双公示专栏
    CREDIT_SITES = "credit_sites"  # 信用中国, 信用江苏
    MARKET_SUPERVISION = "market_supervision"  # 国家企业信用信息公示系统


class Publishability(StrEnum):
    """公示 or 不予公示 for one audience."""

    SHOWN = "shown"
    EXEMPT = "exempt"
    AWAITING_CONFIRMATION = "awaiting_confirmation"


class TakeDownReason(StrEnum):
    """Why a record goes offline, 下线原因. Every take-down has one."""

    WINDOW_EXPIRED = "window_expired"  # 公示期满
    REPAIR_APPROVED = "repair_approved"  # 信用修复, 提前终止公示
    DECISION_WITHDRAWN = "decision_withdrawn"  # 撤回已公开的决定
    NO_LONGER_PUBLISHABLE = "no_longer_publishable"  # 新规则下不予公示
    SUBJECT_GONE = "subject_gone"  # 异常经营主体清理


class RegistryStatus(StrEnum):
    """登记状态 of a subject, as the business register tells it (苏应急函〔2022〕33号 §1(1))."""

    NORMAL = "normal"  # 正常
    DEREGISTERED = "deregistered"  # 注销
    DEREGISTRATION_HANDLED = "deregistration_handled"  # 已办理注销登记
    BANKRUPTCY_ANNOUNCED = "bankruptcy_announced"  # 已公告进入破产清算程序
    REORGANISATION = "reorganisation"  # 重整


class WithdrawalKind(StrEnum):
    """How the authority undid its decision (Administrative Penalty Law art. 48)."""

    AMENDED = "amended"  # 变更
    REVOKED = "revoked"  # 撤销
    UNLAWFUL = "unlawful"  # 确认违法
    VOID = "void"  # 无效


class Remedy(StrEnum):
    """What an upheld objection (异议成立) leads to; exactly one."""

    CORRECT = "correct"  # 更正信息
    WITHDRAW = "withdraw"  # 撤回信息
    RECLASSIFY = "reclassify"  # 重新认定


class RemedyOutcome(StrEnum):
    """What became of a remedy at the service that carries it out."""

    APPLIED = "applied"  # 已执行
    UNCHANGED = "unchanged"  # 无需变动
    REFUSED = "refused"  # 未能执行


class Verdict(StrEnum):
    """What became of one row of a batch: exactly one of these (guarantee G02)."""

    ADMITTED = "admitted"  # 新增
    AMENDED = "amended"  # 更正
    UNCHANGED = "unchanged"  # 未变化
    VOIDED = "voided"  # 撤回
    QUARANTINED = "quarantined"  # 待核


PORTAL_STATEMENTS = read_statements(FOLDER, [one for one in Audience if one is not Audience.OWN_COLUMN])
"""What each portal states of itself, by its code; the own column is shown by disclosure, never by a portal."""

if TYPE_CHECKING:

    class Portal(StrEnum):
        """The public portals that creditsync keeps in agreement. These three are known to code by name."""

        CREDIT_CHINA = "credit_china"  # 信用中国
        CREDIT_JIANGSU = "credit_jiangsu"  # 信用江苏
        MARKET_SUPERVISION = "market_supervision"  # 市场监管公示系统

else:
    Portal = StrEnum("Portal", {name.upper(): name for name in PORTAL_STATEMENTS}, module=__name__)
    Portal.__doc__ = "The public portals that creditsync keeps in agreement."


class Asked(StrEnum):
    """Who is to act on a record that a portal still shows."""

    PORTAL = "portal"  # 平台: the order is repeated until it is obeyed
    PERSON = "person"  # 人工: repeating it did not help


class DriftKind(StrEnum):
    """How what a portal shows differs from what is wanted, 不一致类型."""

    GHOST = "ghost"  # 仍在展示
    MISSING = "missing"  # 缺失
    ALTERED = "altered"  # 内容不符
    DUPLICATE = "duplicate"  # 重复
    FOREIGN = "foreign"  # 来源不明
    PREMATURE = "premature"  # 提前展示
    END_DATE = "end_date"  # 公示截止期不符
    UNKNOWN = "unknown"  # 未知


CHINESE_PENALTY_TYPES: dict[str, PenaltyType] = {
    "警告": PenaltyType.WARNING,
    "通报批评": PenaltyType.PUBLIC_CRITICISM,
    "罚款": PenaltyType.FINE,
    "没收违法所得": PenaltyType.CONFISCATION_OF_GAINS,
    "没收非法财物": PenaltyType.CONFISCATION_OF_GOODS,
    "暂扣许可证件": PenaltyType.LICENCE_SUSPENSION,
    "降低资质等级": PenaltyType.QUALIFICATION_DOWNGRADE,
    "吊销许可证件": PenaltyType.LICENCE_REVOCATION,
    "限制开展生产经营活动": PenaltyType.RESTRICTION_OF_OPERATIONS,
    "责令停产停业": PenaltyType.SUSPENSION_OF_BUSINESS,
    "责令关闭": PenaltyType.CLOSURE,
    "限制从业": PenaltyType.RESTRICTION_OF_OCCUPATION,
    "行政拘留": PenaltyType.DETENTION,
    "其他": PenaltyType.OTHER,
}
"""The names that sources and portals use (处罚类别), in the order of the law."""

CHINESE_INSPECTION_PLANS: dict[str, InspectionPlan] = {
    "双随机": InspectionPlan.DOUBLE_RANDOM,
    "专项": InspectionPlan.SPECIAL,
    "重点": InspectionPlan.KEY,
    "其他": InspectionPlan.OTHER,
}

CHINESE_INSPECTION_RESULTS: dict[str, InspectionResult] = {
    "未发现问题": InspectionResult.NO_PROBLEM,
    "责令改正": InspectionResult.ORDERED_TO_CORRECT,
    "移送": InspectionResult.REFERRED,
}

CHINESE_WITHDRAWAL_KINDS: dict[str, WithdrawalKind] = {
    "变更": WithdrawalKind.AMENDED,
    "撤销": WithdrawalKind.REVOKED,
    "确认违法": WithdrawalKind.UNLAWFUL,
    "无效": WithdrawalKind.VOID,
}

CHINESE_SUBJECT_KINDS: dict[str, SubjectKind] = {
    "法人及非法人组织": SubjectKind.LEGAL_PERSON,
    "个体工商户": SubjectKind.SOLE_TRADER,
    "自然人": SubjectKind.NATURAL_PERSON,
}

CHINESE_REGISTRY_STATUSES: dict[str, RegistryStatus] = {
    "正常": RegistryStatus.NORMAL,
    "注销": RegistryStatus.DEREGISTERED,
    "已办理注销登记": RegistryStatus.DEREGISTRATION_HANDLED,
    "已公告进入破产清算程序": RegistryStatus.BANKRUPTCY_ANNOUNCED,
    "重整": RegistryStatus.REORGANISATION,
}

PORTALS_OF: dict[Audience, tuple[Portal, ...]] = {
    audience: tuple(portal for portal in Portal if PORTAL_STATEMENTS[portal].audience == audience)
    for audience in Audience
}
"""The portals that serve an audience."""

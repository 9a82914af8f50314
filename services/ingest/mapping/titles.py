"""The Chinese titles that bureaus write above the columns, and how two spellings of one title are recognised.

Titles only: which column they mean is `columns.names_of`. A title that states another unit than the template
(元 for 万元) means another column, so that no amount is ever read in the wrong unit.
"""

import re
from collections.abc import Mapping

from shared.identifiers import normalise_code
from shared.vocabulary import RecordKind

_ASIDE = re.compile(r"\((?:必填|选填|可选|非必填|必须填写)(?:项)?\)")
_SIGNS = str.maketrans(
    {"（": "(", "）": ")", "【": "(", "】": ")", "[": "(", "]": ")"} | dict.fromkeys("_-—*:：\"“”'", "")
)


def header_key(text: str) -> str:
    """A header as it is compared: no spaces, stars, colons or 必填, half width, brackets of one form. Idempotent."""
    return _ASIDE.sub("", normalise_code(text).translate(_SIGNS))


def _either(*ends: str, before: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{start}{end}" for start in before for end in ends)


_CODE = ("统一社会信用代码", "代码", "社会信用代码")

_SUBJECT: Mapping[str, tuple[str, ...]] = {
    "subject_name": ("行政相对人名称", "行政相对人", "相对人名称", "行政相对人姓名", "行政相对人名称/姓名",
                     "当事人名称", "单位名称", "企业名称"),
    "subject_kind": ("行政相对人类别", "相对人类别", "行政相对人类型", "相对人类型"),
    "uscc": ("统一社会信用代码", "行政相对人代码_1(统一社会信用代码)", "行政相对人代码_1",
             "行政相对人代码-统一社会信用代码", "行政相对人统一社会信用代码", "相对人统一社会信用代码", "社会信用代码",
             "信用代码"),
    "legal_representative": ("法定代表人", "法定代表人姓名", "法人代表", "法定代表人(负责人)", "法定代表人/负责人"),
    "id_type": ("证件类型", "自然人证件类型", "行政相对人证件类型", "相对人证件类型"),
    "id_number": ("证件号码", "自然人证件号码", "行政相对人证件号码", "相对人证件号码", "居民身份证号", "身份证号",
                  "身份证号码", "行政相对人代码-相对人证件号码"),
}  # fmt: skip

_SHARED: Mapping[str, tuple[str, ...]] = {
    "source_name": ("数据来源单位", "数据来源单位名称", "来源单位"),
    "source_code": (*_either(*_CODE, before=("数据来源单位", "来源单位")), "数据来源单位统一社会信用代"),
    "state": ("当前状态", "状态", "数据状态"),
    "data_version": ("数据版本", "版本号", "数据版本号"),
    "withdrawal_reason": ("撤回原因", "撤销原因", "撤回理由"),
    "withdrawal_kind": ("撤回类型", "撤回方式"),
    "withdrawn_on": ("撤回日期", "撤销日期"),
    "public": ("公开标志", "是否公开", "是否公示"),
    "ground_of_non_disclosure": ("不公开理由", "不予公开理由", "不公开原因"),
    "remark": ("备注", "备注说明"),
}

_PENALTY: Mapping[str, tuple[str, ...]] = {
    "document_number": ("行政处罚决定书文号", "行政处罚决定文书号", "处罚决定书文号", "处罚决定文书号", "决定书文号",
                        "决定文书号", "文书号", "行政处罚决定书号"),
    "violation_type": ("违法行为类型", "违法类型"),
    "violation_facts": ("违法事实", "处罚事由", "主要违法事实"),
    "legal_basis": ("处罚依据", "行政处罚依据"),
    "penalty_types": ("处罚类别", "处罚种类", "行政处罚类别", "行政处罚种类"),
    "penalty_content": ("处罚内容", "行政处罚内容", "处罚结果"),
    "fine": ("罚款金额(万元)", "罚款金额", "罚款金额万元", "罚款(万元)"),
    "fine_in_yuan": ("罚款金额(元)", "罚款(元)", "罚款金额元"),
    "confiscated": ("没收违法所得、没收非法财物的金额(万元)", "没收违法所得、没收非法财物的金额",
                    "没收违法所得、没收非法财物", "没收金额(万元)", "没收金额", "没收违法所得、没收非法财物金额(万元)"),
    "confiscated_in_yuan": ("没收违法所得、没收非法财物的金额(元)", "没收金额(元)"),
    "withheld_licence": ("暂扣或吊销证照名称及编号", "暂扣或吊销的证照名称及编号", "暂扣或者吊销证照名称及编号"),
    "decided_on": ("处罚决定日期", "行政处罚决定日期", "作出处罚决定日期", "决定日期"),
    "valid_until": ("处罚有效期", "处罚截止期", "处罚期限"),
    "publication_ends": ("公示截止期", "公示截止日期", "公示期限"),
    "authority_name": ("处罚机关", "处罚机关名称", "作出处罚决定机关", "行政处罚机关"),
    "authority_code": _either(*_CODE, before=("处罚机关", "行政处罚机关")),
}  # fmt: skip

_LICENCE: Mapping[str, tuple[str, ...]] = {
    "document_number": ("行政许可决定文书号", "行政许可决定书文号", "许可决定文书号", "许可决定书文号", "决定文书号",
                        "文书号"),
    "document_title": ("行政许可决定文书名称", "行政许可决定书名称", "许可决定文书名称", "许可文书名称"),
    "category": ("许可类别", "行政许可类别", "审批类别", "审核类型"),
    "certificate_name": ("许可证书名称", "许可证件名称"),
    "licence_number": ("许可编号", "许可证编号", "许可证书编号"),
    "licence_content": ("许可内容", "行政许可内容"),
    "decided_on": ("许可决定日期", "行政许可决定日期", "决定日期"),
    "valid_from": ("有效期自", "有效期起", "许可有效期自"),
    "valid_until": ("有效期至", "有效期止", "许可有效期至", "许可截止期", "许可截止日期"),
    "authority_name": ("许可机关", "许可机关名称", "许可机构", "行政许可机关"),
    "authority_code": _either(*_CODE, before=("许可机关", "行政许可机关")),
}  # fmt: skip

_COERCION: Mapping[str, tuple[str, ...]] = {
    "document_number": ("行政强制决定书文号", "行政强制决定文书号", "强制决定书文号", "决定书文号", "文书号"),
    "item_name": ("强制事项名称", "行政强制事项名称", "事项名称"),
    "power_code": ("权力编码", "强制事项编码", "事项编码"),
    "legal_basis": ("强制依据", "行政强制依据"),
    "content": ("强制内容", "行政强制内容"),
    "decided_on": ("强制决定日期", "行政强制决定日期", "决定日期"),
    "authority_name": ("强制机关", "行政强制机关", "实施机关"),
    "authority_code": _either(*_CODE, before=("强制机关", "行政强制机关", "实施机关")),
    "measure": ("强制措施种类", "强制措施类别", "行政强制种类", "强制类别"),
    "object": ("强制对象", "强制标的", "查封扣押物品"),
    "valid_from": ("强制期限自", "强制开始日期", "期限自"),
    "valid_until": ("强制期限至", "强制截止日期", "期限至"),
    "released_on": ("解除日期", "强制解除日期"),
}

_AWARD: Mapping[str, tuple[str, ...]] = {
    "document_number": ("行政奖励决定书文号", "行政奖励决定文书号", "奖励决定文书号", "决定书文号", "文书号"),
    "item_name": ("奖励事项名称", "行政奖励事项名称", "事项名称"),
    "power_code": ("权力编码", "奖励事项编码", "事项编码"),
    "legal_basis": ("奖励依据", "行政奖励依据"),
    "content": ("奖励内容", "行政奖励内容"),
    "decided_on": ("奖励决定日期", "行政奖励决定日期", "奖励日期", "决定日期"),
    "authority_name": ("奖励机关", "行政奖励机关"),
    "authority_code": _either(*_CODE, before=("奖励机关", "行政奖励机关")),
    "honour": ("荣誉名称", "荣誉称号", "奖励名称"),
    "level": ("奖励级别", "荣誉级别", "级别"),
    "valid_from": ("有效期自",),
    "valid_until": ("有效期至",),
}

_INSPECTION: Mapping[str, tuple[str, ...]] = {
    "document_number": ("检查文书号", "检查记录文号", "现场检查记录文号", "检查记录编号", "文书号"),
    "item_name": ("检查事项名称", "行政检查事项名称", "事项名称"),
    "power_code": ("权力编码", "检查事项编码", "事项编码"),
    "legal_basis": ("检查依据", "行政检查依据"),
    "content": ("检查内容", "检查情况"),
    "decided_on": ("检查日期", "检查时间", "行政检查日期"),
    "authority_name": ("检查机关", "行政检查机关", "检查单位"),
    "authority_code": _either(*_CODE, before=("检查机关", "行政检查机关", "检查单位")),
    "plan": ("检查类型", "检查计划类型", "检查方式"),
    "items": ("检查项目", "检查项"),
    "result": ("检查结果", "检查结论"),
    "correct_by": ("整改期限", "整改截止日期"),
    "reinspected_on": ("复查日期",),
    "reinspection_result": ("复查结果", "复查结论"),
}

TITLES: Mapping[RecordKind, Mapping[str, tuple[str, ...]]] = {
    RecordKind.PENALTY: {**_SUBJECT, **_SHARED, **_PENALTY},
    RecordKind.LICENCE: {**_SUBJECT, **_SHARED, **_LICENCE},
    RecordKind.COERCION: {**_SUBJECT, **_SHARED, **_COERCION},
    RecordKind.AWARD: {**_SUBJECT, **_SHARED, **_AWARD},
    RecordKind.INSPECTION: {**_SUBJECT, **_SHARED, **_INSPECTION},
}
"""Field to the titles under which it may stand."""

UNREAD_TITLES: Mapping[str, tuple[str, ...]] = {
    "XDR_GSZC": ("行政相对人代码_2(工商注册号)", "行政相对人代码_2(工商登记码)", "行政相对人代码_2",
                 "行政相对人代码-工商注册号", "工商注册号"),
    "XDR_GSDJ": ("工商登记码",),
    "XDR_ZZJG": ("行政相对人代码_3(组织机构代码)", "行政相对人代码_3", "行政相对人代码-组织机构代码", "组织机构代码"),
    "XDR_SWDJ": ("行政相对人代码_4(税务登记号)", "行政相对人代码_4", "行政相对人代码-税务登记号", "税务登记号"),
    "XDR_SYDW": ("行政相对人代码_5(事业单位证书号)", "行政相对人代码_5", "行政相对人代码-事业单位证书号",
                 "事业单位证书号"),
    "XDR_SHZZ": ("行政相对人代码_6(社会组织登记证号)", "行政相对人代码_6", "行政相对人代码-社会组织登记证号",
                 "社会组织登记证号"),
    "FR_ZJLX": ("法定代表人证件类型", "法人证件类型"),
    "FR_ZJHM": ("法定代表人证件号码", "法人证件号码"),
    "FR_SFZH": ("法定代表人身份证号", "法定代表人身份证号码"),
    "CF_CFMC": ("处罚名称",),
    "CF_SXQ": ("处罚生效期",),
    "XK_XMMC": ("项目名称",),
    "DFBM": ("地方编码",),
    "SJC": ("数据更新时间戳", "时间戳"),
}  # fmt: skip
"""Ending of a column that is known and not read, to its titles."""

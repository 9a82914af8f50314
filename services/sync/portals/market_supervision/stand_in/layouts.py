"""The items that the market-supervision system shows under an enterprise: penalties and licences."""

from collections.abc import Mapping

from services.sync.mock_portals.common.layout import Item, Layout, amount_in_wan, chinese_day, filing_key, filing_number

_ENTERPRISE = (
    Item("uniscId", "统一社会信用代码", 18, required=True),
    Item("entName", "企业名称", 200, required=True),
)

PENALTY = Layout(
    "pen",
    "行政处罚信息",
    (
        *_ENTERPRISE,
        Item("penDecNo", "决定书文号", 64, required=True),
        Item("illegActType", "违法行为类型", 2000, required=True),
        Item("mainIllegFact", "主要违法事实", 5000, required=True),
        Item("penBasis", "处罚依据", 2000, required=True),
        Item("penType", "处罚种类", 100, required=True),
        Item("penContent", "处罚内容", 4000, required=True),
        Item("penAm", "罚款金额", 25, dress=amount_in_wan),
        Item("forfAm", "没收金额", 25, dress=amount_in_wan),
        Item("penAuth", "决定机关名称", 200, required=True),
        Item("penDecIssDate", "处罚决定日期", 10, required=True, dress=chinese_day),
        Item("publicDate", "公示日期", 10, required=True, dress=chinese_day),
        Item("pubDeadline", "公示截止日期", 10, dress=chinese_day),
    ),
    "entName",
    "uniscId",
    "penDecNo",
    "penDecIssDate",
    "pubDeadline",
)

LICENCE = Layout(
    "lic",
    "行政许可信息",
    (
        *_ENTERPRISE,
        Item("licNo", "许可文件编号", 64, required=True),
        Item("licName", "许可文件名称", 64, required=True),
        Item("licItem", "许可内容", 4000, required=True),
        Item("licAnth", "许可机关", 200, required=True),
        Item("licDecDate", "许可决定日期", 10, required=True, dress=chinese_day),
        Item("valFrom", "有效期自", 10, required=True, dress=chinese_day),
        Item("valTo", "有效期至", 10, required=True, dress=chinese_day),
        Item("publicDate", "公示日期", 10, required=True, dress=chinese_day),
        Item("pubDeadline", "公示截止日期", 10, dress=chinese_day),
    ),
    "entName",
    "uniscId",
    "licNo",
    "licDecDate",
    "pubDeadline",
)

LAYOUTS: Mapping[str, Layout] = {"pen": PENALTY, "lic": LICENCE}


def key_of(kind: str, values: Mapping[str, str]) -> str:
    """The enterprise's code, then what sets its records apart: authority (by name) and document number."""
    authority = values.get("penAuth" if kind == "pen" else "licAnth", "")
    number = filing_number(values.get(LAYOUTS[kind].document_number, ""))
    return filing_key(f"{values.get('uniscId', '')}-{kind}-", authority, number)

"""The 双公示 templates as a receiving platform checks them: which columns there are, how long, which must be filled.

Credit China and Credit Jiangsu receive the same two templates and dress some values differently on their pages.
"""

from collections.abc import Callable, Mapping

from services.sync.mock_portals.common.layout import Item, Layout, filing_key, filing_number

NATURAL_PERSON = "自然人"

Dress = Callable[[str], str]


def layouts(*, amount: Dress, day: Dress) -> Mapping[str, Layout]:
    """Both templates, with the platform's way of showing amounts and days."""
    return {"CF": _penalty(amount, day), "XK": _licence(day)}


def key_of(prefix: str, template: str, values: Mapping[str, str]) -> str:
    """What identifies a record: the authority's code, the document number and the USCC."""
    authority = values.get("CF_CFJGDM" if template == "CF" else "XK_XKJGDM", "")
    number, uscc = values.get(f"{template}_WSH", ""), values.get(f"{template}_XDR_SHXYM", "")
    return filing_key(prefix, authority, filing_number(number), uscc)


def reason_to_refuse(layout: Layout, values: Mapping[str, str]) -> tuple[str, str] | None:
    """Code and message, or nothing to say against the row."""
    if values.get(f"{layout.kind}_XDR_LB") == NATURAL_PERSON:
        return "PERSON", "自然人信息不得通过本接口报送"
    return layout.faults_of(values)


def _subject(prefix: str) -> tuple[Item, ...]:
    return (
        Item(f"{prefix}_XDR_MC", "行政相对人名称", 200, required=True),
        Item(f"{prefix}_XDR_LB", "行政相对人类别", 16, required=True),
        Item(f"{prefix}_XDR_SHXYM", "统一社会信用代码", 18, required=True),
        Item(f"{prefix}_FRDB", "法定代表人", 50),
    )


def _penalty(amount: Dress, day: Dress) -> Layout:
    items = (
        *_subject("CF"),
        Item("CF_WSH", "行政处罚决定书文号", 64, required=True),
        Item("CF_WFXW", "违法行为类型", 2000, required=True),
        Item("CF_SY", "违法事实", 5000, required=True),
        Item("CF_YJ", "处罚依据", 2000, required=True),
        Item("CF_CFLB", "处罚类别", 100, required=True),
        Item("CF_NR", "处罚内容", 4000, required=True),
        Item("CF_NR_FK", "罚款金额", 25, dress=amount),
        Item("CF_NR_WFFF", "没收金额", 25, dress=amount),
        Item("CF_NR_ZKDX", "暂扣或吊销证照名称及编号", 200),
        Item("CF_JDRQ", "处罚决定日期", 10, required=True, dress=day),
        Item("CF_YXQ", "处罚有效期", 10, required=True, dress=day),
        Item("CF_GSJZQ", "公示截止期", 10, dress=day),
        Item("CF_CFJG", "处罚机关", 200, required=True),
        Item("CF_CFJGDM", None, 18, required=True),
        Item("CF_SJLY", "数据来源单位", 200, required=True),
        Item("CF_SJLYDM", None, 18, required=True),
        Item("BZ", "备注", 4000),
    )
    return Layout("CF", "行政处罚", items, "CF_XDR_MC", "CF_XDR_SHXYM", "CF_WSH", "CF_JDRQ", "CF_GSJZQ")


def _licence(day: Dress) -> Layout:
    items = (
        *_subject("XK"),
        Item("XK_XKWS", "行政许可决定文书名称", 64, required=True),
        Item("XK_WSH", "行政许可决定文书号", 64, required=True),
        Item("XK_XKLB", "许可类别", 256, required=True),
        Item("XK_XKZS", "许可证书名称", 64),
        Item("XK_XKBH", "许可编号", 64),
        Item("XK_NR", "许可内容", 4000, required=True),
        Item("XK_JDRQ", "许可决定日期", 10, required=True, dress=day),
        Item("XK_YXQZ", "有效期自", 10, required=True, dress=day),
        Item("XK_YXQZI", "有效期至", 10, required=True, dress=day),
        Item("XK_XKJG", "许可机关", 200, required=True),
        Item("XK_XKJGDM", None, 18, required=True),
        Item("XK_ZT", "当前状态", 1, required=True),
        Item("XK_LYDW", "数据来源单位", 200, required=True),
        Item("XK_LYDWDM", None, 18, required=True),
        Item("BZ", "备注", 4000),
    )
    return Layout("XK", "行政许可", items, "XK_XDR_MC", "XK_XDR_SHXYM", "XK_WSH", "XK_JDRQ", None)

"""What a source can do about each code of a check, for the verdict file; faults of a file bring their own advice."""

from collections.abc import Mapping

from services.ingest.files.faults import ADVICE
from services.ingest.in_words import advice_in
from shared.sentences import Lang

_ADVICE: Mapping[str, tuple[str, str]] = {
    "V01": (
        "Fill the cell, or shorten it to the length of its column, and send the row again.",
        "请补填该栏，或缩短到规定长度，再报送该行。",
    ),
    "V02": (
        "Compare the number with the licence or the identity document and correct it; nothing is guessed.",
        "请与证照或身份证件核对后更正；系统不作推测。",
    ),
    "V03": ("Set the kind of subject that belongs to its number.", "请填写与号码相符的主体类别。"),
    "V04": ("Check the name against the business register.", "请与登记信息核对名称。"),
    "V05": (
        "Enter the unified social credit code of the deciding authority and of the source; it begins with 11.",
        "请填写作出决定机关和数据来源单位的统一社会信用代码，以 11 开头。",
    ),
    "V06": ("Check the decision date; a late report needs no correction.", "请核对决定日期；迟报无须更正。"),
    "V07": (
        "State the amount in ten-thousands of yuan (万元), or the name and number of the licence.",
        "请填写金额（万元），或证照名称及编号。",
    ),
    "V08": ("Check the unit: the template counts in ten-thousands of yuan (万元).", "请核对单位：模板以万元计。"),
    "V09": ("Check the dates of the decision and of its validity.", "请核对决定日期和有效期。"),
    "V10": ("Check the dates between which the licence is valid.", "请核对许可有效期的起止日期。"),
    "V11": ("Write dates as 2026-11-13.", "日期请写成 2026-11-13。"),
    "V12": ("Check whether two decisions carry the same number.", "请核对是否有两个决定使用同一文书号。"),
    "V13": ("Remove or mask the citizen's number in the text.", "请删除或隐去文字中的公民身份号码。"),
    "V14": ("Do not send decisions of the summary procedure (简易程序).", "简易程序的决定无须报送。"),
    "V15": ("Nothing to do; it was corrected as stated.", "无须处理，已按说明自动更正。"),
    "V16": (
        "State the reason of the withdrawal, or ask the authority whether the decision stands.",
        "请写明撤回原因，或向作出决定机关核实决定是否有效。",
    ),
    "B03": (
        "Nothing to correct; what the authoritative system sends counts, after the operator's source map.",
        "无须更正；以数据来源清单指定的系统报送的为准。",
    ),
    "foreign_authority": (
        "Let the authority itself send the row, or ask the operator to name it in your token.",
        "请由该机关自行报送，或请管理员授权代报。",
    ),
    "objection": (
        "Correct the row at its source as the objection was decided, and send it again.",
        "请按异议处理结果在来源系统中更正，再报送该行。",
    ),
}
_OTHERWISE = ("Correct the row after the sentence and send it again.", "请按说明更正后再报送该行。")


def advice_for(code: str, lang: Lang = "en") -> str:
    """The sentence for a code; a code without one of its own gets the general one."""
    if code in ADVICE:
        return advice_in(lang, ADVICE[code])
    english, chinese = _ADVICE.get(code, _OTHERWISE)
    return chinese if lang == "zh" else english

"""What a source can do about each code of a check, for the verdict file; faults of a file bring their own advice."""

from collections.abc import Mapping

from services.ingest.files.faults import ADVICE

_ADVICE: Mapping[str, str] = {
    "V01": "Fill the cell, or shorten it to the length of its column, and send the row again.",
    "V02": "Compare the number with the licence or the identity document and correct it; nothing is guessed.",
    "V03": "Set the kind of subject that belongs to its number.",
    "V04": "Check the name against the business register.",
    "V05": "Enter the unified social credit code of the deciding authority and of the source; it begins with 11.",
    "V06": "Check the decision date; a late report needs no correction.",
    "V07": "State the amount in ten-thousands of yuan (万元), or the name and number of the licence.",
    "V08": "Check the unit: the template counts in ten-thousands of yuan (万元).",
    "V09": "Check the dates of the decision and of its validity.",
    "V10": "Check the dates between which the licence is valid.",
    "V11": "Write dates as 2026-11-13.",
    "V12": "Check whether two decisions carry the same number.",
    "V13": "Remove or mask the citizen's number in the text.",
    "V14": "Do not send decisions of the summary procedure (简易程序).",
    "V15": "Nothing to do; it was corrected as stated.",
    "V16": "State the reason of the withdrawal, or ask the authority whether the decision stands.",
    "B03": "Nothing to correct; what the authoritative system sends counts, after the operator's source map.",
    "foreign_authority": "Let the authority itself send the row, or ask the operator to name it in your token.",
}
_OTHERWISE = "Correct the row after the sentence and send it again."


def advice_for(code: str) -> str:
    """The sentence for a code; a code without one of its own gets the general one."""
    return _ADVICE.get(code) or ADVICE.get(code, _OTHERWISE)

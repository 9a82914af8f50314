"""Why a run ended as it did, in both languages: one catalogue of the sentences that runs write (对账说明).

A run stores its explanation in English. Whoever shows it in Chinese reads the values out of the stored sentence again,
so that runs of earlier days are told too. What a portal said stands as it came: nobody translates another's words.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from shared.sentences import Lang, Sentences, pattern

__all__ = ["DETAILS", "EXPLANATIONS", "Lang", "in_language", "said"]

_RUNS = {
    "planned": ("{n} would be ordered again; nothing was.", "如予修正将重新下达 {n} 条；本次没有下达任何指令。"),
    "planned_over": (
        "{n} differ, more than one run may mend: they would be left to people; nothing was ordered.",
        "有 {n} 处差异，超过一次可自动修正的数量，将留待两人批准；本次没有下达任何指令。",
    ),
    "over_limit": (
        "More differences than one run may mend; approve them to go on.",
        "差异超过一次可自动修正的数量，须由两人批准后修正。",
    ),
    "unseen": (
        "{n} differences could not be looked at; nothing is concluded about them.",
        "有 {n} 处差异无法复核，不据此下结论。",
    ),
    "flapping": (
        "{n} came back twice within a day after they were mended, and wait for people.",
        "有 {n} 条修正后一天内两次重现，留给人处理。",
    ),
    "waiting": ("{n} were left to people before and wait for them.", "有 {n} 条此前已留给人处理，仍在等待。"),
    "too_many": (
        "{n} differences, more than can be looked at one by one; nothing is concluded from them.",
        "共 {n} 处差异，多到无法逐条复核，不据此下结论。",
    ),
    "unread": ("The listing could not be read whole: {detail}", "公示列表没有读完整：{detail}"),
    "stumbled": ("The adapter failed: {error}", "本系统的接口程序出错（{error}），详见日志。"),
    "abandoned": ("The worker ended during the scan.", "读取途中后台进程终止。"),
    "replaced": ("The version changed during the run.", "对账期间系统升级。"),
    "given_up": ("given up by {actor}: {reason}", "由 {actor} 中止：{reason}"),
    "settling": (
        "{n} more differ and were not judged: their orders were just answered. Ask again {seconds} s after the end.",
        "另有 {n} 处与应公示不符但暂不判定：其指令刚刚得到回执。请在本次结束 {seconds} 秒后再次对账。",
    ),
    "unanswered": (
        "{n} more differ and were not judged: the portal has not taken their orders yet. Ask again once it has.",
        "另有 {n} 处与应公示不符但暂不判定：平台尚未受理其指令。请待受理后再次对账。",
    ),
    "waits_portal_asked": (
        "The portal asked not to be read for a while; the run begins by itself after that.",
        "平台要求暂缓读取；到时自动开始。",
    ),
    "waits_quiet_hours": (
        "The portal is in its hours of maintenance; the run begins by itself after them.",
        "平台处于维护时段；时段结束后自动开始。",
    ),
    "waits_no_answer": (
        "The portal does not answer; the run tries again by itself.",
        "平台没有应答；到时自动重试。",
    ),
    "waits_budget_spent": (
        "Orders use up what may be asked of the portal; the run tries again by itself.",
        "推送用尽了该平台的请求额度；到时自动重试。",
    ),
    "outwaited_portal_asked": (
        "The portal asked not to be read for longer than a run waits; ask again when it may be read.",
        "平台要求暂缓读取的时间超过一次对账的最长等候；可以读取后请再次对账。",
    ),
    "outwaited_quiet_hours": (
        "The portal's hours of maintenance last longer than a run waits; ask again after them.",
        "平台的维护时段超过一次对账的最长等候；时段结束后请再次对账。",
    ),
}
_DETAILS = {
    "no_digests": ("{portal} keeps no digests; ask for a run over its listing.", "该平台不提供摘要，请按列表对账。"),
    "digests": ("{portal} gave {n} digests instead of {wanted}.", "平台给出 {n} 个摘要，应为 {wanted} 个。"),
    "buckets": ("{portal} gave {n} buckets instead of {wanted}.", "平台给出 {n} 个分桶，应为 {wanted} 个。"),
    "differing": ("{n} buckets differ; ask for a run over the listing.", "有 {n} 个分桶不同，请按列表对账。"),
    "pages": ("{path} goes on behind {n} pages", "{path} 超过 {n} 页"),
    "more_pages": ("{path} has more than {n} pages", "{path} 超过 {n} 页"),
    "cut_short": ("{path} announces {wanted} entries and shows {n}", "{path} 称有 {wanted} 条，该页只有 {n} 条"),
    "not_all": ("{path} announces {wanted} entries and showed {n}", "{path} 称有 {wanted} 条，共读到 {n} 条"),
    "empty": ("{path} is empty and yet has a next page", "{path} 没有内容却还有下一页"),
    "goes_on": (
        "{path} goes on behind the {wanted} entries that it announces",
        "{path} 超过其所称的 {wanted} 条仍在继续",
    ),
    "endless": ("the listing goes on behind {n} entries", "公示列表超过 {n} 条仍在继续"),
    "unknown_form": ("{path} answered {status} in a form that is not known", "{path} 的应答（{status}）格式无法识别"),
    "odd_digest": ("a digest does not have the known form", "摘要格式无法识别"),
    "behind_end": ("the export goes on behind its last line", "导出文件在末行之后仍有内容"),
    "no_end": ("the export ends after {n} rows without its last line", "导出文件读到 {n} 行后中断，没有末行"),
    "wrong_sum": ("the export announces {wanted} rows and holds {n}", "导出文件称有 {wanted} 行，实有 {n} 行"),
    "odd_key": ("an entry of the listing has a key that is none", "公示列表中有一条的主键不成其为主键"),
    "no_key": ("a row of the export has no key or no kind", "导出文件中有一行缺少主键或类别"),
    "other_columns": ("the export does not begin with the known columns", "导出文件的栏目与约定不符"),
    "packed": ("the export cannot be unpacked: {said}", "导出文件无法解压：{said}"),
    "not_arrived": ("the export did not arrive: {said}", "没有收到导出文件：{said}"),
    "export_status": ("the export was answered with {status}", "索取导出文件得到应答 {status}"),
    "answered": ("the portal answered {status}", "平台应答 {status}"),
    "credentials": (
        "the portal refuses our credentials ({status}): {said}",
        "平台拒绝本系统的凭据（{status}）：{said}",
    ),
    "exchange": ("the exchange tables are not as expected: {said}", "前置库的表与约定不符：{said}"),
    "asked_until": ("{portal} asked not to be read until {time} UTC", "平台要求在 {time}（UTC）之前暂缓读取"),
    "spent": (
        "orders use up what may be asked of {portal}, and nothing is left for reading it at present",
        "推送用尽了该平台的请求额度，目前不能读取",
    ),
    "closed": ("the exchange database says {said}", "前置库答复：{said}"),
}

EXPLANATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(_RUNS)
_SMALLER = Sentences(_DETAILS)
DETAILS: Mapping[str, tuple[str, str]] = _SMALLER.forms


def said(cause: str, **values: object) -> str:
    """The sentence that a run stores."""
    return EXPLANATIONS[cause][0].format(**values)


def in_language(explanation: str | None, lang: Lang) -> str | None:
    """A stored explanation, which may be of several sentences, in the reader's language."""
    if explanation is None or lang == "en":
        return explanation
    told: list[str] = []
    rest = explanation
    while rest:
        found = next((match for match in (form.match(rest) for form in _forms()) if match), None)
        if found is None:
            return explanation if not told else "".join([*told, rest])
        told.append(_chinese(EXPLANATIONS[str(found.lastgroup)[1:]][1], found))
        rest = rest[found.end() :]
    return "".join(told)


def _chinese(sentence: str, found: re.Match[str]) -> str:
    values = {name: text for name, text in found.groupdict().items() if text is not None and not name.startswith("_")}
    if "detail" in values:
        values["detail"] = _detail(values["detail"])
    return sentence.format(**values)


def _detail(text: str) -> str:
    """What kept a listing from being read; the words of a portal or a library stay as they are."""
    return _SMALLER.in_chinese(text) or text


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    """A pattern a sentence; the last group is named after the cause and matches how it ends."""
    return tuple(
        re.compile(f"{pattern(english)}(?P<_{cause}>\\s|$)", re.DOTALL) for cause, (english, _) in EXPLANATIONS.items()
    )

"""The answers of the packs in Chinese and English, and which of them other packs give otherwise. Text only.

The questions stand in the packs; the words for what may be answered stand here, beside the code that knows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.policy.answers import QUESTIONS, Answers
from shared.policy.pack import Settings
from shared.policy.wording import Language, Text

MEANING: Mapping[str, Mapping[str, Text]] = {
    "start_day": {
        "excluded": {"zh": "不计入，自次日起算", "en": "no, it is excluded"},
        "included": {"zh": "计入", "en": "yes, it is included"},
    },
    "last_day": {
        "inclusive": {"zh": "仍公示，次日零时下线", "en": "yes; offline at 00:00 of the next day"},
        "exclusive": {"zh": "不再公示，当日零时下线", "en": "no; offline at 00:00 of that day"},
    },
    "month_end": {"clamped": {"zh": "为当月最后一日", "en": "on the last day of the month"}},
    "holiday_roll": {"off": {"zh": "不顺延", "en": "no"}},
    "time_zone": {"asia_shanghai": {"zh": "北京时间零时", "en": "at 00:00 in Shanghai"}},
    "version_boundary": {"judged_anew": {"zh": "全部重新判定", "en": "all of them are judged anew"}},
    "reached_repair_dates": {
        "kept": {"zh": "继续有效", "en": "kept"},
        "not_kept": {
            "zh": "按申请之日有效的规定重新确定",
            "en": "set by the version in force on the day of application",
        },
    },
    "repair_minimum": {
        "each_audience": {"zh": "各公示渠道适用各自规定", "en": "each audience's own"},
        "later": {"zh": "适用较晚者", "en": "the later one"},
    },
    "cut_end": {
        "computed_day": {"zh": "按新规定计算之日", "en": "the computed day"},
        "eve_of_version": {"zh": "新规定施行之日的前一日", "en": "the eve of the version's first day"},
    },
    "older_decisions": {
        "first_version": {"zh": "规则包中最早的规定", "en": "the first version"},
        "not_shown": {"zh": "不予公示", "en": "none: it is not shown"},
    },
    "abnormal_statuses": {
        "bankruptcy_announced": {"zh": "已公告进入破产清算程序", "en": "announced as being in liquidation"},
        "deregistered": {"zh": "注销", "en": "deregistered"},
        "deregistration_handled": {"zh": "已办理注销登记", "en": "deregistration handled"},
    },
    "reorganisation": {"goes_on": {"zh": "继续经营，不因此下线", "en": "it goes on and nothing is hidden"}},
    "stored_windows": {"stored_wins": {"zh": "只缩短，不延长", "en": "they may end earlier and never later"}},
    "hidden_by_version": {"for_good": {"zh": "不恢复", "en": "no, hidden for good"}},
    "suspended_then_ended": {"left_for_good": {"zh": "计为已退出，不再公示", "en": "it has left for good"}},
    "packs_proved_wrong": {
        "explicit_act": {"zh": "须由人员说明理由后恢复", "en": "only by a person's act with a reason"}
    },
    "missing_fact": {"not_shown": {"zh": "暂不公示，待人工确认", "en": "not shown; it waits for a person"}},
    "listed_entries": {"rule_of_listing_day": {"zh": "列入之日有效的规定", "en": "no: the rule of the day of listing"}},
    "unperformed_at_maximum": {
        "ends_with_task": {
            "zh": "届满即下线，并生成执行督办任务",
            "en": "no; it ends, and a task for enforcement opens",
        },
        "ends": {"zh": "届满即下线", "en": "no, it ends"},
    },
    "fresh_violation": {"new_record": {"zh": "另行公示新的信息", "en": "a new record with its own clock"}},
    "repeated_exit": {"first_day": {"zh": "计一次，计于首次之日", "en": "once, on its first day"}},
    "other_exits": {"in_total": {"zh": "仅计入合计", "en": "in the total only"}},
    "grave_abnormal": {"batch_of_its_own": {"zh": "单独成批，单独审批", "en": "no, in a batch of their own"}},
    "attachment_contacts": {"not_taken": {"zh": "不采集、不公开", "en": "no"}},
    "watch_lists": {"not_published": {"zh": "不公布", "en": "no"}},
    "local_black_lists": {"no_list": {"zh": "不单独成为名单", "en": "no"}},
    "foreign_records": {"own_sources": {"zh": "仅公示本部门来源的信息", "en": "only what its own sources hand in"}},
    "representative_number": {"never": {"zh": "不报送、不公示", "en": "never"}},
    "merged_cells": {"top_left": {"zh": "取左上角单元格的值", "en": "the value of its top left cell"}},
    "file_contents": {"by_content": {"zh": "按实际内容读取并提示", "en": "by its content, with a note"}},
    "verdict_rows": {"data_rows": {"zh": "表头以下的数据行，空行不计", "en": "the data row after the header"}},
}

WHY_ONLY_ZH: Mapping[str, str] = {
    "month_end": "民法典第二百零二条：没有对应日的，月末日为期间的最后一日",
    "holiday_roll": "民法典第二百零三条保护须为行为之人；用于公示会延长公示",
    "time_zone": "全国法定时间统一为北京时间",
    "version_boundary": "不重新判定即按已失效的规定公示",
    "reorganisation": "本系统没有暂时隐去的措施，而清理不可恢复",
    "stored_windows": "启用规则包不得延长已告知的公示期",
    "hidden_by_version": "已退出公示的，只能由人员明示恢复",
    "suspended_then_ended": "已退出公示的，只能由人员明示恢复",
    "packs_proved_wrong": "恢复每一条信息都须有人负责并说明理由",
    "missing_fact": "不得凭推测公示",
    "listed_entries": "适用后来的规定会延长已作出的决定",
    "fresh_violation": "已作出的修复不因另案撤销",
    "repeated_exit": "已报送的月报表重新统计时结果须一致",
    "other_exits": "月报表只有两个细分栏，均不相符",
    "grave_abnormal": "情节严重的不与其他信息一并清理",
    "attachment_contacts": "信息没有存放联系方式的字段",
    "watch_lists": "只有应急管理部令第11号的名单有公布依据",
    "local_black_lists": "列入条件由国家规定",
    "foreign_records": "接入账号只为其授权的机关报送",
    "representative_number": "报送模板和页面均没有该字段",
    "merged_cells": "每行须能独立读取，各文件一致",
    "file_contents": "扩展名可能有误，以实际提交的内容为准",
    "verdict_rows": "核验结果同时给出行号、工作表和行",
    "abnormal_statuses": "清理不可恢复，只有不可逆转的登记状态才属于异常经营主体",
}
"""Why a question has no other answer, as `Question.why_only` says it in English."""

_MODE: Text = {"zh": "哪一版规定适用？", "en": "Which version of the law governs?"}
_MODES: Mapping[str, Text] = {
    "most_favourable": {"zh": "从旧兼从轻", "en": "the most favourable"},
    "as_of_decision": {"zh": "作出决定之日有效的规定", "en": "that of the day of the decision"},
    "as_of_evaluation": {"zh": "计算之日有效的规定（不延长）", "en": "that of the day of computation, never longer"},
}


@dataclass(frozen=True, slots=True)
class AnswerInWords:
    """An answer that holds, as its file has it and in words."""

    answer_id: str
    values: tuple[str, ...]
    question: Text
    meaning: Text


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """An answer that other packs give otherwise, in words."""

    answer_id: str
    question: Text
    old: Text
    new: Text


def meaning(answer_id: str, values: tuple[str, ...]) -> Text:
    """What an answer says in both languages."""
    words = [MEANING[answer_id][value] for value in values]
    return {"zh": "、".join(one["zh"] for one in words), "en": ", ".join(one["en"] for one in words)}


def why_only(answer_id: str) -> Text | None:
    """Why no other answer is available, if there is a reason."""
    reason = QUESTIONS[answer_id].why_only
    return {"zh": WHY_ONLY_ZH[answer_id], "en": reason} if reason else None


def question(answer_id: str, answers: Answers) -> Text:
    """The question as the packs ask it; its id where they say nothing."""
    stated = next((one for one in answers.stated if one.answer_id == answer_id), None)
    return {"zh": stated.question_zh, "en": stated.question} if stated else {"zh": answer_id, "en": answer_id}


def in_words(settings: Settings) -> tuple[AnswerInWords, ...]:
    """Every answer of these packs, beginning with the version that governs."""
    mode = AnswerInWords("mode", (settings.mode,), _MODE, _MODES[settings.mode])
    held = settings.answers.values().items()
    return (
        mode,
        *(AnswerInWords(one, values, question(one, settings.answers), meaning(one, values)) for one, values in held),
    )


def changed_answers(old: Settings, new: Settings) -> tuple[AnswerChange, ...]:
    """Which questions the new packs answer otherwise, beginning with the version that governs."""
    changes = []
    if old.mode is not new.mode:
        changes.append(AnswerChange("mode", _MODE, _MODES[old.mode], _MODES[new.mode]))
    was, is_now = old.answers.values(), new.answers.values()
    changes += [
        AnswerChange(name, question(name, new.answers), meaning(name, was[name]), meaning(name, is_now[name]))
        for name in QUESTIONS
        if was[name] != is_now[name]
    ]
    return tuple(changes)


def told(change: AnswerChange, lang: Language) -> str:
    """The change as a sentence."""
    question, old, new = change.question[lang], change.old[lang], change.new[lang]
    return f"{question}由“{old}”改为“{new}”。" if lang == "zh" else f"{question} Until now: {old}. Then: {new}."

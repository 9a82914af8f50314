"""What the checks say, in both languages: one catalogue of every sentence that a finding can hold (核验说明).

A finding keeps its English sentence; whoever shows it in Chinese reads the values out of it again, so that rows that
were put aside on earlier days are told too. No sentence repeats a personal number. Serves G02 and G12.
"""

from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.titles import TITLES
from shared.sentences import Sentences, listed

_CELLS = {
    "empty": ("{column} is required and empty.", "必填项，未填写。"),
    "too_long": ("{column} holds {n} characters; {limit} are allowed.", "有 {n} 个字符，最多 {limit} 个。"),
    "twice": (
        "{column} is given twice, also under a former name, with two values; leave one of them empty.",
        "新旧两个栏名下的内容不同，请只保留一个。",
    ),
    "surplus": ("Columns that the template does not know were ignored: {names}.", "模板中没有的栏目未读取：{names}。"),
    "corrected": ("Width, spaces or control characters were corrected.", "已自动更正全角半角、空格或控制字符。"),
    "citizen_number": (
        "The text holds a citizen's number; remove or mask it.",
        "文字中有公民身份号码，请删除或隐去。",
    ),
    "one_of": ("Write {choices}.", "请填写{choices}。"),
}
_SUBJECT = {
    "subject_kind": ("{column} must be one of {choices}.", "须为{choices}。"),
    "code_missing": (
        "An organisation needs its unified social credit code.",
        "法人及非法人组织、个体工商户须填写统一社会信用代码。",
    ),
    "sole_trader": (
        "A code that begins with 92 belongs to a sole trader (个体工商户), and only there.",
        "92 开头的代码属于个体工商户，也只用于个体工商户。",
    ),
    "id_type": (
        "A natural person needs a kind of identity document: {choices} or 其他-….",
        "自然人须填写证件类型：{choices}，或写“其他-……”。",
    ),
    "id_number": ("A natural person needs a document number.", "自然人须填写证件号码。"),
    "representative": (
        "An organisation needs its legal representative (法定代表人).",
        "法人及非法人组织须填写法定代表人。",
    ),
    "no_government_body": ("The code does not begin with 11 (government body).", "代码不以 11（机关）开头。"),
    "registered_name": (
        "The register knows this code under another name; is it the right subject?",
        "登记信息中该代码属于另一名称，请核对主体。",
    ),
    "minor": (
        "The person was a minor at the decision: the record is not disclosed; keep it inside.",
        "作出决定时当事人未成年：该信息不公示，由本单位留存。",
    ),
    "foreign": (
        "The row belongs to an authority that this client may not write for.",
        "该行属于报送方无权代报的机关。",
    ),
    "other_system": (
        "The source map names another system for this kind of record: {names}.",
        "数据来源清单规定此类信息由其他系统报送：{names}。",
    ),
}
_DAYS = {
    "day_unread": ("Not a date that can be read; write {choices}.", "日期无法识别，请写成 {choices}。"),
    "open_end_unread": (
        "Not a date that can be read; write {choices}. Validity without an end is written 2099-12-31.",
        "日期无法识别，请写成 {choices}；长期有效的写 2099-12-31。",
    ),
    "future": ("The decision date {day} lies in the future.", "决定日期 {day} 晚于今天。"),
    "too_old": (
        "The decision date {day} is older than any authority.",
        "决定日期 {day} 早于任何行政机关成立之日。",
    ),
    "late": (
        "Reported later than {n} working days after the decision.",
        "迟于作出决定后 {n} 个工作日报送。",
    ),
    "ends_before_decision": ("The validity ends before the decision.", "有效期截止日早于决定日期。"),
    "ends_before_begin": ("The validity ends before it begins.", "有效期截止日早于起始日。"),
    "follow_up": ("The day lies before the decision or inspection.", "该日期早于决定或检查日期。"),
    "publication_end": (
        "The source names {day} as the end of publication; by the rules it is {choices}, which counts.",
        "来源所写的公示截止日为 {day}；按规定为 {choices}，以规定为准。",
    ),
}
_PENALTY = {
    "summary": (
        "A penalty of the summary procedure (简易程序) is not disclosed; keep it inside.",
        "简易程序作出的处罚不公示，由本单位留存。",
    ),
    "unknown_penalty": (
        "Penalty kind no. {place} of the cell is not in the list; write 其他-… for any other kind.",
        "本栏第 {place} 个处罚类别不在列表中；其他类别写“其他-……”。",
    ),
    "no_penalty": ("The cell names no penalty kind.", "没有写出处罚类别。"),
    "no_amount_in_wan": ("Not an amount in ten-thousands of yuan (万元).", "不是以万元为单位的金额。"),
    "no_amount_in_yuan": ("Not an amount in yuan (元).", "不是以元为单位的金额。"),
    "fine_missing": (
        "A fine (罚款) needs its amount in ten-thousands of yuan.",
        "处以罚款的，须填写罚款金额（万元）。",
    ),
    "confiscation_missing": ("A confiscation (没收) needs its amount.", "处以没收的，须填写没收金额（万元）。"),
    "licence_missing": (
        "A suspended or revoked licence needs its name and number.",
        "暂扣或吊销许可证件的，须填写证件名称及编号。",
    ),
    "two_units": (
        "The amount stands in two columns, in 万元 and in yuan; leave one of them empty.",
        "以万元和以元为单位的两栏都写有金额，请只保留一栏。",
    ),
    "implausible": (
        "More than {most} 万元: does the cell hold yuan instead of ten-thousands of yuan?",
        "超过 {most} 万元：是否误以元为单位填写？",
    ),
    "other_fine": (
        "The field says {fine} yuan, {column} tells of {told} yuan.",
        "本栏为 {fine} 元，“{column}”栏写的是 {told} 元。",
    ),
}
_LIFE = {
    "state": ("The state must be 1 (valid) or 2 (invalid).", "当前状态须为 1（有效）或 2（无效）。"),
    "invalid_without_reason": (
        "The source says that the decision is invalid: give the public reasons of the withdrawal (撤回原因).",
        "来源称该决定已无效，请填写可以公开的撤回原因。",
    ),
    "reason_of_valid": (
        "A reason of withdrawal (撤回原因) with a state that is not 2: is the decision withdrawn or valid?",
        "写有撤回原因，状态却不是 2：该决定是已撤回，还是有效？",
    ),
    "withdrawal_day": (
        "The day of the withdrawal must lie between the decision and today.",
        "撤回日期须在决定日期与今天之间。",
    ),
    "version": ("The version (数据版本) must be a whole number.", "数据版本须为整数。"),
    "public_flag": ("Write 是 or 否 (公开标志).", "公开标志请填写“是”或“否”。"),
    "not_public": (
        "The source says that the record is not public (不公开): it is not disclosed; keep it inside.",
        "来源标明不公开：该信息不公示，由本单位留存。",
    ),
    "ground_missing": (
        "A record that is not public needs the ground (不公开理由).",
        "不公开的信息须填写不公开理由。",
    ),
}
_KNOWN = {
    "withdrawn": (
        "The authority has withdrawn this decision; a changed content under the same number needs a person.",
        "该决定已由机关撤回；同一文书号下内容有变，须由人处理。",
    ),
    "stays_withdrawn": (
        "The authority has withdrawn this decision; it stays withdrawn.",
        "该决定已由机关撤回，维持撤回。",
    ),
    "disproved": (
        (
            "An objection proved this content wrong and the record was corrected; the correction is kept. "
            "Correct it at the source too."
        ),
        "该内容经异议核实有误，信息已更正，更正予以保留；请在来源系统中一并更正。",
    ),
    "repeated": (
        "The row says again what an objection proved wrong ({fields}), beside another change.",
        "该行另有改动，同时又写入了经异议核实有误的内容（{fields}）。",
    ),
    "same_version": (
        "Another content with the same version (数据版本); the one that came last counts.",
        "数据版本相同而内容不同，以后到的为准。",
    ),
    "older_version": (
        "Version {sent} of this decision is older than version {stored}, which is kept.",
        "该决定的数据版本 {sent} 早于已有的版本 {stored}，保留已有版本。",
    ),
    "outranked": (
        "{client} is the authoritative system for this record (source map); its content is kept.",
        "按数据来源清单，此信息以系统 {client} 为准，保留其内容。",
    ),
    "row_above": (
        "The same decision and subject stand 1 row above; the later row counts.",
        "上一行是同一决定、同一主体，以后一行为准。",
    ),
    "rows_above": (
        "The same decision and subject stand {n} rows above; the later row counts.",
        "往上第 {n} 行是同一决定、同一主体，以后一行为准。",
    ),
}

_TITLE_OF_FIELD = {
    field: titles[0].removesuffix("(万元)")
    for kind in reversed(tuple(TEMPLATES))
    for field, titles in TITLES[kind].items()
    if titles
}
_TITLE_OF_COLUMN = {
    name: TITLES[kind][field][0]
    for kind, template in TEMPLATES.items()
    for field, column in template.items()
    if TITLES[kind].get(field)
    for name in column.names
}


def title_of(column: str) -> str:
    """A column of a template by its Chinese title; any other name stays as it is."""
    return _TITLE_OF_COLUMN.get(column, column)


def _fields(names: str) -> str:
    return "、".join(_TITLE_OF_FIELD.get(name, name) for name in names.split(", "))


CHECK_WORDS = Sentences(
    {**_CELLS, **_SUBJECT, **_DAYS, **_PENALTY, **_LIFE, **_KNOWN},
    {"choices": listed, "names": listed, "told": listed, "column": title_of, "fields": _fields},
)

said = CHECK_WORDS.said
"""The English sentence of a finding."""

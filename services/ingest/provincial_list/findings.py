"""The findings of a comparison as the lines of a sheet, in the words of the bureau."""

import json

from services.ingest.provincial_list.domain.outcome import FindingOutcome
from shared.database.types import AnyRow
from shared.identifiers import current_division_of

HEAD = ("结果", "名单行号", "本方记录", "主体代码", "主体名称", "文书号", "地区", "理由", "差异（名单 / 本方）")
_OUTCOMES = {
    FindingOutcome.MATCHED: "一致",
    FindingOutcome.DIFFERING: "内容不一致",
    FindingOutcome.PROPOSED: "疑似同一，待人工确认",
    FindingOutcome.MISSING_HERE: "名单有、本方无",
    FindingOutcome.MISSING_THERE: "本方有、名单无",
}
_FIELDS = {
    "subject_name": "名称",
    "decided_on": "决定日期",
    "authority_name": "机关",
    "penalty_types": "类别",
    "fine": "罚款（元）",
    "state": "状态",
}


def cells(row: AnyRow) -> tuple[str | int | None, ...]:
    """The line of the sheet, in the order of `HEAD`."""
    differing = [f"{_FIELDS[one['field']]}：{one['theirs']} / {one['ours']}" for one in json.loads(row.differences)]
    return (
        _OUTCOMES[FindingOutcome(row.outcome)],
        row.row,
        row.record_id,
        row.subject_key if not row.subject_key.startswith("person-") else "自然人",
        row.name,
        row.document_number,
        _name(row.region) or row.region,
        "；".join(one["zh"] for one in json.loads(row.because)),
        "；".join(differing),
    )


def _name(code: str) -> str:
    division = current_division_of(code)
    return division.name if division else ""

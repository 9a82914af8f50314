"""The columns of the provincial list, under its titles and those of the dual-disclosure template."""

from services.ingest.list_files import ListColumn
from services.ingest.mapping.columns import TEMPLATES
from shared.vocabulary import RecordKind

_PENALTY = TEMPLATES[RecordKind.PENALTY]


def _column(field: str, *titles: str, template: str = "", required: bool = False) -> ListColumn:
    names = _PENALTY[template].names if template else ()
    return ListColumn(field, (*titles, *names), required)


COLUMNS = (
    _column("name", "主体名称", "行政相对人名称", "企业名称", "单位名称", "失信主体名称", template="subject_name",
            required=True),
    _column("code", "统一社会信用代码", "社会信用代码", "信用代码", "证件号码", template="uscc"),
    _column("subject_kind", "主体类别", "行政相对人类别", template="subject_kind"),
    _column("document_number", "行政处罚决定书文号", "处罚决定书文号", "决定书文号", "文书号", "处罚文号",
            template="document_number"),
    _column("decided_on", "处罚决定日期", "决定日期", "处罚日期", "列入日期", template="decided_on"),
    _column("authority_name", "处罚机关", "作出处罚决定机关", "决定机关", "列入机关", template="authority_name"),
    _column("penalty_types", "处罚类别", "处罚种类", template="penalty_types"),
    _column("fine", "罚款金额（万元）", "罚款金额(万元)", "罚款（万元）", template="fine"),
    _column("fine_in_yuan", "罚款金额（元）", "罚款金额(元)", "罚款（元）"),
    _column("region", "地区", "属地", "所属地区", "区划代码"),
)  # fmt: skip

"""A record that a portal shows as it was sent reads back equal, field by field, whatever its texts and amounts."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sync.mock_portals.common.dual_disclosure import key_of as dual_disclosure_key
from services.sync.mock_portals.common.dual_disclosure import layouts
from services.sync.mock_portals.common.face import Face
from services.sync.mock_portals.common.layout import amount_in_wan, amount_in_yuan, slashed_day
from services.sync.portals.base import PushOrder
from services.sync.portals.columns import wire_row
from services.sync.portals.credit_china import mapping as credit_china
from services.sync.portals.credit_jiangsu import mapping as credit_jiangsu
from services.sync.portals.market_supervision import mapping as market_supervision
from services.sync.portals.market_supervision.stand_in import layouts as market_layouts
from services.sync.portals.pages import read_detail
from shared.contracts.records import Authority, LicenceDetail, PenaltyDetail, Record, Subject
from shared.vocabulary import PenaltyType, RecordKind, SubjectKind

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_AMOUNTS = st.none() | st.decimals(min_value=0, max_value=Decimal("999999999999"), places=2)
_DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
_AUTHORITIES = st.builds(Authority, code=st.text(max_size=18), name=_TEXTS)
_SUBJECTS = st.builds(
    Subject,
    kind=st.sampled_from([SubjectKind.LEGAL_PERSON, SubjectKind.SOLE_TRADER]),
    key=st.just("91320600MA00000000"),
    name=_TEXTS,
    uscc=st.just("91320600MA00000000"),
    legal_representative=st.none() | st.just("测某某"),
)
_PENALTIES = st.builds(
    PenaltyDetail,
    violation_type=_TEXTS,
    violation_facts=_TEXTS,
    legal_basis=_TEXTS,
    penalty_types=st.lists(st.sampled_from(PenaltyType), unique=True).map(tuple),
    penalty_content=_TEXTS,
    fine=_AMOUNTS,
    confiscated=_AMOUNTS,
    withheld_licence=st.none() | _TEXTS,
    penalty_valid_until=st.none() | _DAYS,
)
_LICENCES = st.builds(
    LicenceDetail,
    document_title=_TEXTS,
    category=_TEXTS,
    certificate_name=st.none() | _TEXTS,
    licence_number=st.none() | _TEXTS,
    licence_content=_TEXTS,
    valid_from=_DAYS,
    valid_until=_DAYS,
)
_RECORDS = st.builds(
    Record,
    document_number=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    subject=_SUBJECTS,
    issuing_authority=_AUTHORITIES,
    source_authority=_AUTHORITIES,
    region=st.just("320600"),
    decided_on=_DAYS,
    detail=_PENALTIES | _LICENCES,
    remark=st.none() | _TEXTS,
)

_CHINA = Face("模拟", "模拟", "#000", layouts(amount=amount_in_wan, day=str))
_JIANGSU = Face("模拟", "模拟", "#000", layouts(amount=amount_in_yuan, day=slashed_day))
_MARKET = Face("模拟", "模拟", "#000", market_layouts.LAYOUTS)


def _dual_disclosure_row(record: Record, closes_on: date | None) -> tuple[str, dict[str, str]]:
    template = credit_china.TEMPLATE_CODES[record.kind]
    return template, wire_row(credit_china.COLUMNS[record.kind], record, closes_on)


def _market_row(record: Record, closes_on: date | None) -> tuple[str, dict[str, str]]:
    order = PushOrder("r", 1, False, record, closes_on)
    entry = market_supervision.enterprise_body([order], date(2026, 1, 1))["records"][0]  # type: ignore[index]
    return entry["infoType"], {"uniscId": record.subject.uscc or "", **entry["info"]}


def _china_key(template: str, values: Mapping[str, str]) -> str:
    return dual_disclosure_key(template, template, values)


def _jiangsu_key(template: str, values: Mapping[str, str]) -> str:
    return dual_disclosure_key(f"js-{template.lower()}-", template, values)


@pytest.mark.parametrize(
    ("mapping", "face", "row", "filed_under"),
    [
        (credit_china, _CHINA, _dual_disclosure_row, _china_key),
        (credit_jiangsu, _JIANGSU, _dual_disclosure_row, _jiangsu_key),
        (market_supervision, _MARKET, _market_row, market_layouts.key_of),
    ],
    ids=["credit_china", "credit_jiangsu", "market_supervision"],
)
@given(record=_RECORDS, closes_on=st.none() | _DAYS)
def test_a_shown_record_reads_back_equal_under_its_key(
    mapping: ModuleType,
    face: Face,
    row: Callable[[Record, date | None], tuple[str, dict[str, str]]],
    filed_under: Callable[[str, Mapping[str, str]], str],
    record: Record,
    closes_on: date | None,
) -> None:
    kind, values = row(record, closes_on)
    key = filed_under(kind, values)
    page = face.text("detail.html", key=key, fields=values, layout=face.layouts[kind])
    assert key == mapping.portal_key(record)
    assert mapping.read_entry(read_detail(page)) == mapping.shown(record, closes_on)


def _penalty() -> Record:
    return Record(
        document_number="（苏通）应急罚〔2026〕1号",
        subject=Subject(
            kind=SubjectKind.LEGAL_PERSON, key="91320600MA00000000", name="甲公司", uscc="91320600MA00000000"
        ),
        issuing_authority=Authority(code="A", name="甲局"),
        source_authority=Authority(code="A", name="甲局"),
        region="320600",
        decided_on=date(2026, 1, 5),
        detail=PenaltyDetail(
            violation_type="甲",
            violation_facts="甲",
            legal_basis="甲",
            penalty_types=(PenaltyType.WARNING, PenaltyType.FINE),
            penalty_content="甲",
            fine=Decimal("12500"),
        ),
    )


def test_a_penalty_is_written_in_the_columns_of_the_template() -> None:
    row = wire_row(credit_china.COLUMNS[RecordKind.PENALTY], _penalty(), date(2027, 1, 5))
    assert row["CF_NR_FK"] == "1.250000"
    assert row["CF_CFLB"] == "警告;罚款"
    assert row["CF_JDRQ"] == "2026-01-05"
    assert row["CF_GSJZQ"] == "2027-01-05"
    assert row["CF_YXQ"] == "2099-12-31"
    assert row["CF_NR_WFFF"] == ""
    assert not any("ZJHM" in name or "SFZ" in name for name in row)


@pytest.mark.parametrize("other", ["(苏通)应急罚[2026]1号", "（苏通） 应急罚【2026】1号"])
def test_another_way_of_printing_the_number_is_the_same_record_on_every_portal(other: str) -> None:
    printed, otherwise = _penalty(), _penalty().model_copy(update={"document_number": other})
    for mapping in (credit_china, credit_jiangsu, market_supervision):
        assert mapping.portal_key(printed) == mapping.portal_key(otherwise)


def test_the_same_number_of_another_authority_or_subject_is_another_record() -> None:
    record = _penalty()
    elsewhere = record.model_copy(update={"issuing_authority": Authority(code="B", name="乙局")})
    another = record.model_copy(update={"subject": record.subject.model_copy(update={"uscc": "91320600MA00000001"})})
    for mapping in (credit_china, credit_jiangsu, market_supervision):
        assert len({mapping.portal_key(each) for each in (record, elsewhere, another)}) == 3

"""Header texts as bureaus write them mean one column each, however they are spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.mapping.columns import KNOWN_NAMES, TEMPLATES, names_of
from services.ingest.mapping.titles import TITLES, header_key
from shared.vocabulary import RecordKind

PENALTY = RecordKind.PENALTY
KINDS = list(RecordKind)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("行政相对人名称", "CF_XDR_MC"),
        ("行政相对人代码_1 (统一社会信用代码)", "CF_XDR_SHXYM"),
        ("行政处罚决定书文号", "CF_WSH"),
        ("行政处罚决定文书号*", "CF_WSH"),
        ("处罚决定日期", "CF_JDRQ"),
        ("罚款金额（万元）", "CF_NR_FK"),
        ("* 罚款金额\n(万元) ：", "CF_NR_FK"),
        ("罚款金额（元）", "CF_NR_FK_YUAN"),
        ("没收违法所得、没收非法财物的金额(万元)", "CF_NR_WFFF"),
        ("处罚机关统一社会信用代码", "CF_CFJGDM"),
        ("数据来源单位统一社会信用代码", "CF_SJLYDM"),
        ("法定代表人证件号码", "CF_FR_ZJHM"),
        ("数据版本", "SJBB"),
        ("撤回原因（选填）", "CHYY"),
        ("cf_wsh", "CF_WSH"),
        ("ＣＦ＿ＷＳＨ", "CF_WSH"),
        ("CF_XZJG", "CF_XZJG"),
    ],
)
def test_a_header_means_this_column(header: str, column: str) -> None:
    assert names_of(PENALTY)[header_key(header)] == column


@pytest.mark.parametrize("kind", KINDS)
def test_every_title_and_every_code_is_recognised_and_means_a_known_column(kind: RecordKind) -> None:
    names = names_of(kind)
    titles = [title for field in TEMPLATES[kind] for title in TITLES[kind][field]]
    assert [title for title in (*titles, *KNOWN_NAMES[kind]) if header_key(title) not in names] == []
    assert set(names.values()) <= KNOWN_NAMES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_a_chinese_title(kind: RecordKind) -> None:
    assert TITLES[kind].keys() == TEMPLATES[kind].keys()


def test_an_unknown_header_means_nothing() -> None:
    assert header_key("领导批示") not in names_of(PENALTY)


@given(st.text(max_size=40))
def test_a_header_key_is_its_own_key(text: str) -> None:
    assert header_key(header_key(text)) == header_key(text)

"""A row that is passed at one look is one in which no check finds anything."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.checks import CHECKS, judge
from services.ingest.domain.context import Day
from services.ingest.domain.faultless import surely_faultless
from services.ingest.domain.parsed import Parsed, parse
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.draft import read_row
from shared.vocabulary import RecordKind
from tests.support import rows

TODAY = date(2026, 11, 21)
DAY = Day(TODAY, date(2026, 11, 10))
KINDS = st.sampled_from(list(RecordKind))
BROKEN = st.sampled_from([
    "", " ", "1", "2", "3", "x", "１２", "罚款", "警告;罚款", "警告;没收违法所得", "吊销许可证件", "其他-训诫", "什么",
    "罚款人民币6万元", "处罚款陆万元", "0", "0.000001", "6", "99999999", "-1", "2026-11-20", "2026-11-22", "2026-01-01",
    "1948-01-01", "2026-13-01", "2099-12-31", "法人及非法人组织", "个体工商户", "自然人", "见329999198501010013",
    "11320400014110293F", "92320400MA1234567X", "（常）应急罚当〔2026〕1号", "（常）应急罚〔2026〕1号", "号" * 70,
    "长" * 5001, "是", "否", "撤回",
])  # fmt: skip


def _columns(kind: RecordKind) -> list[str]:
    return [*(name for column in TEMPLATES[kind].values() for name in column.names), "FREMD"]


def _parsed(kind: RecordKind, cells: Mapping[str, str]) -> Parsed:
    """A row that nothing is wrong with but for these cells."""
    decided_on = TEMPLATES[kind]["decided_on"].name
    return parse(read_row(kind, rows.good(kind, **({decided_on: "2026-11-20"} | cells))))


@given(KINDS, st.data())
def test_a_row_that_is_passed_at_one_look_gets_what_all_checks_find(kind: RecordKind, data: st.DataObject) -> None:
    cells = data.draw(st.dictionaries(st.sampled_from(_columns(kind)), BROKEN, max_size=2))
    row = _parsed(kind, cells)
    assert judge(row, DAY) == [finding for check in CHECKS[kind] for finding in check(row, DAY)]


@pytest.mark.parametrize("kind", [RecordKind.PENALTY, RecordKind.LICENCE])
def test_a_usual_row_is_passed_at_one_look(kind: RecordKind) -> None:
    assert surely_faultless(_parsed(kind, {}), DAY)

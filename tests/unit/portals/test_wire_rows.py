"""The short way to read a row of an export gives what the long way gives, whatever the row holds."""

from hypothesis import given
from hypothesis import strategies as st

from services.sync.domain.shown import digest
from services.sync.portals.columns import WireRows, fields_by_wire
from services.sync.portals.dual_disclosure import PENALTY
from services.sync.portals.texts import clean, is_plain
from shared.identifiers.text import strip_control

WIRES = [column.wire for column in PENALTY]
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "2026-01-02", "2026年1月2日", "1.25", "12,500.00元", "  两  行\n", "（苏通）应急罚〔2026〕1号"]
    ),
)


@given(st.lists(CELLS, min_size=len(WIRES), max_size=len(WIRES)), st.permutations(WIRES))
def test_a_row_reads_the_same_by_position_and_by_name(cells: list[str], header: list[str]) -> None:
    rows, by_name = WireRows(PENALTY, header), fields_by_wire(PENALTY, dict(zip(header, cells, strict=True)))
    assert rows.fields(cells) == by_name
    assert rows.digest(cells) == digest(by_name)


def test_a_row_that_is_cut_short_leaves_its_last_fields_out() -> None:
    fields = WireRows(PENALTY, WIRES).fields(["某公司", "法人及非法人组织"])
    assert fields == {"subject_name": "某公司", "subject_kind": "法人及非法人组织"}
    assert WireRows(PENALTY, WIRES).digest(["某公司", "法人及非法人组织"]) == digest(fields)


@given(st.text(max_size=30))
def test_a_plain_text_is_clean_and_so_is_every_part_of_it(text: str) -> None:
    long_way = " ".join(strip_control(text).split())
    assert clean(text) == long_way
    if is_plain(text):
        assert all(clean(text[at:]) == text[at:] for at in range(len(text)))

"""Corrections for many rows: each does its one thing, in its columns only, and nothing more the second time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.corrections import Correction, corrected
from services.ingest.mapping.columns import PENALTY
from shared.vocabulary import RecordKind

KIND = RecordKind.PENALTY


@pytest.mark.parametrize(
    ("correction", "column", "before", "after"),
    [
        (Correction.TRIM, "CF_XDR_SHXYM", "'91320600YL0000033X。", "91320600YL0000033X"),
        (Correction.TRIM, "CF_JDRQ", "“2026-10-30”", "2026-10-30"),
        (Correction.TRIM, "CF_SY", "未培训。", "未培训。"),
        (Correction.DATES, "CF_JDRQ", "2026.10.30", "2026-10-30"),
        (Correction.DATES, "CF_JDRQ", "2026-10-30 00:00:00", "2026-10-30"),
        (Correction.DATES, "CF_JDRQ", "2026-10-30 12:00:00", "2026-10-30 12:00:00"),
        (Correction.DATES, "CF_WSH", "2026.10.30", "2026.10.30"),
        (Correction.AMOUNTS, "CF_NR_FK", "6万元", "6"),
        (Correction.AMOUNTS, "CF_NR_FK", "60000元", "60000元"),
        (Correction.AMOUNTS, "CF_NR", "6万元", "6万元"),
        (Correction.AS_IS, "CF_NR_FK", "6万元", "6万元"),
        (Correction.TRIM, "领导批示", "'x'", "'x'"),
    ],
)
def test_a_correction_changes_this_cell_to_that(correction: Correction, column: str, before: str, after: str) -> None:
    assert corrected(KIND, {column: before}, correction) == {column: after}


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.from_regex(r"[0-9. ,'。万元]{0,12}")
)


@given(
    st.dictionaries(st.sampled_from([column.name for column in PENALTY.values()]), CELLS), st.sampled_from(Correction)
)
def test_a_correction_done_twice_is_done_once(row: dict[str, str | int | bool | None], correction: Correction) -> None:
    once = corrected(KIND, row, correction)
    assert corrected(KIND, once, correction) == once
    assert once.keys() == row.keys()

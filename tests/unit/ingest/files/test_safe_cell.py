"""Texts on their way into an exported CSV: what a spreadsheet would compute is shown instead."""

import pytest

from services.ingest.files import safe_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "　=1", "＝1", "＠x", "＋x", "－x"]
)
def test_what_would_be_computed_is_led_by_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "南通样例化工有限公司", "1=1", "2026-10-30", "（苏通）应急罚〔2026〕1号", "a@b"])
def test_other_texts_stay(text: str) -> None:
    assert safe_cell(text) == text

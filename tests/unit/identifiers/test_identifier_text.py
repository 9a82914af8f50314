"""How names and codes are written: width, spaces and invisible signs (ruling R21)."""

import pytest

from shared.identifiers import normalise_code, normalise_text, strip_control


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("南通某某化工(集团)有限公司", "南通某某化工（集团）有限公司"),
        (" 南通 某某\u3000有限公司\n", "南通某某有限公司"),
        ("ＡＢＣ１２３有限公司", "ABC123有限公司"),
        ("ABC  China 有限公司", "ABC China有限公司"),
        ("买买提•某某", "买买提·某某"),
        ("甲，乙：丙", "甲，乙：丙"),
        ("〔甲〕【乙】", "〔甲〕【乙】"),
        ("\ufeff南\u200b通\x00", "南通"),
        ("", ""),
    ],
)
def test_a_name_has_one_normal_form(written: str, normal: str) -> None:
    assert normalise_text(written) == normal


def test_a_code_has_no_spaces_and_only_capitals() -> None:
    assert normalise_code("　ａb c\t１２\u200b－3 ") == "ABC12-3"


def test_invisible_signs_go_and_the_lines_of_a_text_stay() -> None:
    assert strip_control("甲\u202e乙\r\n\t丙\ud800\x07\u2066") == "甲乙\n\t丙"

"""The header of a table: recognised by codes, former codes and titles, refused when it could mean two things."""

import pytest

from services.ingest.mapping.columns import TEMPLATES, names_of
from services.ingest.mapping.dates import DATE_FIELDS
from services.ingest.mapping.header import HeaderProblem, HeaderRefused, is_header, meaning, read_header
from shared.vocabulary import RecordKind

PENALTY = RecordKind.PENALTY


@pytest.mark.parametrize("kind", TEMPLATES)
def test_each_template_is_recognised_by_its_codes_and_complete(kind: RecordKind) -> None:
    names = tuple(column.name for column in TEMPLATES[kind].values())
    found = read_header(names)
    assert (found.kind, found.names, found.unknown, found.missing) == (kind, names, (), ())


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("行政相对人名称", "CF_XDR_MC"),
        (" * 行政相对人名称（必填）：", "CF_XDR_MC"),
        ("CF_XDR_MC", "CF_XDR_MC"),
        ("cf_xdr_mc", "CF_XDR_MC"),
        ("名称 CF_XDR_MC", "CF_XDR_MC"),
        ("对象（CF_XDR_MC）", "CF_XDR_MC"),
        ("XK_XDR_MC", None),
        ("CF_XDR_MC/CF_WSH", None),
        ("承办人", None),
        ("", None),
        ("长" * 10_000, None),
    ],
)
def test_a_header_text_means_a_column_by_itself_or_by_the_code_in_it(text: str, column: str | None) -> None:
    assert meaning(PENALTY, text) == column


def test_former_codes_mean_themselves_so_that_both_parts_of_a_field_survive() -> None:
    assert read_header(["CF_XDR_MC", "CF_CFLB1", "CF_CFLB2", "CF_WSH"]).names[1:3] == ("CF_CFLB1", "CF_CFLB2")


def test_positions_of_days_and_counters_and_missing_columns_are_known() -> None:
    found = read_header(["序号", "行政相对人名称", "决定文书号", "", "处罚决定日期", "承办人", "承办人"])
    assert found.names == ("序号", "CF_XDR_MC", "CF_WSH", "", "CF_JDRQ", "承办人", "承办人 (2)")
    assert (found.counters, found.known, found.dates) == ({0}, {1, 2, 4}, {4})
    assert found.unknown == ("承办人", "承办人 (2)")
    assert "CF_SY" in found.missing
    assert "CF_WSH" not in found.missing


def test_unknown_columns_of_one_name_are_told_apart_whatever_others_are_called() -> None:
    known = ["CF_WSH", "CF_NR", "CF_SY"]
    for texts in (["x", "x (2)", "x", "x"], ["x", "x", "x (2)", "x (2)"], ["x (2)", "x", "x"]):
        found = read_header([*known, *texts])
        assert len(set(found.names)) == len(found.names)
        assert found.names[:3] == tuple(known)
        assert "x" in found.doubled or "x (2)" in found.doubled


def test_half_a_character_in_a_name_that_is_repeated_can_be_written() -> None:
    assert read_header(["CF_WSH", "CF_NR", "CF_SY", " \ud83d承办\x00人"]).unknown == ("\ufffd承办人",)
    with pytest.raises(HeaderRefused) as refused:
        read_header(["CF_WSH", "CF_NR", "CF_SY", "\ud83d CF_WSH"])
    assert refused.value.about == ("CF_WSH", "\ufffd CF_WSH")


REFUSED: dict[str, tuple[list[str], RecordKind | None, HeaderProblem]] = {
    "no known column": (["a", "b", "c"], None, HeaderProblem.NOT_RECOGNISED),
    "two known columns": (["CF_WSH", "CF_NR"], PENALTY, HeaderProblem.NOT_RECOGNISED),
    "a title and its code": (["决定文书号", "CF_WSH", "CF_NR", "CF_SY"], None, HeaderProblem.DOUBLED),
    "columns of every kind": (["行政相对人名称", "备注", "法定代表人"], None, HeaderProblem.TWO_KINDS),
    "two kinds side by side": (
        ["CF_WSH", "CF_NR", "CF_SY", "CF_JDRQ", "XK_WSH", "XK_NR", "XK_JDRQ"], None, HeaderProblem.TWO_KINDS),
    "two kinds, one of them said": (
        ["CF_WSH", "CF_NR", "CF_SY", "XK_WSH", "XK_NR", "XK_JDRQ"], PENALTY, HeaderProblem.TWO_KINDS),
    "another kind than was said": (["XK_WSH", "XK_NR", "XK_JDRQ"], PENALTY, HeaderProblem.OTHER_KIND),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_that_is_none_or_could_be_two_is_refused(name: str) -> None:
    cells, kind, problem = REFUSED[name]
    with pytest.raises(HeaderRefused) as caught:
        read_header(cells, kind)
    assert caught.value.problem is problem


def test_columns_of_any_kind_are_of_the_kind_that_was_said() -> None:
    assert read_header(["行政相对人名称", "备注", "法定代表人"], PENALTY).kind is PENALTY


def test_a_single_column_of_another_kind_is_only_unknown() -> None:
    assert read_header(["CF_WSH", "CF_NR", "CF_SY", "XK_XKZS"]).unknown == ("XK_XKZS",)


def test_a_row_of_data_is_no_header() -> None:
    assert not is_header(["南通样例化工有限公司", "91320600YL0000033X", "备注", "罚款", "", ""])


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_title_of_a_kind_is_recognised_alone(kind: RecordKind) -> None:
    assert {meaning(kind, text) for text in names_of(kind)} <= set(names_of(kind).values())


def test_fields_of_days_are_fields_of_some_template() -> None:
    assert set().union(*(template.keys() for template in TEMPLATES.values())) >= DATE_FIELDS

"""The short ways that a usual row takes through admission give what the long ways give."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.build import build
from services.ingest.domain.checks import no_citizen_numbers
from services.ingest.domain.context import Day
from services.ingest.domain.parsed import parse
from services.ingest.mapping import draft
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.draft import read_row
from shared.identifiers import find_citizen_numbers, is_normal_text, normalise_text
from shared.vocabulary import RecordKind
from tests.support import rows

TODAY = date(2026, 11, 21)
KINDS = st.sampled_from(list(RecordKind))
SIGNS = st.one_of(st.sampled_from('号（）()〔〕 \u3000\n\u200b0１aＡ中á\u0301\u3099•"\\/\x7f😀;，'), st.characters())
TEXTS = st.text(SIGNS, max_size=12)
USUAL_TEXTS = st.text("常州样例0123456789ABCXYZ（）〔〕，。、；：-.", max_size=12)
CELLS = st.one_of(USUAL_TEXTS, TEXTS, st.none(), st.integers(0, 9), st.booleans(), st.just(3.0))
NUMBER = "329999198501010013"  # a division that does not exist
OPEN_TEXTS = {
    RecordKind.PENALTY: ("CF_XDR_MC", "CF_FRDB", "CF_SY", "CF_YJ", "CF_NR", "CF_NR_ZKDX", "CF_CFJG", "CF_SJLY", "BZ"),
    RecordKind.LICENCE: ("XK_XDR_MC", "XK_FRDB", "XK_XKWS", "XK_XKZS", "XK_XKBH", "XK_NR", "XK_XKJG", "BZ"),
    RecordKind.COERCION: ("QZ_SXMC", "QZ_QLBM", "QZ_YJ", "QZ_NR", "QZ_CSLB", "QZ_DX", "QZ_LYDW", "BGKLY"),
    RecordKind.AWARD: ("JL_SXMC", "JL_QLBM", "JL_YJ", "JL_NR", "JL_RYMC", "JL_JB", "JL_LYDW", "BZ"),
    RecordKind.INSPECTION: ("JC_SXMC", "JC_QLBM", "JC_YJ", "JC_NR", "JC_JCX", "JC_FCJG", "JC_LYDW", "BGKLY"),
}


@given(st.lists(TEXTS, max_size=4))
def test_texts_that_are_normal_together_are_normal_each(texts: list[str]) -> None:
    if is_normal_text("".join(texts)):
        assert [normalise_text(text) for text in texts] == texts


@given(KINDS, st.data())
def test_a_row_is_read_the_same_at_once_and_cell_by_cell(kind: RecordKind, data: st.DataObject) -> None:
    names = [name for column in TEMPLATES[kind].values() for name in column.names] + ["FREMD", f"{kind}_FR_ZJHM"]
    row = data.draw(st.dictionaries(st.sampled_from(names), CELLS, max_size=8))
    read = read_row(kind, row)
    assert (dict(read.values), dict(read.corrected)) == draft._corrected(kind, row, has_former=True)
    assert read.surplus == tuple(name for name in row if name == "FREMD")


@given(KINDS, st.data())
def test_the_text_of_a_record_is_what_its_contract_writes(kind: RecordKind, data: st.DataObject) -> None:
    given_texts = data.draw(st.dictionaries(st.sampled_from(OPEN_TEXTS[kind]), TEXTS, max_size=4))
    row = rows.good(kind, **given_texts, **data.draw(st.sampled_from([{}, {"SFGK": "否"}, {"SFGK": "是"}])))
    built = build(parse(read_row(kind, row)), str)
    assert built.record.model_dump_json().encode() == built.content
    assert built.record.model_fields_set == set(type(built.record).model_fields)
    assert built.record.detail.model_fields_set == set(type(built.record.detail).model_fields)


@given(st.lists(TEXTS, max_size=3), st.integers(0, 3), st.booleans())
def test_a_citizen_number_stops_its_row_in_whichever_text_it_stands(texts: list[str], at: int, there: bool) -> None:
    given_texts = [*texts[:at], f"见{NUMBER}" if there else "见", *texts[at:]]
    row = rows.penalty(**dict(zip(("CF_SY", "CF_YJ", "CF_NR", "BZ"), given_texts, strict=False)))
    parsed = parse(read_row(RecordKind.PENALTY, row))
    found = list(no_citizen_numbers(parsed, Day(TODAY, TODAY)))
    assert [one.column for one in found] == [
        column.name
        for field, column in TEMPLATES[RecordKind.PENALTY].items()
        if field in ("violation_facts", "legal_basis", "penalty_content", "remark")
        and find_citizen_numbers(parsed.draft.get(field))
    ]
    assert bool(found) is there

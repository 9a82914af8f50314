"""A stored record written as a row of the template gives the same record when the row is read again."""

from typing import Any

import pytest

from services.ingest.domain.build import build
from services.ingest.domain.parsed import parse
from services.ingest.mapping.back import cells_of, row_of, value_of
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.correctable import CORRECTABLE, correctable
from services.ingest.mapping.draft import Row, read_row
from services.ingest.objections.domain.disproved import Disproved, disproved_of
from shared.contracts.records import Record
from shared.vocabulary import RecordKind
from tests.support.rows import (
    PERSON_NAME,
    PERSON_NUMBER,
    SHOP,
    award,
    coercion,
    inspection,
    licence,
    penalty,
    person_penalty,
)

FULL = penalty(
    CF_CFLB="罚款;没收违法所得;暂扣许可证件;其他-责令改正",
    CF_NR_WFFF="1.25",
    CF_NR_ZKDX="安全生产许可证（苏样）WH安许证字〔00001〕",
    BZ="备注一",
)


def built(kind: RecordKind, row: Row) -> Record:
    return build(parse(read_row(kind, row)), lambda text: text).record


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (RecordKind.PENALTY, penalty()),
        (RecordKind.PENALTY, FULL),
        (RecordKind.PENALTY, penalty(CF_XDR_LB="个体工商户", CF_XDR_SHXYM=SHOP, CF_FRDB="")),
        (RecordKind.LICENCE, licence()),
        (RecordKind.LICENCE, licence(XK_XKZS="", XK_XKBH="", XK_ZT="2")),
        (RecordKind.COERCION, coercion(QZ_JCRQ="2026-11-10", QZ_QLBM="320200001")),
        (RecordKind.COERCION, coercion(QZ_QXZI="", SFGK="否", BGKLY="涉及商业秘密")),
        (RecordKind.AWARD, award(JL_YXQZ="2026-10-30", JL_YXQZI="2029-10-29", BZ="备注")),
        (RecordKind.AWARD, award(JL_JB="")),
        (RecordKind.INSPECTION, inspection(JC_FCRQ="2026-11-20", JC_FCJG="已整改")),
        (RecordKind.INSPECTION, inspection(JC_JHLX="重点", JC_JCJL="未发现问题", JC_ZGQX="")),
    ],
)
def test_a_record_survives_the_way_into_a_row_and_back(kind: RecordKind, row: dict[str, Any]) -> None:
    record = built(kind, row)
    assert built(kind, row_of(record)) == record


def test_every_correctable_field_has_a_column_and_changes_only_itself() -> None:
    record = built(RecordKind.PENALTY, FULL)
    for kind, fields in CORRECTABLE.items():
        assert len(cells_of(kind, dict.fromkeys(fields, "x"))) == len(fields)
        assert fields.isdisjoint({"authority_code", "document_number", "uscc", "subject_kind", "state", "data_version"})
        assert fields.isdisjoint({"public", "ground_of_non_disclosure", "id_type", "id_number"})
        assert {"subject_name", "decided_on"} <= fields <= TEMPLATES[kind].keys()
    changed = built(RecordKind.PENALTY, {**row_of(record), **cells_of(RecordKind.PENALTY, {"confiscated": "7"})})
    assert changed.model_copy(update={"detail": record.detail}) == record
    assert (value_of(changed, "confiscated"), value_of(changed, "fine")) == ("7.00", value_of(record, "fine"))


def test_a_record_of_a_person_survives_with_what_is_sealed_beside_it() -> None:
    row = person_penalty(CF_SY=f"{PERSON_NAME}（{PERSON_NUMBER}）未持证上岗。")
    made = build(parse(read_row(RecordKind.PENALTY, row)), lambda text: text)
    assert made.private is not None
    assert PERSON_NAME not in made.content.decode()
    sealed = {"subject_name": made.private.name, "id_type": made.private.id_type, "id_number": made.private.id_number}
    again = build(parse(read_row(RecordKind.PENALTY, row_of(made.record, sealed))), lambda text: text)
    assert (again.content, again.key, again.private) == (made.content, made.key, made.private)


def test_the_name_of_a_person_is_corrected_by_no_event() -> None:
    of_person = correctable(built(RecordKind.PENALTY, person_penalty()))
    assert of_person.isdisjoint({"subject_name", "legal_representative"})
    assert of_person | {"subject_name", "legal_representative"} == CORRECTABLE[RecordKind.PENALTY]


def test_what_was_proved_wrong_is_kept_until_it_is_proved_right() -> None:
    record = built(RecordKind.PENALTY, penalty())
    wrong = Disproved().also("d1", {"fine": "60000.00", "remark": ""}).also("d2", {"violation_type": "其他"})
    assert disproved_of(wrong.as_text()) == wrong
    assert wrong.repeated_in(record) == ["fine", "remark"]
    right = wrong.without("d1", record)
    assert (right.digests, right.values) == (("d2",), {"violation_type": "其他"})
    assert disproved_of(None) == Disproved()

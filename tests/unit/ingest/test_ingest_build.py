"""From a row to the record that others may see: its key, its content, and nothing personal (G12)."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from services.ingest.domain.build import Built, build, record_key
from services.ingest.domain.parsed import parse
from services.ingest.mapping.draft import read_row
from shared.contracts.records import LicenceDetail, PenaltyDetail, Record
from shared.vocabulary import PenaltyType, RecordKind, SubjectKind
from tests.support import rows
from tests.support.rows import PERSON_NAME, PERSON_NUMBER


def digest(text: str) -> str:
    return hashlib.sha256(b"key" + text.encode()).hexdigest()


def built(row: rows.Row, kind: RecordKind = RecordKind.PENALTY) -> Built:
    return build(parse(read_row(kind, row)), digest)


@pytest.mark.parametrize("row", [rows.penalty(), rows.person_penalty(), rows.penalty(CF_NR_FK="0.3", BZ="无")])
def test_a_built_penalty_keeps_the_contract_that_its_readers_check(row: rows.Row) -> None:
    record = built(row).record
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_a_penalty_carries_kinds_amounts_and_dates_in_the_houses_units() -> None:
    row = rows.penalty(CF_CFLB="罚款；没收违法所得;罚款", CF_NR_WFFF="0.5", CF_JDRQ="2026年10月30日")
    record = built(row).record
    assert isinstance(record.detail, PenaltyDetail)
    assert record.detail.penalty_types == (PenaltyType.FINE, PenaltyType.CONFISCATION_OF_GAINS)
    assert (record.detail.fine, record.detail.confiscated) == (Decimal(60000), Decimal(5000))
    assert (record.decided_on, record.detail.penalty_valid_until) == (date(2026, 10, 30), date(2027, 10, 30))
    assert record.region == "320600"


@pytest.mark.parametrize(("state", "valid"), [("1", True), ("2", False)])
def test_a_licence_carries_its_validity(state: str, valid: bool) -> None:
    record = built(rows.licence(XK_ZT=state), RecordKind.LICENCE).record
    assert isinstance(record.detail, LicenceDetail)
    assert (record.detail.valid, record.detail.valid_until) == (valid, date(2029, 10, 29))
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_a_person_appears_masked_everywhere_and_whole_only_in_what_will_be_sealed() -> None:
    texts = {name: f"{PERSON_NAME}与{PERSON_NUMBER.lower()}" for name in ("CF_SY", "CF_NR", "CF_YJ", "CF_WFXW", "BZ")}
    one = built(rows.person_penalty(**texts))
    text = one.record.model_dump_json()
    assert PERSON_NAME not in text
    assert PERSON_NUMBER not in text
    assert one.record.remark == "欧阳***与3299************13"
    assert one.private is not None
    assert (one.private.name, one.private.id_number) == (PERSON_NAME, PERSON_NUMBER)
    assert (one.record.subject.name, one.record.subject.uscc) == ("欧阳***", None)


def test_a_passport_number_is_masked_in_whatever_case_a_text_repeats_it() -> None:
    row = rows.person_penalty(CF_XDR_ZJLX="护照号", CF_XDR_ZJHM="ex1234567", CF_SY="持ex1234567、EX1234567")
    assert "1234567" not in built(row).record.model_dump_json()


def test_a_name_of_one_sign_does_not_eat_the_texts() -> None:
    record = built(rows.person_penalty(CF_XDR_MC="法", CF_SY="违法")).record
    assert isinstance(record.detail, PenaltyDetail)
    assert (record.subject.name, record.detail.violation_facts) == ("*", "违法")


def test_an_organisation_has_nothing_to_seal() -> None:
    one = built(rows.penalty())
    assert one.private is None
    assert (one.record.subject.kind, one.record.subject.key) == (SubjectKind.LEGAL_PERSON, rows.COMPANY)


@pytest.mark.parametrize(
    "same",
    [
        {"CF_WSH": "(苏通)应急罚[2026年]1号"},
        {"CF_WSH": "（苏通）应急罚〔２０２６〕第1号"},
        {"CF_CFJGDM": rows.AUTHORITY.lower()},
        {"CF_XDR_SHXYM": f" {rows.COMPANY.lower()}"},
        {"CF_SY": "另一事实", "CF_NR_FK": "7"},
        {"CF_XDR_MC": "另一名称"},
    ],
)
def test_the_key_does_not_see_writing_or_content(same: dict[str, str]) -> None:
    assert built(rows.penalty(**same)).key == built(rows.penalty()).key


@pytest.mark.parametrize(
    "other",
    [
        {"CF_WSH": "（苏通）应急罚〔2026〕01号"},
        {"CF_WSH": "（苏通）应急罚〔2026〕1-1号"},
        {"CF_CFJGDM": rows.OTHER_AUTHORITY},
        {"CF_XDR_SHXYM": rows.company_code(77)},
    ],
)
def test_number_authority_and_subject_make_another_record(other: dict[str, str]) -> None:
    assert built(rows.penalty(**other)).key != built(rows.penalty()).key


def test_unit_and_person_of_one_accident_may_share_a_number() -> None:
    assert built(rows.penalty()).key != built(rows.person_penalty()).key


def test_one_number_may_stand_for_a_penalty_and_a_licence() -> None:
    keys = {record_key(kind, rows.AUTHORITY, "A1号", rows.COMPANY) for kind in RecordKind}
    assert len(keys) == len(RecordKind)

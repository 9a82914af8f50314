"""What a lawyer may change of the checks of a row (R20, R24), of dates (R23) and of document numbers (R22)."""

from datetime import date
from typing import Any

import pytest

from services.ingest.domain.build import build
from services.ingest.domain.checks import Day, judge
from services.ingest.domain.parsed import parse
from services.ingest.identity.domain.known import Known
from services.ingest.identity.domain.numbers import compare_numbers
from services.ingest.identity.domain.subjects import SubjectClaim, compare_subjects
from services.ingest.mapping.dates import parse_date
from services.ingest.mapping.draft import read_row
from shared.contracts.records import LicenceDetail, PenaltyDetail
from shared.identifiers import with_check_digit
from shared.vocabulary import RecordKind
from tests.support import rows, rules

TODAY = Day(date(2026, 11, 2), on_time_from=date(2026, 10, 22), names={rows.COMPANY: frozenset({"别的公司"})})
NO_BODY = with_check_digit("91320600YL0000058")
FILE = "ingest/checks.toml"


def weighed(check: str, weight: str) -> dict[str, str]:
    """`checks.toml` with another weight of one check."""
    text = rules.all_files()[FILE].packaged_text()
    before, head, after = text.partition(f'id = "{check}"\n')
    was, key, rest = after.partition('weight = "')
    return {FILE: f"{before}{head}{was}{key}{weight}{rest[rest.index(chr(34)) :]}"}


def told(row: rows.Row, kind: RecordKind = RecordKind.PENALTY) -> set[tuple[str, str]]:
    return {(one.code, one.weight.value) for one in judge(parse(read_row(kind, row)), TODAY)} - {("V04", "warning")}


@pytest.mark.parametrize(
    ("check", "code", "changed", "packaged"),
    [
        ("V05_no_government_body", "V05", {"CF_SJLYDM": NO_BODY}, "warning"),
        ("V06_late", "V06", {"CF_JDRQ": "2026-10-21"}, "warning"),
        ("V07_missing", "V07", {"CF_NR_FK": ""}, "quarantine"),
        ("V07_missing", "V07", {"CF_CFLB": "罚款;没收违法所得"}, "quarantine"),
        ("V08", "V08", {"CF_NR_FK": "10001", "CF_NR": "罚款。"}, "warning"),
        ("V15", "V15", {"CF_XDR_MC": "江苏 某某公司"}, "note"),
        ("V15_surplus", "V15", {"XYZ": "1"}, "warning"),
    ],
)
def test_a_check_weighs_what_the_file_in_force_says(
    check: str, code: str, changed: dict[str, Any], packaged: str
) -> None:
    row = rows.penalty(**changed)
    assert (code, packaged) in told(row)
    for word, weight in (("stop", "quarantine"), ("warn", "warning"), ("note", "note")):
        with rules.in_force(weighed(check, word)):
            assert {one for one in told(row) if one[0] == code} == {(code, weight)}
    assert (code, packaged) in told(row)


def test_the_other_weights_can_be_chosen_too() -> None:
    named = {one.weight.value for one in judge(parse(read_row(RecordKind.PENALTY, rows.penalty())), TODAY)}
    assert named == {"warning"}  # V04: the register knows another name
    with rules.in_force(weighed("V04", "stop")):
        assert {one.weight.value for one in judge(parse(read_row(RecordKind.PENALTY, rows.penalty())), TODAY)} == {
            "quarantine"
        }
    early = rows.coercion(QZ_JCRQ="2020-01-01")
    assert ("V09", "quarantine") in told(early, RecordKind.COERCION)
    with rules.in_force(weighed("V09_follow_up", "note")):
        assert ("V09", "note") in told(early, RecordKind.COERCION)


def test_a_fine_without_its_amount_can_be_stored_where_a_lawyer_lets_it_pass_and_a_fine_of_nothing_cannot() -> None:
    with rules.in_force(weighed("V07_missing", "warn")):
        row = parse(read_row(RecordKind.PENALTY, rows.penalty(CF_NR_FK="")))
        assert {one.weight.value for one in judge(row, TODAY)} == {"warning"}
        detail = build(row, lambda text: text).record.detail
        assert isinstance(detail, PenaltyDetail)
        assert detail.fine is None
        assert ("V07", "quarantine") in told(rows.penalty(CF_NR_FK="0"))


def test_a_licence_with_state_2_and_no_reasons_is_kept_as_not_valid_unless_the_file_lets_it_wait() -> None:
    row = rows.licence(XK_ZT="2")
    assert told(row, RecordKind.LICENCE) == set()
    detail = build(parse(read_row(RecordKind.LICENCE, row)), lambda text: text).record.detail
    assert isinstance(detail, LicenceDetail)
    assert not detail.valid
    with rules.in_force({FILE: rules.edited(FILE, 'stop = ["penalty", ', 'stop = ["penalty", "licence", ')}):
        assert told(row, RecordKind.LICENCE) == {("V16", "quarantine")}


@pytest.mark.parametrize(
    ("form", "text"),
    [("slashes", "2026/10/30"), ("digits", "20261030"), ("chinese", "2026年10月30日"), ("day_number", "46325")],
)
def test_a_form_of_dates_that_is_left_out_waits_for_a_person_and_nobody_is_told_to_write_it(
    form: str, text: str
) -> None:
    assert parse_date(text) == date(2026, 10, 30)
    with rules.in_force({"ingest/dates.toml": rules.edited("ingest/dates.toml", f'"{form}", #', "#")}):
        assert parse_date(text) is None
        assert parse_date("2026-10-30") == date(2026, 10, 30)
        [finding] = [
            one
            for one in judge(parse(read_row(RecordKind.PENALTY, rows.penalty(CF_JDRQ=text))), TODAY)
            if one.code == "V11"
        ]
        assert "2026-11-13" in finding.message
        assert {"slashes": "2026/", "digits": "20261113", "chinese": "年", "day_number": "463"}[
            form
        ] not in finding.message
    assert parse_date(text) == date(2026, 10, 30)


@pytest.mark.parametrize(
    ("difference", "number", "other"),
    [
        ("leading_zeros", "（苏通）应急罚〔2026〕15号", "（苏通）应急罚〔2026〕015号"),
        ("hao", "（苏通）应急罚〔2026〕15号", "（苏通）应急罚〔2026〕15"),
        ("area", "（苏通）应急罚〔2026〕15号", "应急罚〔2026〕15号"),
        ("signs", "应急罚〔2026〕15号", "应急罚2026-15号"),
    ],
)
def test_a_difference_that_is_left_out_proposes_no_pair(difference: str, number: str, other: str) -> None:
    name = "ingest/identity.toml"
    assert compare_numbers(number, other).kind.value == "proposed"
    without = rules.edited(name, f'"{difference}"', "").replace("[, ", "[").replace(", ,", ",").replace(", ]", "]")
    with rules.in_force({name: without}):
        assert compare_numbers(number, other).kind.value == "none"
        assert compare_numbers(number, number.replace("〔2026〕", "[2026年]")).kind.value == "equal"


def test_what_is_left_out_of_the_hints_makes_two_subjects() -> None:
    old, known, name = rows.COMPANY[8:17], Known(), "ingest/identity.toml"
    by_code = (SubjectClaim(rows.COMPANY, "甲公司"), SubjectClaim(old, "乙公司"))
    by_name = (SubjectClaim(rows.COMPANY, "甲公司"), SubjectClaim("", "甲公司"))
    assert [compare_subjects(*pair, known).kind.value for pair in (by_code, by_name)] == ["proposed", "proposed"]
    with rules.in_force({name: rules.edited(name, '["organisation_code", "name"]', '["name"]')}):
        assert [compare_subjects(*pair, known).kind.value for pair in (by_code, by_name)] == ["none", "proposed"]
    with rules.in_force({name: rules.edited(name, '["organisation_code", "name"]', '["organisation_code"]')}):
        assert [compare_subjects(*pair, known).kind.value for pair in (by_code, by_name)] == ["proposed", "none"]


@pytest.mark.parametrize(("way", "kind"), [("撤销", "revoked"), ("确认违法", "unlawful"), ("无效", "void")])
def test_a_withdrawal_whose_row_names_no_way_is_what_the_file_in_force_says(way: str, kind: str) -> None:
    row = rows.penalty(CF_ZT="2", CHYY="行政复议决定撤销。")
    with rules.in_force({FILE: rules.edited(FILE, 'way = "撤销"', f'way = "{way}"')}):
        assert told(row) == set()
        assert parse(read_row(RecordKind.PENALTY, row)).withdrawal_kind == kind


def test_a_withdrawal_whose_row_names_no_way_waits_where_a_person_is_to_say_it() -> None:
    row = rows.penalty(CF_ZT="2", CHYY="行政复议决定撤销。")
    with rules.in_force({FILE: rules.edited(FILE, 'way = "撤销"', 'way = "stop"')}):
        assert told(row) == {("V16", "quarantine")}
        assert told(row | {"CHLX": "无效"}) == set()

"""Each check of a row by example: what it stops, what it only says, and that a good row passes without a word."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.ingest.domain.checks import CHECKS, Day, judge
from services.ingest.domain.findings import Finding, Weight
from services.ingest.domain.latest_ends import latest_ends
from services.ingest.domain.parsed import parse
from services.ingest.domain.source_map import SourceMap, SourceRule
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.draft import read_row
from shared.identifiers import with_check_digit
from shared.vocabulary import RecordKind
from tests.support import rows

TODAY = Day(date(2026, 11, 2), on_time_from=date(2026, 10, 22))
ENTERPRISE = with_check_digit("91320600YL0000058")
MINOR = "329999200810310028"  # eighteen on 31 October 2026, a day after the decision
ADULT = "329999200810300030"


def findings(row: rows.Row, kind: RecordKind = RecordKind.PENALTY, day: Day = TODAY) -> list[Finding]:
    return judge(parse(read_row(kind, row)), day)


def told(row: rows.Row, kind: RecordKind = RecordKind.PENALTY, day: Day = TODAY) -> list[tuple[str, str, str]]:
    return [(one.code, one.column, one.weight.value) for one in findings(row, kind, day)]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (rows.penalty(), RecordKind.PENALTY),
        (rows.person_penalty(), RecordKind.PENALTY),
        (rows.penalty(CF_XDR_LB="个体工商户", CF_XDR_SHXYM=rows.SHOP, CF_FRDB=""), RecordKind.PENALTY),
        (rows.penalty(CF_CFLB="警告；罚款、其他-训诫"), RecordKind.PENALTY),
        (rows.penalty(CF_ZT="1", CF_GSJZQ="2027-10-30", BZ="无"), RecordKind.PENALTY),
        (rows.licence(), RecordKind.LICENCE),
        (rows.licence(XK_ZT="2"), RecordKind.LICENCE),
        (rows.licence(XK_YXQZI="9999-12-31"), RecordKind.LICENCE),
        (rows.coercion(), RecordKind.COERCION),
        (rows.coercion(QZ_QXZI="", QZ_JCRQ="2026-10-31"), RecordKind.COERCION),
        (rows.coercion(SFGK="否", BGKLY="涉及商业秘密"), RecordKind.COERCION),
        (rows.award(), RecordKind.AWARD),
        (rows.inspection(), RecordKind.INSPECTION),
        (rows.inspection(JC_JCJL="未发现问题", JC_ZGQX=""), RecordKind.INSPECTION),
        (rows.penalty(CF_ZT="2", CHYY="行政复议决定撤销。", CHLX="确认违法", CHRQ="2026-11-01"), RecordKind.PENALTY),
        (rows.penalty(SFGK="是", SJBB="3"), RecordKind.PENALTY),
        (rows.penalty(CF_NR_FK="", CF_NR_FK_YUAN="60000"), RecordKind.PENALTY),
    ],
)
def test_a_good_row_passes_without_a_word(row: rows.Row, kind: RecordKind) -> None:
    assert findings(row, kind) == []


@pytest.mark.parametrize(
    ("kind", "column"),
    [(kind, column.name) for kind, template in TEMPLATES.items() for column in template.values() if column.required],
)
def test_v01_a_required_cell_that_is_empty_stops_the_row(kind: RecordKind, column: str) -> None:
    good = rows.good(kind)
    for row in (good | {column: " "}, {name: cell for name, cell in good.items() if name != column}):
        assert ("V01", column, "quarantine") in told(row, kind)


@pytest.mark.parametrize(
    ("kind", "column", "limit"),
    [(kind, column.name, column.limit) for kind, template in TEMPLATES.items() for column in template.values()],
)
def test_v01_a_cell_longer_than_its_column_stops_the_row(kind: RecordKind, column: str, limit: int) -> None:
    good = rows.good(kind)
    assert ("V01", column, "quarantine") in told(good | {column: "9" * (limit + 1)}, kind)


STOPPED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an organisation without a code": ("V01", "CF_XDR_SHXYM", {"CF_XDR_SHXYM": ""}),
    "an organisation without a representative": ("V01", "CF_FRDB", {"CF_FRDB": ""}),
    "a kind of subject outside the list": ("V03", "CF_XDR_LB", {"CF_XDR_LB": "企业"}),
    "a wrong check digit": ("V02", "CF_XDR_SHXYM", {"CF_XDR_SHXYM": ENTERPRISE[:17] + "0"}),
    "a forbidden letter": ("V02", "CF_XDR_SHXYM", {"CF_XDR_SHXYM": "91320600YLOOOOO33X"}),
    "a citizen number in place of the code": ("V02", "CF_XDR_SHXYM", {"CF_XDR_SHXYM": rows.PERSON_NUMBER}),
    "a sole trader's code of an organisation": ("V03", "CF_XDR_LB", {"CF_XDR_SHXYM": rows.SHOP}),
    "an organisation's code of a sole trader": ("V03", "CF_XDR_LB", {"CF_XDR_LB": "个体工商户"}),
    "an authority code that is none": ("V05", "CF_CFJGDM", {"CF_CFJGDM": "11320600"}),
    "a source code that is none": ("V05", "CF_SJLYDM", {"CF_SJLYDM": rows.AUTHORITY[:17] + "0"}),
    "a decision of tomorrow": ("V06", "CF_JDRQ", {"CF_JDRQ": "2026-11-03", "CF_YXQ": "2027-11-03"}),
    "a decision older than any authority": ("V06", "CF_JDRQ", {"CF_JDRQ": "1949-09-30"}),
    "a fine without amount": ("V07", "CF_NR_FK", {"CF_NR_FK": ""}),
    "a fine of nothing": ("V07", "CF_NR_FK", {"CF_NR_FK": "0.000000"}),
    "a fine that rounds to nothing": ("V07", "CF_NR_FK", {"CF_NR_FK": "0.0000001"}),
    "a negative fine": ("V07", "CF_NR_FK", {"CF_NR_FK": "-6"}),
    "a fine in words": ("V07", "CF_NR_FK", {"CF_NR_FK": "陆万元"}),
    "a confiscation without amount": ("V07", "CF_NR_WFFF", {"CF_CFLB": "罚款;没收违法所得"}),
    "a suspended licence without name": ("V07", "CF_NR_ZKDX", {"CF_CFLB": "罚款;暂扣许可证件"}),
    "a revoked licence without name": ("V07", "CF_NR_ZKDX", {"CF_CFLB": "吊销许可证件"}),
    "validity that ends before the decision": ("V09", "CF_YXQ", {"CF_YXQ": "2026-10-29"}),
    "a two-digit year": ("V11", "CF_JDRQ", {"CF_JDRQ": "26-10-30"}),
    "a day that does not exist": ("V11", "CF_YXQ", {"CF_YXQ": "2027-02-29"}),
    "a citizen number in the facts": ("V13", "CF_SY", {"CF_SY": f"当事人{rows.PERSON_NUMBER}"}),
    "a spaced citizen number in the remark": ("V13", "BZ", {"BZ": "329999 19850101 0013"}),
    "a decision of the summary procedure": ("V14", "CF_WSH", {"CF_WSH": "（苏通）应急罚当〔2026〕1号"}),
    "a penalty kind outside the list": ("V01", "CF_CFLB", {"CF_CFLB": "罚款;责令限期改正"}),
    "separators instead of penalty kinds": ("V01", "CF_CFLB", {"CF_CFLB": "；;"}),
    "a decision that the source calls invalid without reasons": ("V16", "CF_ZT", {"CF_ZT": "2"}),
    "reasons of withdrawal of a valid decision": ("V16", "CHYY", {"CF_ZT": "1", "CHYY": "复议撤销"}),
    "a way of withdrawal outside the list": ("V16", "CHLX", {"CF_ZT": "2", "CHYY": "复议撤销", "CHLX": "作废"}),
    "a withdrawal before the decision": ("V16", "CHRQ", {"CF_ZT": "2", "CHYY": "复议撤销", "CHRQ": "2026-10-29"}),
    "a withdrawal of tomorrow": ("V16", "CHRQ", {"CF_ZT": "2", "CHYY": "复议撤销", "CHRQ": "2026-11-03"}),
    "a version that is no number": ("V16", "SJBB", {"SJBB": "V2"}),
    "a record that is not public": ("V14", "SFGK", {"SFGK": "否", "BGKLY": "国家秘密"}),
    "a public flag outside the list": ("V01", "SFGK", {"SFGK": "也许"}),
    "confiscated goods without amount": ("V07", "CF_NR_WFFF", {"CF_CFLB": "罚款;没收非法财物"}),
    "a fine in two units": ("V07", "CF_NR_FK_YUAN", {"CF_NR_FK_YUAN": "60000"}),
    "a fine in yuan that is no amount": ("V07", "CF_NR_FK_YUAN", {"CF_NR_FK": "", "CF_NR_FK_YUAN": "六万"}),
    "a state outside the list": ("V01", "CF_ZT", {"CF_ZT": "0"}),
}


@pytest.mark.parametrize("name", STOPPED)
def test_a_row_with_this_mistake_is_stopped_for_this_reason_alone(name: str) -> None:
    code, column, changed = STOPPED[name]
    stopping = [one for one in told(rows.penalty(**changed)) if one[2] == "quarantine"]
    assert stopping == [(code, column, "quarantine")]


@pytest.mark.parametrize(
    ("code", "column", "changed"),
    [
        ("V01", "CF_XDR_ZJHM", {"CF_XDR_ZJHM": ""}),
        ("V01", "CF_XDR_ZJLX", {"CF_XDR_ZJLX": ""}),
        ("V01", "CF_XDR_ZJLX", {"CF_XDR_ZJLX": "名片"}),
        ("V02", "CF_XDR_ZJHM", {"CF_XDR_ZJHM": rows.PERSON_NUMBER[:-1] + "4"}),
        ("V02", "CF_XDR_ZJHM", {"CF_XDR_ZJHM": "12345"}),
        ("V14", "CF_XDR_ZJHM", {"CF_XDR_ZJHM": MINOR}),
    ],
)
def test_a_person_is_known_by_an_identity_document(code: str, column: str, changed: dict[str, str]) -> None:
    assert (code, column, "quarantine") in told(rows.person_penalty(**changed))


@pytest.mark.parametrize("id_type", ["护照号", "其他-军官证"])
def test_only_identity_cards_have_a_check_digit(id_type: str) -> None:
    assert findings(rows.person_penalty(CF_XDR_ZJLX=id_type, CF_XDR_ZJHM="EX1234567")) == []


@pytest.mark.parametrize(
    ("code", "column", "changed"),
    [
        ("V10", "XK_YXQZI", {"XK_YXQZ": "2026-10-31", "XK_YXQZI": "2026-10-30"}),
        ("V01", "XK_ZT", {"XK_ZT": "3"}),
        ("V13", "XK_XKBH", {"XK_XKBH": f"T{rows.PERSON_NUMBER}"}),
    ],
)
def test_a_licence_with_this_mistake_is_stopped(code: str, column: str, changed: dict[str, str]) -> None:
    assert told(rows.licence(**changed), RecordKind.LICENCE) == [(code, column, "quarantine")]


@pytest.mark.parametrize(
    ("kind", "code", "column", "changed"),
    [
        (RecordKind.COERCION, "V10", "QZ_QXZI", {"QZ_QXZ": "2026-11-01", "QZ_QXZI": "2026-10-31"}),
        (RecordKind.COERCION, "V09", "QZ_JCRQ", {"QZ_JCRQ": "2026-10-29"}),
        (RecordKind.COERCION, "V16", "QZ_ZT", {"QZ_ZT": "2"}),
        (RecordKind.AWARD, "V01", "BGKLY", {"SFGK": "否"}),
        (RecordKind.AWARD, "V13", "JL_RYMC", {"JL_RYMC": f"先进个人{rows.PERSON_NUMBER}"}),
        (RecordKind.INSPECTION, "V01", "JC_JHLX", {"JC_JHLX": "随便看看"}),
        (RecordKind.INSPECTION, "V01", "JC_JCJL", {"JC_JCJL": "很好"}),
        (RecordKind.INSPECTION, "V09", "JC_ZGQX", {"JC_ZGQX": "2026-10-29"}),
        (RecordKind.INSPECTION, "V09", "JC_FCRQ", {"JC_FCRQ": "2026-10-29"}),
        (RecordKind.INSPECTION, "V02", "JC_XDR_SHXYM", {"JC_XDR_SHXYM": ENTERPRISE[:17] + "0"}),
    ],
)
def test_a_record_of_another_kind_with_this_mistake_is_stopped(
    kind: RecordKind, code: str, column: str, changed: dict[str, str]
) -> None:
    assert told(rows.good(kind, **changed), kind) == [(code, column, "quarantine")]


def test_v14_a_person_is_no_minor_on_the_eighteenth_birthday() -> None:
    assert told(rows.person_penalty(CF_XDR_ZJHM=ADULT)) == []


REGISTER = replace(TODAY, names={rows.COMPANY: frozenset({"南通样例化工有限公司", "南通旧名化工有限公司"})})


@pytest.mark.parametrize("name", ["南通样例化工有限公司", "南通旧名化工有限公司", " 南通样例化工有限公司"])
def test_v04_present_and_former_names_are_known(name: str) -> None:
    assert [one for one in told(rows.penalty(CF_XDR_MC=name), day=REGISTER) if one[0] == "V04"] == []


def test_v04_a_code_under_another_name_is_a_warning_and_an_unknown_code_says_nothing() -> None:
    assert told(rows.penalty(CF_XDR_MC="另一家公司"), day=REGISTER) == [("V04", "CF_XDR_MC", "warning")]
    assert told(rows.penalty(CF_XDR_SHXYM=ENTERPRISE, CF_XDR_MC="另一家公司"), day=REGISTER) == []
    assert told(rows.person_penalty(), day=REGISTER) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"CF_NR_FK": "60000"},  # yuan in a column of 万元
        {"CF_NR_FK": "7"},
        {"CF_NR": "罚款人民币柒万元整。"},
        {"CF_NR": "罚款30000元，并罚款20000元。"},
    ],
)
def test_v08_another_amount_than_the_decision_tells_is_a_warning(changed: dict[str, str]) -> None:
    assert set(told(rows.penalty(**changed))) == {("V08", "CF_NR_FK", "warning")}


@pytest.mark.parametrize(
    "content",
    [
        "罚款人民币陆万元整。",
        "罚款6万元",
        "罚款60,000.00元。",
        "警告，罚款40000元，并罚款20000元。",
        "罚款。",
        "没收设备。",
    ],
)
def test_v08_the_same_amount_in_other_words_or_none_at_all_says_nothing(content: str) -> None:
    assert told(rows.penalty(CF_NR=content)) == []


def test_v08_more_than_ten_thousand_wan_is_asked_about() -> None:
    row = rows.penalty(CF_CFLB="没收违法所得", CF_NR="没收。", CF_NR_FK="", CF_NR_WFFF="10000.000001")
    assert told(row) == [("V08", "CF_NR_WFFF", "warning")]
    assert told(row | {"CF_NR_WFFF": "10000"}) == []


def test_v09_an_end_of_publication_that_the_rules_do_not_give_is_a_warning() -> None:
    day = replace(TODAY, latest_ends=latest_ends)
    [lawful] = latest_ends(parse(read_row(RecordKind.PENALTY, rows.penalty())), TODAY.today)
    assert told(rows.penalty(CF_GSJZQ=lawful.isoformat()), day=day) == []
    found = findings(rows.penalty(CF_GSJZQ="2029-10-30"), day=day)
    assert [(one.code, one.column, one.weight) for one in found] == [("V09", "CF_GSJZQ", Weight.WARNING)]
    assert str(lawful) in found[0].message


@pytest.mark.parametrize("others", [Weight.WARNING, Weight.QUARANTINE])
def test_b03_a_row_of_another_system_gets_what_the_source_map_says(others: Weight) -> None:
    ours = SourceRule(frozenset({"enforcement-system"}), others)
    day = replace(TODAY, client="spreadsheet", sources=SourceMap({"": ours}))
    assert told(rows.penalty(), day=day) == [("B03", "", others.value)]
    assert told(rows.penalty(), day=replace(day, client="enforcement-system")) == []
    elsewhere = replace(day, sources=SourceMap({rows.OTHER_AUTHORITY: ours}))
    assert told(rows.penalty(), day=elsewhere) == []


def test_v05_a_code_of_no_government_body_is_only_a_warning() -> None:
    assert told(rows.penalty(CF_SJLYDM=ENTERPRISE)) == [("V05", "CF_SJLYDM", "warning")]


def test_v06_late_is_the_day_after_the_seventh_working_day_and_only_a_warning() -> None:
    assert told(rows.penalty(CF_JDRQ="2026-10-22")) == []
    assert told(rows.penalty(CF_JDRQ="2026-10-21")) == [("V06", "CF_JDRQ", "warning")]


def test_v15_unknown_columns_are_named_and_corrected_writing_is_noted() -> None:
    row = rows.penalty(CF_XDR_MC=" 南通样例化工有限公司 ", 备注二="x", CF_FR_ZJHM="1", CF_XDR_ZZJG="2")
    found = findings(row)
    assert [(one.code, one.column, one.weight) for one in found] == [
        ("V15", "", Weight.WARNING),
        ("V15", "CF_XDR_MC", Weight.NOTE),
    ]
    assert "备注二" in found[0].message
    assert "CF_" not in found[0].message


def test_every_mistake_of_a_row_is_told_at_once() -> None:
    row = rows.penalty(CF_NR_FK="", CF_SY="", CF_JDRQ="26-10-30", CF_XDR_SHXYM=ENTERPRISE[:17] + "0")
    assert {code for code, _, _ in told(row)} == {"V01", "V02", "V07", "V11"}


@pytest.mark.parametrize("column", [*rows.person_penalty(), "BZ", "CF_NR_WFFF", "CF_NR_ZKDX", "CF_GSJZQ", "其他列"])
def test_no_finding_repeats_what_a_cell_holds(column: str) -> None:
    for secret in (rows.PERSON_NUMBER, rows.PERSON_NAME):
        for found in findings(rows.person_penalty() | {column: f"{secret};{secret}"}):
            assert secret not in found.message


def test_each_template_has_its_checks() -> None:
    assert CHECKS.keys() == TEMPLATES.keys()

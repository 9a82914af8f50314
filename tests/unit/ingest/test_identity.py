"""The resolver: what is equal, what is only proposed, and that nothing becomes equal by chance (ruling R22)."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.identity.domain.codes import CodeKind, read_code
from services.ingest.identity.domain.known import NOTHING_KNOWN, Known
from services.ingest.identity.domain.match import MatchKind
from services.ingest.identity.domain.numbers import compare_numbers
from services.ingest.identity.domain.proposal import Aspect, proposals_of
from services.ingest.identity.domain.resolve import Claim, resolve
from services.ingest.identity.domain.subjects import SubjectClaim, compare_subjects, standing_in
from shared.identifiers import with_check_digit
from tests.support.rows import COMPANY, company_code

NUMBER = "（苏通）应急罚〔2022〕15号"
ORGANISATION = COMPANY[8:17]
REGISTRATION = "320684000012345"
NAME = "南通样例化工有限公司"


@pytest.mark.parametrize(
    ("other", "kind", "reasons"),
    [
        (NUMBER, "equal", {"number_alike"}),
        ("(苏通)应急罚[2022]15号", "equal", {"number_brackets"}),
        ("【苏通】应急罚【2022】15号", "equal", {"number_brackets"}),
        ("（苏通）应急罚〔２０２２〕１５号", "equal", {"number_width"}),
        ("（苏通） 应急罚〔2022〕15 号", "equal", {"number_spaces"}),
        ("（苏通）应急罚〔2022年〕15号", "equal", {"number_year"}),
        ("（苏通）应急罚〔2022〕第15号", "equal", {"number_ordinal"}),
        ("（苏通）应急罚〔2022〕015号", "proposed", {"number_zeros"}),
        ("（苏通）应急罚〔2022〕15", "proposed", {"number_hao"}),
        ("应急罚〔2022〕15号", "proposed", {"number_area"}),
        ("苏通应急罚〔2022〕15号", "proposed", {"number_area"}),
        ("应急罚2022-15", "proposed", {"number_hao"}),
        ("（苏盐）应急罚〔2022〕15号", "none", {"number_other_area"}),
        ("（苏通）应急罚〔2022〕16号", "none", {"number_different"}),
        ("（苏通）应急罚〔2021〕15号", "none", {"number_different"}),
        ("（苏通）安监罚〔2022〕15号", "none", {"number_different"}),
        ("", "none", {"number_unreadable"}),
        ("x" * 300, "none", {"number_unreadable"}),
    ],
)
def test_a_writing_of_a_document_number_is_equal_proposed_or_another(other: str, kind: str, reasons: set[str]) -> None:
    for pair in ((NUMBER, other), (other, NUMBER)):
        match = compare_numbers(*pair)
        assert match.kind == kind
        assert reasons <= {reason.code for reason in match.because}
        assert all(reason.zh and reason.en for reason in match.because)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (COMPANY, CodeKind.USCC, COMPANY),
        (COMPANY.lower(), CodeKind.USCC, COMPANY),
        (f" {COMPANY[:8]} {COMPANY[8:]}", CodeKind.USCC, COMPANY),
        (REGISTRATION, CodeKind.REGISTRATION, REGISTRATION),
        ("３２０６８４０００００１２３４５"[:15], CodeKind.REGISTRATION, "320684000001234"),
        (ORGANISATION, CodeKind.ORGANISATION, ORGANISATION),
        (f"{ORGANISATION[:8]}-{ORGANISATION[8]}", CodeKind.ORGANISATION, ORGANISATION),
        (COMPANY[:17] + ("0" if COMPANY[17] != "0" else "1"), CodeKind.NONE, ""),
        ("", CodeKind.NONE, ""),
    ],
)
def test_a_subjects_number_is_read_to_its_kind(text: str, kind: CodeKind, value: str) -> None:
    assert (read_code(text).kind, read_code(text).value) == (kind, value)


REGISTERED = Known(codes={REGISTRATION: COMPANY}, registered=frozenset({REGISTRATION}))
NAMED = Known(names={COMPANY: frozenset({NAME, "南通旧名化工厂"})})


@pytest.mark.parametrize(
    ("left", "right", "known", "kind", "reason"),
    [
        ((COMPANY, NAME), (COMPANY, NAME), NOTHING_KNOWN, "equal", "subject_code"),
        ((COMPANY, NAME), (COMPANY, "另一名称"), NOTHING_KNOWN, "equal", "subject_other_name"),
        ((COMPANY, NAME), (COMPANY, "南通旧名化工厂"), NAMED, "equal", "subject_former_name"),
        ((COMPANY, NAME), (ORGANISATION, NAME), NOTHING_KNOWN, "proposed", "subject_organisation_code"),
        ((COMPANY, NAME), (ORGANISATION, ""), NOTHING_KNOWN, "proposed", "subject_organisation_code"),
        ((company_code(7), NAME), (ORGANISATION, NAME), NOTHING_KNOWN, "none", "subject_other_code"),
        ((COMPANY, NAME), (REGISTRATION, NAME), NOTHING_KNOWN, "proposed", "subject_name"),
        ((COMPANY, NAME), (REGISTRATION, "别家公司"), NOTHING_KNOWN, "none", "subject_other_code"),
        ((COMPANY, NAME), (REGISTRATION, "别家公司"), REGISTERED, "equal", "subject_register"),
        ((COMPANY, NAME), (company_code(9), NAME), NOTHING_KNOWN, "none", "subject_other_code"),
        ((COMPANY, NAME), ("", NAME), NOTHING_KNOWN, "proposed", "subject_no_code"),
        ((COMPANY, NAME), ("", "别家公司"), NOTHING_KNOWN, "none", "subject_other_name"),
        (("", NAME), ("", NAME), NOTHING_KNOWN, "proposed", "subject_name"),
    ],
)
def test_two_mentions_of_a_subject(
    left: tuple[str, str], right: tuple[str, str], known: Known, kind: str, reason: str
) -> None:
    for pair in ((left, right), (right, left)):
        match = compare_subjects(SubjectClaim(*pair[0]), SubjectClaim(*pair[1]), known)
        assert match.kind == kind
        assert reason in {one.code for one in match.because}


def test_a_former_division_code_is_told_as_a_reason_and_is_no_proof() -> None:
    present = with_check_digit("91320614YL0000055")
    match = compare_subjects(SubjectClaim(present, NAME), SubjectClaim(REGISTRATION, NAME), NOTHING_KNOWN)
    assert match.kind == "proposed"
    [reason] = [one for one in match.because if one.code == "subject_division"]
    assert "海门区" in reason.zh


def test_the_weaker_part_of_a_pair_decides() -> None:
    ours = Claim(NUMBER, SubjectClaim(COMPANY, NAME))
    same_number = Claim("(苏通)应急罚[2022]15号", SubjectClaim(ORGANISATION, NAME))
    resolution = resolve(same_number, ours)
    assert (resolution.match.kind, resolution.number.kind) == ("proposed", "equal")
    assert {"number_brackets", "subject_organisation_code"} <= {one.code for one in resolution.match.because}
    assert resolve(Claim("应急罚〔2022〕99号", SubjectClaim(COMPANY)), ours).match.kind == "none"


def test_an_accepted_alias_makes_a_pair_equal_and_only_where_it_was_accepted() -> None:
    ours, theirs = Claim(NUMBER, SubjectClaim(COMPANY)), Claim("应急罚〔2022〕15号", SubjectClaim(COMPANY))
    [proposal] = proposals_of(theirs, ours, resolve(theirs, ours))
    assert (proposal.aspect, proposal.scope) == (Aspect.DOCUMENT_NUMBER, COMPANY)
    known = Known(numbers={(proposal.scope, proposal.alias): proposal.canonical})
    assert resolve(theirs, ours, known).match.kind == "equal"
    other = company_code(7)
    elsewhere = [Claim(one.number, SubjectClaim(other)) for one in (theirs, ours)]
    assert resolve(elsewhere[0], elsewhere[1], known).match.kind == "proposed"


def test_a_name_without_a_code_is_accepted_for_one_decision_only() -> None:
    ours, theirs = Claim(NUMBER, SubjectClaim(COMPANY, NAME)), Claim(NUMBER, SubjectClaim("", NAME))
    [proposal] = proposals_of(theirs, ours, resolve(theirs, ours))
    assert (proposal.aspect, proposal.canonical) == (Aspect.SUBJECT, COMPANY)
    known = Known(codes={proposal.alias: proposal.canonical})
    assert resolve(theirs, ours, known).match.kind == "equal"
    another = Claim("（苏通）应急罚〔2022〕16号", SubjectClaim("", NAME))
    assert resolve(another, Claim(another.number, ours.subject), known).match.kind == "proposed"
    assert standing_in(theirs.subject, theirs.key) != standing_in(another.subject, another.key)


def test_what_has_no_unified_code_on_our_side_is_never_proposed_as_an_alias() -> None:
    ours, theirs = Claim(NUMBER, SubjectClaim("", NAME)), Claim(NUMBER, SubjectClaim(REGISTRATION, NAME))
    resolution = resolve(theirs, ours)
    assert resolution.match.kind == "proposed"
    assert list(proposals_of(theirs, ours, resolution)) == []


numbers = st.sampled_from(
    [
        "（苏通）应急罚〔2022〕15号", "(苏通)应急罚[2022]15号", "（苏通）应急罚〔2022年〕第15号", "应急罚〔2022〕15号",
        "（苏通）应急罚〔2022〕015号", "应急罚2022-15", "（苏盐）应急罚〔2022〕15号", "苏通应急罚〔2022〕15",
    ]
)  # fmt: skip
codes = st.sampled_from([COMPANY, COMPANY.lower(), ORGANISATION, REGISTRATION, company_code(7), company_code(9)])
names = st.sampled_from([NAME, NAME.replace("通", " 通"), "南通旧名化工厂", ""])
claims = st.builds(Claim, numbers, st.builds(SubjectClaim, codes, names))
keys = [
    Claim(text, SubjectClaim("")).key for text in ("应急罚〔2022〕15号", "应急罚2022-15", "（苏通）应急罚〔2022〕15号")
]
knowledge = st.builds(
    Known,
    numbers=st.dictionaries(st.sampled_from(list(product([COMPANY, company_code(7)], keys))), st.sampled_from(keys)),
    codes=st.dictionaries(st.sampled_from([ORGANISATION, REGISTRATION, company_code(9)]), st.just(COMPANY)),
    names=st.dictionaries(st.just(COMPANY), st.frozensets(names, max_size=2)),
)


@given(claims, claims, knowledge)
def test_the_resolver_is_symmetric(left: Claim, right: Claim, known: Known) -> None:
    there, back = resolve(left, right, known).match, resolve(right, left, known).match
    assert there.kind == back.kind
    assert set(there.because) == set(back.because)


@given(claims, claims, claims, knowledge)
def test_equal_is_an_equivalence(one: Claim, two: Claim, three: Claim, known: Known) -> None:
    assert resolve(one, one, known).match.kind is MatchKind.EQUAL
    if resolve(one, two, known).match.kind is resolve(two, three, known).match.kind is MatchKind.EQUAL:
        assert resolve(one, three, known).match.kind is MatchKind.EQUAL


@given(st.text(max_size=40))
def test_reading_a_code_twice_changes_nothing(text: str) -> None:
    once = read_code(text)
    assert once.kind is CodeKind.NONE or read_code(once.value) == once


@given(codes, knowledge)
def test_the_code_that_stands_for_another_stands_for_itself(code: str, known: Known) -> None:
    standing = known.code(read_code(code).value)
    assert known.code(standing) == standing

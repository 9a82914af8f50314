"""The sample feed keeps what it promises: its own checks are the real ones of intake and the real policy packs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.disclosure.domain.facts import facts_of
from services.ingest.day import DayBook
from services.ingest.domain.build import Built, build
from services.ingest.domain.checks import judge
from services.ingest.domain.findings import Finding, Weight
from services.ingest.domain.parsed import Parsed, parse
from services.ingest.mapping.draft import read_row
from services.local.sample_days import Group
from services.local.sample_feed import Outcome, SampleFeed, authorities, sample_feed
from services.local.sample_subjects import Row
from shared.identifiers import Uscc, city_of, is_citizen_number, parse_citizen_number, parse_uscc
from shared.policy import evaluate, load_packs
from shared.policy.periods import last_day, parse_duration
from shared.vocabulary import Audience, PenaltyType, Publishability, RecordKind, SubjectKind

TODAY = date(2026, 11, 21)
DAYS = DayBook()


@dataclass(frozen=True)
class Judged:
    number: int
    row: Row
    parsed: Parsed
    findings: list[Finding]

    @property
    def stops(self) -> list[str]:
        return [found.code for found in self.findings if found.weight is Weight.QUARANTINE]

    @property
    def built(self) -> Built:
        return build(self.parsed, lambda number: number)

    @property
    def decided_on(self) -> date:
        day = self.parsed.dates["decided_on"]
        assert day is not None
        return day


def kinds(feed: SampleFeed) -> Iterator[tuple[RecordKind, list[Row], Outcome]]:
    yield RecordKind.PENALTY, feed.penalties, feed.expected.penalties
    yield RecordKind.LICENCE, feed.licences, feed.expected.licences


def judged(kind: RecordKind, rows: list[Row], today: date = TODAY) -> list[Judged]:
    day = DAYS.of(today)
    parsed = [parse(read_row(kind, row)) for row in rows]
    return [
        Judged(at, row, one, judge(one, day)) for at, (row, one) in enumerate(zip(rows, parsed, strict=True), start=1)
    ]


@pytest.fixture(scope="module")
def feed() -> SampleFeed:
    return sample_feed(1, TODAY)


@pytest.fixture(scope="module")
def penalties(feed: SampleFeed) -> list[Judged]:
    """The penalties that must be admitted or found unchanged."""
    return [
        one for one in judged(RecordKind.PENALTY, feed.penalties) if one.number not in feed.expected.penalties.faulty
    ]


def test_a_seed_gives_the_same_rows_again_and_another_seed_gives_others(feed: SampleFeed) -> None:
    again, other = sample_feed(1, TODAY), sample_feed(2, TODAY)
    assert (again.penalties, again.licences, again.expected) == (feed.penalties, feed.licences, feed.expected)
    assert other.penalties != feed.penalties
    assert other.licences != feed.licences


@pytest.mark.parametrize(("penalties", "licences"), [(0, 0), (1, 1), (160, 40), (3000, 700)])
def test_a_feed_has_as_many_rows_as_asked_for_and_accounts_for_each(penalties: int, licences: int) -> None:
    made = sample_feed(5, TODAY, penalties, licences)
    assert (len(made.penalties), len(made.licences)) == (penalties, licences)
    for _, rows, outcome in kinds(made):
        assert outcome.admitted + outcome.unchanged + sum(outcome.quarantined.values()) == len(rows)
        assert sum(outcome.groups.values()) == outcome.admitted


# A leap day, a day in the longest holiday and days around the turn of a year.
@pytest.mark.parametrize("today", [TODAY, date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 19), date(2027, 1, 1)])
def test_every_row_is_stopped_by_exactly_the_fault_it_was_given_and_no_other_row_is(today: date) -> None:
    for kind, rows, outcome in kinds(sample_feed(3, today)):
        stopped = {one.number: one.stops for one in judged(kind, rows, today) if one.stops}
        assert stopped == {number: [fault.code] for number, fault in outcome.faulty.items()}


def test_about_one_and_a_half_percent_is_faulty_and_every_fault_occurs(feed: SampleFeed) -> None:
    names = {fault.name for fault in feed.expected.penalties.faulty.values()}
    assert names == {
        "bad check digit", "future decision", "two-digit year", "fine missing", "citizen number in the facts",
        "summary procedure", "required cell empty", "unknown penalty kind",
    }  # fmt: skip
    assert feed.expected.penalties.quarantined.keys() == {"V01", "V02", "V06", "V07", "V11", "V13", "V14"}
    assert feed.expected.licences.quarantined.keys() == {"V01", "V02", "V06", "V11", "V13"}
    for _, rows, outcome in kinds(feed):
        assert 0.01 < len(outcome.faulty) / len(rows) < 0.02


def test_odd_writing_is_corrected_with_a_note_and_nothing_else_is(feed: SampleFeed) -> None:
    for kind, rows, outcome in kinds(feed):
        noted = [one for one in judged(kind, rows) if any(found.code == "V15" for found in one.findings)]
        assert len(noted) == outcome.corrected > 0
        assert all(found.weight is Weight.NOTE for one in noted for found in one.findings if found.code == "V15")


def test_only_the_late_and_those_with_an_end_of_their_own_are_warned_of(feed: SampleFeed) -> None:
    warnings = {
        (found.code, found.column)
        for kind, rows, _ in kinds(feed)
        for one in judged(kind, rows)
        for found in one.findings
        if found.weight is Weight.WARNING
    }
    # Sources write the end of the penalty's validity into the end of display, as they do in life: V09 says so.
    assert warnings == {("V06", "CF_JDRQ"), ("V06", "XK_JDRQ"), ("V09", "CF_GSJZQ")}


def test_keys_are_unique_but_for_the_intended_exact_repeats(feed: SampleFeed) -> None:
    for kind, rows, outcome in kinds(feed):
        by_key: dict[str, list[Row]] = {}
        for one in judged(kind, rows):
            if not one.stops:
                by_key.setdefault(one.built.key, []).append(one.row)
        repeated = [same for same in by_key.values() if len(same) > 1]
        assert len(by_key) == outcome.admitted
        assert sum(len(same) - 1 for same in repeated) == outcome.unchanged > 0
        assert all(row == same[0] for same in repeated for row in same)


def test_a_document_number_is_given_once_by_each_bureau(feed: SampleFeed) -> None:
    for kind, rows, outcome in kinds(feed):
        distinct = rows[: len(rows) - outcome.unchanged]
        numbers = {
            (one.row["CF_CFJGDM" if kind is RecordKind.PENALTY else "XK_XKJGDM"], str(one.parsed.document))
            for one in judged(kind, distinct)
        }
        assert len(numbers) == len(distinct)


def test_no_subject_or_representative_can_be_real(feed: SampleFeed) -> None:
    for prefix, rows in (("CF", feed.penalties), ("XK", feed.licences)):
        assert all("样例" in row[f"{prefix}_XDR_MC"] for row in rows)
        assert all("样" in row[f"{prefix}_FRDB"] for row in rows if row[f"{prefix}_FRDB"])


def test_organisation_codes_are_valid_and_of_a_series_that_nobody_has(penalties: list[Judged]) -> None:
    prefixes = {SubjectKind.LEGAL_PERSON: "91", SubjectKind.SOLE_TRADER: "92"}
    seen = set()
    for one in penalties:
        if one.parsed.subject_kind in prefixes:
            assert isinstance(one.parsed.uscc, Uscc)
            assert one.parsed.uscc.value.startswith(prefixes[one.parsed.subject_kind])
            assert one.parsed.uscc.subject_code.startswith("YL")
            assert one.parsed.uscc.subject_check_holds
            seen.add(one.parsed.subject_kind)
    assert seen == set(prefixes)


def test_one_code_is_one_name(feed: SampleFeed) -> None:
    names: dict[str, set[str]] = {}
    for kind, rows, _ in kinds(feed):
        for one in judged(kind, rows):
            if isinstance(one.parsed.uscc, Uscc):
                names.setdefault(one.parsed.uscc.value, set()).add(one.parsed.draft.get("subject_name"))
    assert all(len(same) == 1 for same in names.values())
    assert len(set().union(*names.values())) == len(names)


def test_the_few_natural_persons_have_valid_numbers_of_no_division(penalties: list[Judged]) -> None:
    persons = [one.row for one in penalties if one.parsed.subject_kind is SubjectKind.NATURAL_PERSON]
    assert 10 <= len(persons) <= len(penalties) * 0.05
    for row in persons:
        assert is_citizen_number(row["CF_XDR_ZJHM"])
        assert parse_citizen_number(row["CF_XDR_ZJHM"]) == row["CF_XDR_ZJHM"]
        assert row["CF_XDR_ZJHM"].startswith("329999")
        assert row["CF_XDR_SHXYM"] == ""


def test_the_bureaus_are_those_of_the_thirteen_cities_and_of_nantongs_counties(feed: SampleFeed) -> None:
    known = authorities()
    assert len(known) == len(dict(known)) == len(set(dict(known).values())) == 20
    assert "南通市应急管理局" in dict(known).values()
    codes = [parse_uscc(code) for code, _ in known]
    assert all(isinstance(code, Uscc) and code.is_government_body and code.subject_check_holds for code in codes)
    cities = Counter(city.name for code, _ in known if (city := city_of(code[2:8])))
    assert cities.pop("南通市") == 8
    assert len(cities) == 12
    assert set(cities.values()) == {1}
    senders = {(row["CF_CFJGDM"], row["CF_CFJG"]) for row in feed.penalties}
    senders |= {(row["XK_XKJGDM"], row["XK_XKJG"]) for row in feed.licences}
    assert senders == set(known)


def test_fines_range_from_two_thousand_to_six_hundred_thousand_yuan_with_the_edge(penalties: list[Judged]) -> None:
    fines = {fine for one in penalties if (fine := one.parsed.amounts.get("fine")) is not None}
    assert (min(fines), max(fines)) == (Decimal(2000), Decimal(600_000))
    assert fines >= {Decimal(99_900), Decimal(100_000)}


def test_the_content_names_the_amounts_of_the_cells(penalties: list[Judged]) -> None:
    for one in penalties:
        for amount in one.parsed.amounts.values():
            assert f"人民币{amount:.0f}元" in one.row["CF_NR"]


def test_fines_are_most_and_the_other_kinds_occur(penalties: list[Judged]) -> None:
    found = Counter(one.parsed.penalty_types for one in penalties)
    assert found[PenaltyType.FINE,] > len(penalties) * 0.6
    assert set(found) >= {
        (PenaltyType.WARNING,),
        (PenaltyType.WARNING, PenaltyType.FINE),
        (PenaltyType.CONFISCATION_OF_GAINS, PenaltyType.FINE),
        (PenaltyType.LICENCE_SUSPENSION,),
        (PenaltyType.SUSPENSION_OF_BUSINESS,),
        (PenaltyType.LICENCE_REVOCATION,),
    }


def test_dates_come_in_three_forms(feed: SampleFeed) -> None:
    for rows, column in ((feed.penalties, "CF_YXQ"), (feed.licences, "XK_YXQZI")):
        forms = Counter("年" if "年" in row[column] else row[column][4] for row in rows if row[column])
        assert forms.keys() == {"-", "/", "年"}
        assert min(forms.values()) > len(rows) * 0.1


def test_decisions_are_spread_over_the_last_three_years_and_a_tenth_is_within_the_reporting_duty(
    feed: SampleFeed, penalties: list[Judged]
) -> None:
    days = [one.decided_on for one in penalties]
    assert TODAY - timedelta(days=3 * 366) < min(days) < TODAY - timedelta(days=1000)
    assert max(days) <= TODAY
    assert {day.year for day in days} == {2023, 2024, 2025, 2026}
    recent = sum(day >= DAYS.of(TODAY).on_time_from for day in days)
    assert recent >= len(days) * 0.1
    assert 0 <= recent - feed.expected.penalties.groups[Group.RECENT] <= feed.expected.penalties.unchanged


def test_by_the_law_the_ending_group_leaves_every_audience_within_thirty_days(feed: SampleFeed) -> None:
    packs = load_packs()
    soon = TODAY + timedelta(days=30)
    for kind, rows, outcome in kinds(feed):
        leaving = Counter[Audience]()
        for one in judged(kind, rows[: len(rows) - outcome.unchanged]):
            if not one.stops:
                for window in evaluate(facts_of(one.built.record, TODAY), packs, TODAY):
                    if window.publishability is Publishability.SHOWN and window.closes_on is not None:
                        leaving[window.audience] += TODAY < window.closes_on <= soon
        assert leaving[Audience.CREDIT_SITES] == leaving[Audience.MARKET_SUPERVISION] == outcome.groups[Group.ENDING]
        assert leaving[Audience.OWN_COLUMN] >= outcome.groups[Group.ENDING]
        assert 0.06 < outcome.groups[Group.ENDING] / len(rows) < 0.09


def test_by_the_law_the_overdue_group_is_never_shown_on_credit_sites_and_the_serious_are_for_long(
    feed: SampleFeed, penalties: list[Judged]
) -> None:
    packs = load_packs()
    serious = {PenaltyType.SUSPENSION_OF_BUSINESS, PenaltyType.LICENCE_REVOCATION}
    counted = Counter[str]()
    for one in penalties[: feed.expected.penalties.admitted]:
        credit = {w.audience: w for w in evaluate(facts_of(one.built.record, TODAY), packs, TODAY)}[
            Audience.CREDIT_SITES
        ]
        if serious & set(one.parsed.penalty_types):
            counted["serious"] += 1
            assert credit.publishability is Publishability.SHOWN
            assert credit.closes_on is not None
            assert credit.closes_on > TODAY + timedelta(days=30)
        elif last_day(one.decided_on, parse_duration("P1Y")) < TODAY:
            counted["overdue"] += 1
            assert credit.publishability is Publishability.EXEMPT
    assert counted["serious"] == feed.expected.penalties.groups[Group.SERIOUS] > 50
    assert counted["overdue"] == feed.expected.penalties.groups[Group.OVERDUE] > 400


def test_licences_are_of_three_kinds_and_some_are_cancelled(feed: SampleFeed) -> None:
    certificates = Counter(row["XK_XKZS"] for row in feed.licences)
    assert certificates.keys() == {"安全生产许可证", "危险化学品经营许可证", "烟花爆竹经营许可证"}
    assert min(certificates.values()) > 50
    states = Counter(row["XK_ZT"] for row in feed.licences)
    assert states.keys() == {"1", "2"}
    assert 10 < states["2"] < 60

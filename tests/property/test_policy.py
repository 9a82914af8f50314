"""What must hold for all facts and all days: no window grows, none is inverted, and each can be computed again."""

import json
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.policy import Evaluator, Facts, Packs, Window, as_json, evaluate, explain, facts_of, from_json, load_packs
from shared.policy.compare import Comparer, is_visible
from shared.policy.load import texts_of
from shared.policy.periods import day_after, last_day
from shared.vocabulary import PenaltyType, Procedure, Publishability, RecordKind, SubjectKind
from tests.support.packs import answering, changed, ordinary, parsed

PACKS = load_packs()
WARM = Evaluator(PACKS)
BOUNDARIES = [boundary + timedelta(days=shift) for boundary in PACKS.boundaries for shift in (-1, 0, 1)]
DAYS = st.one_of(
    st.dates(date(2016, 1, 1), date(2031, 12, 31)),
    st.sampled_from(BOUNDARIES),
    st.sampled_from([date(2020, 2, 29), date(2022, 8, 31), date(2023, 11, 30), date(2024, 12, 31)]),
)
SITUATIONS = [name for entry in PACKS.settings.lists for name in entry.situations]
PATIENT = settings(deadline=None)
AMOUNTS = ["0", "1", "50000.00", "99999.99", "100000", "1E+5", "5000000", "-3", "NaN", "Infinity"]


def rarely(strategy: st.SearchStrategy[bool]) -> st.SearchStrategy[bool]:
    return st.integers(0, 7).flatmap(lambda n: strategy if n == 0 else st.just(False))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    decided_on = draw(DAYS)
    return Facts(
        kind=draw(st.sampled_from([RecordKind.PENALTY] * 6 + list(RecordKind))),
        decided_on=decided_on,
        first_submitted_on=decided_on + timedelta(days=draw(st.sampled_from([0, 1, 7, 91, 365, 366, 1000, 1500]))),
        subject_kind=draw(st.sampled_from([SubjectKind.LEGAL_PERSON] * 4 + list(SubjectKind))),
        authority_region=draw(st.sampled_from(["320000", "320685", "320412", "CZ-JKQ", "330100", "", "南通"])),
        penalty_types=frozenset(draw(st.lists(st.sampled_from(PenaltyType), max_size=3))),
        fine=draw(st.none() | st.sampled_from(AMOUNTS).map(Decimal)),
        procedure=draw(st.sampled_from([Procedure.ORDINARY] * 7 + [Procedure.SUMMARY])),
        accident_related=draw(st.booleans()),
        list_conditions=frozenset(draw(st.lists(st.sampled_from([*SITUATIONS, 'odd, "name"', ""]), max_size=1))),
        serious_by_law=draw(rarely(st.booleans())),
        valid_until=draw(st.none() | DAYS | st.just(date.max)),
        licence_valid=not draw(rarely(st.booleans())),
        subject_under_18=draw(rarely(st.booleans())),
        secret=draw(rarely(st.booleans())),
        milder_confirmed=draw(st.booleans()),
    )


@PATIENT
@given(facts(), DAYS, DAYS)
def test_a_later_day_never_lengthens_a_window_nor_shows_again_what_was_hidden(
    given_facts: Facts, one: date, other: date
) -> None:
    earlier, later = sorted((one, other))
    for before, after in zip(evaluate(given_facts, PACKS, earlier), evaluate(given_facts, PACKS, later), strict=True):
        if before.publishability is not Publishability.SHOWN:
            assert after.publishability is not Publishability.SHOWN
        elif after.publishability is Publishability.SHOWN:
            assert _dates(after) <= _dates(before)
            assert after.opens_on == before.opens_on


def _dates(window: Window) -> tuple[date, date]:
    assert window.closes_on is not None
    assert window.offline_on is not None
    return window.closes_on, window.offline_on


@PATIENT
@given(facts(), DAYS, st.integers(0, 2000))
def test_a_repair_date_that_was_reached_is_kept(given_facts: Facts, as_of: date, days: int) -> None:
    now = evaluate(given_facts, PACKS, as_of)
    later = evaluate(given_facts, PACKS, as_of + timedelta(days=days))
    for before, after in zip(now, later, strict=True):
        if before.repair_from_on is not None and before.repair_from_on <= as_of and after.offline_on is not None:
            assert after.publishability is not Publishability.SHOWN or after.repair_from_on == before.repair_from_on


@PATIENT
@given(facts(), DAYS)
def test_a_window_opens_before_it_closes_and_repair_lies_inside(given_facts: Facts, as_of: date) -> None:
    for window in evaluate(given_facts, PACKS, as_of):
        dated = [window.opens_on, window.closes_on, window.offline_on]
        assert len({day is None for day in dated}) == 1
        if window.publishability is Publishability.AWAITING_CONFIRMATION:
            assert window.opens_on is None
            assert window.needs_confirmation
        if window.publishability is Publishability.SHOWN:
            assert window.opens_on is not None
        if window.opens_on is None:
            assert window.repair_from_on is None
            continue
        assert window.opens_on <= _dates(window)[0] <= _dates(window)[1]
        assert day_after(_dates(window)[0]) <= _dates(window)[1]
        if window.repair_from_on is not None:
            assert window.opens_on <= window.repair_from_on < _dates(window)[1]


@PATIENT
@given(DAYS)
def test_a_minimum_is_never_longer_than_its_maximum(start: date) -> None:
    for document in PACKS.documents:
        for rule in document.classes:
            if rule.minimum is not None and rule.maximum is not None:
                assert last_day(start, rule.minimum) <= last_day(start, rule.maximum)


@PATIENT
@given(facts(), DAYS)
def test_a_window_survives_json_and_is_computed_again_from_its_inputs_bit_for_bit(
    given_facts: Facts, as_of: date
) -> None:
    for number, window in enumerate(evaluate(given_facts, PACKS, as_of)):
        text = json.dumps(as_json(window), ensure_ascii=False, sort_keys=True)
        stored = from_json(json.loads(text))
        assert stored == window
        read, read_as_of = facts_of(stored.provenance.inputs)
        again = evaluate(read, PACKS, read_as_of)[number]
        assert again == stored
        assert json.dumps(as_json(again), ensure_ascii=False, sort_keys=True) == text
        assert explain(again) == explain(window)


@PATIENT
@given(facts(), facts(), DAYS, DAYS, st.integers(1, 5))
def test_the_caching_evaluator_gives_the_same_windows_to_facts_that_differ_in_one_thing(
    one: Facts, other: Facts, as_of: date, another_day: date, limit: int
) -> None:
    evaluator = Evaluator(PACKS, limit=limit)
    neighbours = [replace(one, **{field.name: getattr(other, field.name)}) for field in fields(Facts)]
    for neighbour in (one, *neighbours, one):
        for day in (as_of, another_day):
            assert evaluator.evaluate(neighbour, day) == evaluate(neighbour, PACKS, day)
            assert WARM.evaluate(neighbour, day) == evaluate(neighbour, PACKS, day)


@PATIENT
@given(facts(), DAYS)
def test_every_dated_window_names_its_rule_article_and_pack(given_facts: Facts, as_of: date) -> None:
    for window in evaluate(given_facts, PACKS, as_of):
        origin = window.provenance
        assert origin.pack_version == PACKS.version
        assert bool(origin.rule_id) == bool(origin.article)
        if window.opens_on is not None:
            assert origin.rule_id
        assert (window.repair_from_on is None) == (origin.repair_rule_id is None)


@PATIENT
@given(
    st.lists(facts(), min_size=1, max_size=6),
    DAYS,
    st.sampled_from([PACKS, parsed(ordinary("P9M")), parsed(ordinary("P2Y"))]),
)
def test_a_comparison_says_of_shared_rulings_what_it_would_say_of_each_window(
    register: list[Facts], as_of: date, new: Packs
) -> None:
    comparer = Comparer(PACKS, new, as_of)
    for number, one in enumerate([*register, *register]):
        comparer.add(str(number), "320600", one)
    plain = {
        (str(number), window.audience, window.closes_on, other.closes_on, other.provenance.rule_id)
        for number, one in enumerate([*register, *register])
        for window, other in zip(evaluate(one, PACKS, as_of), evaluate(one, new, as_of), strict=True)
        if _public(window, as_of) != _public(other, as_of)
    }
    told = {
        (change.record_id, change.audience, change.closes_on, change.new_closes_on, change.new_rule_id)
        for change in comparer.result().changes
    }
    assert plain <= told
    assert comparer.result().records == 2 * len(register)


def _public(window: Window, as_of: date) -> tuple[object, ...]:
    return (window.offline_on, window.severity) if is_visible(window, as_of) else ()


FROM_DISCLOSURE = parsed(
    {
        name: text.replace('count_from = "decision"\ncitation', 'count_from = "disclosure"\ncitation')
        if name in {"ndrc-36-2026.toml", "js-yj-33-2022.toml"}
        else text
        for name, text in texts_of().items()
    }
)
MIXED = Evaluator(FROM_DISCLOSURE)


@PATIENT
@given(facts(), DAYS, DAYS)
def test_versions_that_count_from_other_days_lengthen_nothing_either(
    given_facts: Facts, one: date, other: date
) -> None:
    earlier, later = sorted((one, other))
    before, after = (evaluate(given_facts, FROM_DISCLOSURE, day) for day in (earlier, later))
    assert MIXED.evaluate(given_facts, earlier) == before
    assert MIXED.evaluate(given_facts, later) == after
    for was, now in zip(before, after, strict=True):
        if was.publishability is not Publishability.SHOWN:
            assert now.publishability is not Publishability.SHOWN
        elif now.publishability is Publishability.SHOWN:
            assert _dates(now) <= _dates(was)
        if now.opens_on is not None:
            closes, offline = _dates(now)
            assert given_facts.decided_on <= now.opens_on <= closes
            assert closes < offline or closes == date.max  # the end of the calendar has no day after it


MODE = 'mode = "most_favourable"'
ANSWERED = [
    parsed(answering(start_day="included")),
    parsed(answering(last_day="exclusive")),
    parsed(answering(reached_repair_dates="not_kept")),
    parsed(answering(repair_minimum="later")),
    parsed(answering(cut_end="eve_of_version")),
    parsed(answering(older_decisions="not_shown")),
    parsed(changed("selection.toml", MODE, 'mode = "as_of_decision"')),
    parsed(changed("selection.toml", MODE, 'mode = "as_of_evaluation"')),
    parsed(
        answering(
            changed("selection.toml", MODE, 'mode = "as_of_evaluation"'),
            start_day="included",
            last_day="exclusive",
            reached_repair_dates="not_kept",
            repair_minimum="later",
            cut_end="eve_of_version",
            older_decisions="not_shown",
        )
    ),
]
ANSWERED_WARM = {packs.version: Evaluator(packs, limit=50) for packs in ANSWERED}


@PATIENT
@given(facts(), DAYS, DAYS, st.sampled_from(ANSWERED))
def test_whatever_the_packs_answer_a_later_day_lengthens_nothing(
    given_facts: Facts, one: date, other: date, packs: Packs
) -> None:
    earlier, later = sorted((one, other))
    before, after = (evaluate(given_facts, packs, day) for day in (earlier, later))
    assert ANSWERED_WARM[packs.version].evaluate(given_facts, earlier) == before
    assert ANSWERED_WARM[packs.version].evaluate(given_facts, later) == after
    for was, now in zip(before, after, strict=True):
        assert from_json(json.loads(json.dumps(as_json(now)))) == now
        assert explain(now, "zh")
        assert explain(now, "en")
        if was.publishability is not Publishability.SHOWN:
            assert now.publishability is not Publishability.SHOWN
        elif now.publishability is Publishability.SHOWN:
            assert _dates(now) <= _dates(was)
        if now.opens_on is not None:
            closes, offline = _dates(now)
            assert now.opens_on <= closes
            assert closes < offline or closes == date.max
            assert now.repair_from_on is None or now.opens_on <= now.repair_from_on < offline


@PATIENT
@given(facts(), DAYS)
def test_no_way_of_counting_shows_a_record_longer_than_the_customary_one(given_facts: Facts, as_of: date) -> None:
    for packs in ANSWERED[:2]:
        for plain, other in zip(evaluate(given_facts, PACKS, as_of), evaluate(given_facts, packs, as_of), strict=True):
            if plain.publishability is not Publishability.SHOWN:
                assert other.publishability is not Publishability.SHOWN
            elif other.publishability is Publishability.SHOWN:
                assert _dates(other) <= _dates(plain)

"""From which day a period is counted is an entry of the pack: it moves the days and explains itself."""

from dataclasses import replace
from datetime import date
from typing import Literal

import pytest

from shared.policy import Evaluator, PackError, Window, as_json, evaluate, explain, facts_of, from_json
from shared.policy.clock_start import CountFrom
from shared.policy.load import packs_of, read_packs, texts_of
from shared.vocabulary import PenaltyType
from tests.support.packs import Texts, agreeing, changed, parsed
from tests.unit.policy.facts import penalty, window

DOCUMENT = 'count_from = "decision"\ncitation'
LATE = penalty("2026-05-10", first_submitted_on=date(2026, 5, 20))
MINOR = 'max = "P3M"\nrepair = "on_fulfilment"'


def from_disclosure() -> Texts:
    """36号令, counted from the day of disclosure."""
    return agreeing(changed("ndrc-36-2026.toml", DOCUMENT, DOCUMENT.replace("decision", "disclosure")))


def days(seen: Window) -> tuple[str, ...]:
    return tuple(str(day) for day in (seen.opens_on, seen.closes_on, seen.offline_on, seen.repair_from_on))


def test_the_start_of_the_clock_moves_minimum_and_maximum_alike() -> None:
    packaged, other = parsed(texts_of()), packs_of(from_disclosure())
    assert days(window(LATE, packaged, "2026-06-01")) == ("2026-05-10", "2027-05-10", "2027-05-11", "2026-08-11")
    assert days(window(LATE, other, "2026-06-01")) == ("2026-05-20", "2027-05-20", "2027-05-21", "2026-08-21")


def test_a_period_never_starts_before_the_decision() -> None:
    early = replace(LATE, first_submitted_on=date(2026, 5, 1))
    assert window(early, packs_of(from_disclosure()), "2026-06-01").opens_on == date(2026, 5, 10)


def test_one_class_may_start_on_another_day_than_its_document() -> None:
    warning = replace(LATE, penalty_types=frozenset({PenaltyType.WARNING}), fine=None)
    packs = parsed(changed("ndrc-36-2026.toml", MINOR, f'{MINOR}\ncount_from = "disclosure"'))
    own = evaluate(warning, packs, date(2026, 6, 1))[0]
    assert (own.opens_on, own.closes_on) == (date(2026, 5, 20), date(2026, 8, 20))
    assert window(LATE, packs, "2026-06-01").opens_on == date(2026, 5, 10)


def test_a_later_version_with_a_later_start_lengthens_nothing() -> None:
    crossing = penalty("2025-12-01", first_submitted_on=date(2026, 3, 30))
    packs = packs_of(from_disclosure())
    before, after = (window(crossing, packs, day) for day in ("2026-03-31", "2026-04-01"))
    assert (before.closes_on, after.closes_on) == (date(2028, 12, 1), date(2027, 3, 30))
    assert (before.provenance.count_from, after.provenance.count_from) == (CountFrom.DECISION, CountFrom.DISCLOSURE)


def test_the_caching_evaluator_tells_days_of_disclosure_apart() -> None:
    packs = packs_of(from_disclosure())
    evaluator, as_of = Evaluator(packs), date(2026, 6, 1)
    for submitted in (date(2026, 5, 10), date(2026, 5, 11), date(2026, 5, 20)):
        one = replace(LATE, first_submitted_on=submitted)
        assert evaluator.evaluate(one, as_of) == evaluate(one, packs, as_of)


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("zh", "期限自公示之日（首次报送之日）起算，当日不计。"),
        ("en", "The period is counted from the day of disclosure (first submission), which is itself not counted."),
    ],
)
def test_provenance_and_explanation_name_the_start(lang: Literal["zh", "en"], sentence: str) -> None:
    packs = packs_of(from_disclosure())
    seen = window(LATE, packs, "2026-06-01")
    assert seen.provenance.count_from is CountFrom.DISCLOSURE
    assert sentence in explain(seen, lang)
    stored = from_json(as_json(seen))
    facts, as_of = facts_of(stored.provenance.inputs)
    assert stored in evaluate(facts, packs, as_of)


def test_every_document_with_periods_has_a_worked_case_that_names_its_start() -> None:
    packs, cases = read_packs()
    named = {case.file for case in cases if "count_from" in case.expected}
    assert {document.file for document in packs.documents if document.classes or document.carries} <= named


def test_packs_that_were_stored_without_a_start_stay_readable_and_are_adopted_no_more() -> None:
    texts = {name: text.replace('count_from = "decision"\n', "") for name, text in texts_of().items()}
    texts |= {name: text.replace('count_from = "decision", ', "") for name, text in texts.items()}
    with pytest.raises(PackError, match="count_from is missing"):
        packs_of(texts)
    old = window(LATE, parsed(texts), "2026-06-01")
    assert days(old) == days(window(LATE, parsed(texts_of()), "2026-06-01"))
    json = as_json(old)
    del json["provenance"]["count_from"]
    assert from_json(json) == old
    assert not any("起算" in sentence for sentence in explain(old))

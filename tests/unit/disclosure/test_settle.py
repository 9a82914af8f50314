"""The stored window wins: what happens when the same facts are judged by other packs."""

from datetime import date
from decimal import Decimal

import pytest

from services.disclosure.domain.former import former_version, window_then
from services.disclosure.domain.settle import Settled, settle
from shared.policy import Evaluator, Facts, Packs, Window, evaluate, load_packs
from shared.vocabulary import Audience, Publishability
from tests.support.packs import changed, ordinary, parsed
from tests.unit.policy.facts import penalty, window

NO_AMOUNT = ', "fine_from:huge"]', "]"
WITHOUT_AMOUNTS = parsed(changed("ndrc-36-2026.toml", *NO_AMOUNT))
WITHOUT_AMOUNTS_AND_LONGER = parsed(changed("ndrc-36-2026.toml", *NO_AMOUNT, ordinary("P2Y")))
LONGER = parsed(ordinary("P2Y"))
NO_FINE_KNOWN = penalty("2026-06-01", fine=None)
TODAY = date(2026, 11, 2)


@pytest.fixture(scope="module")
def packs() -> Packs:
    return load_packs()


def judged(facts: Facts, packs: Packs) -> Window:
    return window(facts, packs, TODAY.isoformat())


def test_a_window_that_waits_for_a_person_cannot_come_back_longer(packs: Packs) -> None:
    shown = settle(None, judged(NO_FINE_KNOWN, WITHOUT_AMOUNTS), TODAY)
    waits = settle(shown, judged(NO_FINE_KNOWN, packs), TODAY)
    assert waits.window.publishability is Publishability.AWAITING_CONFIRMATION
    back = settle(waits, judged(NO_FINE_KNOWN, WITHOUT_AMOUNTS_AND_LONGER), TODAY)
    assert back.window == shown.window
    assert back.window.closes_on == date(2027, 6, 1)


def test_an_exempt_record_stays_exempt_whatever_packs_come(packs: Packs) -> None:
    warned = penalty("2026-10-30", penalty_types=frozenset({"warning"}), fine=None)
    exempt = settle(None, judged(warned, packs), TODAY)
    shown = judged(penalty("2026-10-30"), packs)._replace(provenance=exempt.end.provenance)
    assert settle(exempt, shown, TODAY) == exempt


def test_other_facts_start_afresh_even_for_longer(packs: Packs) -> None:
    before = settle(None, judged(penalty("2026-10-30"), packs), TODAY)
    graver = judged(penalty("2026-10-30", serious_by_law=True), packs)
    assert settle(before, graver, TODAY) == Settled(graver)
    assert graver.closes_on == date(2029, 10, 30)


def test_other_facts_are_judged_as_if_the_packs_of_the_window_had_had_them(packs: Packs) -> None:
    """A fine was written wrongly and is corrected after longer packs were adopted: they lengthen nothing by it."""
    stored = settle(None, judged(penalty("2026-10-30"), packs), TODAY)
    corrected = penalty("2026-10-30", fine=Decimal(51_000))
    longer = judged(corrected, LONGER)
    assert former_version(stored, longer) == packs.version
    then = window_then(stored, corrected, {packs.version: Evaluator(packs)})
    settled = settle(stored, longer, TODAY, then=then)
    assert (settled.window.closes_on, longer.closes_on) == (date(2027, 10, 30), date(2028, 10, 30))
    assert settled.end == judged(corrected, packs)


def test_facts_for_which_the_law_gives_longer_are_shown_longer_by_the_packs_of_their_window(packs: Packs) -> None:
    stored = settle(None, judged(penalty("2026-10-30"), packs), TODAY)
    graver = penalty("2026-10-30", serious_by_law=True)
    then = window_then(stored, graver, {packs.version: Evaluator(packs)})
    assert settle(stored, judged(graver, LONGER), TODAY, then=then).window.closes_on == date(2029, 10, 30)


def test_packs_that_cannot_be_read_any_more_leave_the_stored_end_as_the_limit(packs: Packs) -> None:
    stored = settle(None, judged(penalty("2026-10-30"), packs), TODAY)
    graver = penalty("2026-10-30", serious_by_law=True)
    settled = settle(stored, judged(graver, LONGER), TODAY, then=window_then(stored, graver, {}))
    assert settled.window.closes_on == date(2027, 10, 30)


def test_no_former_packs_are_asked_for_the_same_facts_the_same_packs_or_what_was_not_shown(packs: Packs) -> None:
    facts, corrected = penalty("2026-10-30"), penalty("2026-10-30", fine=Decimal(51_000))
    stored = settle(None, judged(facts, packs), TODAY)
    hidden = settle(None, judged(penalty("2026-10-30", secret=True), packs), TODAY)
    assert former_version(stored, judged(facts, LONGER)) is None
    assert former_version(stored, judged(corrected, packs)) is None
    assert former_version(hidden, judged(corrected, LONGER)) is None


def test_packs_that_say_the_same_leave_the_stored_window_with_its_provenance(packs: Packs) -> None:
    facts = penalty("2026-10-30")
    stored = settle(None, judged(facts, packs), TODAY)
    same_law = parsed(changed("selection.toml", 'version = "2026.11"', 'version = "another"'))
    again = settle(stored, evaluate(facts, same_law, TODAY)[list(Audience).index(Audience.CREDIT_SITES)], TODAY)
    assert again is stored

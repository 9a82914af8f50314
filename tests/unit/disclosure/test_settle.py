"""The stored window wins: what happens when the same facts are judged by other packs."""

from datetime import date

import pytest

from services.disclosure.domain.settle import Settled, settle
from shared.policy import Facts, Packs, Window, evaluate, load_packs
from shared.vocabulary import Audience, Publishability
from tests.support.packs import changed, ordinary, parsed
from tests.unit.policy.facts import penalty, window

NO_AMOUNT = ', "fine_from:huge"]', "]"
WITHOUT_AMOUNTS = parsed(changed("ndrc-36-2026.toml", *NO_AMOUNT))
WITHOUT_AMOUNTS_AND_LONGER = parsed(changed("ndrc-36-2026.toml", *NO_AMOUNT, ordinary("P2Y")))
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


def test_packs_that_say_the_same_leave_the_stored_window_with_its_provenance(packs: Packs) -> None:
    facts = penalty("2026-10-30")
    stored = settle(None, judged(facts, packs), TODAY)
    same_law = parsed(changed("selection.toml", 'version = "2026.11"', 'version = "another"'))
    again = settle(stored, evaluate(facts, same_law, TODAY)[list(Audience).index(Audience.CREDIT_SITES)], TODAY)
    assert again is stored

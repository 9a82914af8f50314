"""What a window means on a day, and which facts of a record the law is told."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.disclosure.domain.display import PublicationState, state_of
from services.disclosure.domain.facts import facts_of
from shared.policy import Provenance, Window
from shared.vocabulary import Audience, PenaltyType, Publishability, RecordKind, Severity
from tests.support import told

OFFLINE_ON = date(2027, 10, 31)


def window(publishability: Publishability, offline_on: date | None = OFFLINE_ON) -> Window:
    return Window(
        Audience.CREDIT_SITES,
        publishability,
        Severity.ORDINARY,
        date(2026, 10, 30),
        OFFLINE_ON - timedelta(days=1),
        offline_on,
        None,
        False,
        (),
        Provenance("rule", "article", "1", {}),
    )


@pytest.mark.parametrize(
    ("publishability", "days", "state"),
    [
        (Publishability.SHOWN, -1, PublicationState.ONLINE),
        (Publishability.SHOWN, 0, PublicationState.EXEMPT),
        (Publishability.SHOWN, 1, PublicationState.EXEMPT),
        (Publishability.EXEMPT, -1, PublicationState.EXEMPT),
        (Publishability.AWAITING_CONFIRMATION, -1, PublicationState.AWAITING_CONFIRMATION),
        (Publishability.AWAITING_CONFIRMATION, 1, PublicationState.AWAITING_CONFIRMATION),
    ],
)
def test_a_window_is_shown_before_its_offline_day_and_never_after(
    publishability: Publishability, days: int, state: PublicationState
) -> None:
    assert state_of(window(publishability), OFFLINE_ON + timedelta(days=days)) is state


def test_a_window_without_an_end_is_not_shown() -> None:
    assert state_of(window(Publishability.SHOWN, None), date(2026, 11, 2)) is PublicationState.EXEMPT


def test_the_law_is_told_kinds_and_fine_of_a_penalty() -> None:
    facts = facts_of(told.record(told.DECIDED, PenaltyType.FINE, PenaltyType.WARNING), told.SUBMITTED)
    assert (facts.kind, facts.fine) == (RecordKind.PENALTY, Decimal(60000))
    assert facts.penalty_types == {PenaltyType.FINE, PenaltyType.WARNING}
    assert (facts.decided_on, facts.first_submitted_on) == (told.DECIDED, told.SUBMITTED)
    assert facts.authority_region == "320600"


def test_the_law_is_told_the_validity_of_a_licence() -> None:
    facts = facts_of(told.licence_record(valid=False), told.SUBMITTED)
    assert (facts.kind, facts.valid_until, facts.licence_valid) == (RecordKind.LICENCE, date(2029, 10, 29), False)

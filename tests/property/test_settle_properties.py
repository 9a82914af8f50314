"""Whatever packs are adopted in whatever order: no window grows, nothing is shown again, all can be computed again."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from services.disclosure.domain.display import Approval, PublicationState, standing_of
from services.disclosure.domain.former import former_version, window_then
from services.disclosure.domain.settle import Settled, basis_of, settle, settled_from
from shared.policy import Evaluator, Facts, Packs, as_json, evaluate, facts_of
from shared.policy.compare import is_visible
from shared.vocabulary import PenaltyType, Publishability, RecordKind, SubjectKind
from tests.support.packs import answering, changed, ordinary, parsed

FINE = PenaltyType.FINE
SHORT = 'id = "huge"\nyuan = 100000', 'id = "huge"\nyuan = 20000'
NO_AMOUNT = ', "fine_from:huge"]', "]"
SETS: list[Packs] = [
    parsed(ordinary("P1Y", "P3M")),
    parsed(ordinary("P2Y", "P6M")),
    parsed(ordinary("P6M", "P1M")),
    parsed(ordinary("P1Y", "P7M")),
    parsed(ordinary("P10M", "P9M")),
    parsed(changed("selection.toml", *SHORT)),
    parsed(changed("selection.toml", 'mode = "most_favourable"', 'mode = "as_of_decision"')),
    parsed(changed("selection.toml", 'mode = "most_favourable"', 'mode = "as_of_evaluation"')),
    parsed(answering(start_day="included", cut_end="eve_of_version")),
    parsed(changed("selection.toml", 'types = ["警告", "通报批评"]', 'types = ["警告", "通报批评", "罚款"]')),
    parsed(changed("ndrc-36-2026.toml", *NO_AMOUNT)),
    parsed(changed("ndrc-36-2026.toml", *NO_AMOUNT, ordinary("P2Y"))),
]
BY_VERSION = {packs.version: packs for packs in SETS}
EVALUATORS = {packs.version: Evaluator(packs) for packs in SETS}
GONE = (PublicationState.OFFLINE, PublicationState.EXEMPT)
VERSIONS = st.sampled_from(sorted(BY_VERSION))
PATIENT = settings(deadline=None, max_examples=300)
STEPS = st.lists(st.tuples(VERSIONS, st.integers(0, 200)), min_size=2, max_size=6)


@st.composite
def lately(draw: st.DrawFn) -> tuple[Facts, date]:
    """A penalty around or under 36号令, which the packs above disagree about, and a day on which it is judged first."""
    decided_on = draw(st.dates(date(2025, 9, 1), date(2027, 3, 31)))
    types = draw(st.sampled_from([{FINE}, {FINE}, {FINE, PenaltyType.WARNING}, {PenaltyType.LICENCE_REVOCATION}]))
    fine = draw(st.sampled_from([None, "9000", "50000", "120000"]))
    found = Facts(
        kind=RecordKind.PENALTY,
        decided_on=decided_on,
        first_submitted_on=decided_on,
        subject_kind=SubjectKind.LEGAL_PERSON,
        authority_region=draw(st.sampled_from(["320600", "320400", "330100"])),
        penalty_types=frozenset(types),
        fine=None if fine is None else Decimal(fine),
    )
    return found, decided_on + timedelta(days=draw(st.integers(0, 250)))


@PATIENT
@given(lately(), STEPS)
def test_adopting_packs_never_lengthens_and_never_shows_again(
    drawn: tuple[Facts, date], steps: list[tuple[str, int]]
) -> None:
    given_facts, start = drawn
    for audience in range(3):
        day, settled, standing, limit, was_shown = start, None, None, date.max, False
        for version, pause in steps:
            day += timedelta(days=pause)
            before, window = standing, EVALUATORS[version].evaluate(given_facts, day)[audience]
            settled = settle(settled, window, day)
            standing = standing_of(settled.window, before, None, Approval.NOT_NEEDED, day, was_shown=was_shown)
            was_shown |= standing[0] is PublicationState.ONLINE
            online = standing[0] is PublicationState.ONLINE
            assert online == is_visible(settled.window, day) or (before is not None and before[0] in GONE)
            assert not (online and before is not None and before[0] in GONE)
            if settled.window.publishability is Publishability.SHOWN and settled.window.offline_on is not None:
                assert settled.window.offline_on <= limit
                limit = settled.window.offline_on


@PATIENT
@given(lately(), STEPS)
def test_every_settled_window_can_be_computed_again_bit_for_bit(
    drawn: tuple[Facts, date], steps: list[tuple[str, int]]
) -> None:
    given_facts, start = drawn
    for audience in range(3):
        day, settled = start, None
        for version, pause in steps:
            day += timedelta(days=pause)
            settled = settle(settled, EVALUATORS[version].evaluate(given_facts, day)[audience], day)
        assert settled is not None
        stored = json.dumps(as_json(settled.window), ensure_ascii=False)
        basis = basis_of(settled)
        again = settled_from(json.loads(stored), json.loads(json.dumps(basis)) if basis else None)
        assert again == settled
        parts = [part for part in (again.end, again.repair, again.waiting) if part is not None]
        recomputed = [_recomputed(part.provenance.inputs, BY_VERSION[part.provenance.pack_version]) for part in parts]
        assert [windows[audience] for windows in recomputed] == parts
        assert json.dumps(as_json(again.window), ensure_ascii=False) == stored


@PATIENT
@given(lately(), st.integers(0, 400), st.sampled_from(["8000", "60000", "130000"]), VERSIONS, VERSIONS)
def test_facts_that_change_are_never_shown_longer_by_newer_packs(
    drawn: tuple[Facts, date], pause: int, fine: str, old: str, new: str
) -> None:
    given_facts, start = drawn
    today, other = start + timedelta(days=pause), replace(given_facts, fine=Decimal(fine))
    for audience in range(3):
        stored = settle(None, EVALUATORS[old].evaluate(given_facts, start)[audience], start)
        window, by_old = (
            EVALUATORS[new].evaluate(other, today)[audience],
            EVALUATORS[old].evaluate(other, start)[audience],
        )
        asks = former_version(stored, window) is not None
        then = window_then(stored, other, EVALUATORS) if asks else None
        settled = settle(stored, window, today, then=then)
        if not asks or settled.window.publishability is not Publishability.SHOWN:
            continue
        assert by_old.publishability is not Publishability.EXEMPT
        assert window.publishability is Publishability.SHOWN
        if by_old.publishability is Publishability.SHOWN and by_old.offline_on and settled.window.offline_on:
            assert settled.window.offline_on <= by_old.offline_on
        parts = [part for part in (settled.end, settled.repair) if part is not None]
        again = [_recomputed(part.provenance.inputs, BY_VERSION[part.provenance.pack_version]) for part in parts]
        assert [windows[audience] for windows in again] == parts


def _recomputed(inputs: object, packs: Packs) -> tuple[object, ...]:
    read, as_of = facts_of(inputs)  # type: ignore[arg-type]
    return evaluate(read, packs, as_of)


@PATIENT
@given(lately(), st.integers(0, 400), VERSIONS, VERSIONS)
def test_a_repair_date_that_was_reached_stays_reached(
    drawn: tuple[Facts, date], pause: int, old: str, new: str
) -> None:
    given_facts, start = drawn
    today = start + timedelta(days=pause)
    for before, after in zip(
        EVALUATORS[old].evaluate(given_facts, start), EVALUATORS[new].evaluate(given_facts, today), strict=True
    ):
        settled = settle(Settled(before), after, today)
        reached = before.repair_from_on is not None and before.repair_from_on <= today
        if reached and is_visible(before, today) and is_visible(settled.window, today):
            assert settled.window.repair_from_on is not None
            assert settled.window.repair_from_on <= before.repair_from_on  # type: ignore[operator]

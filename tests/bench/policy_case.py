"""Case `policy`: the windows of a register by the caching evaluator, beside a plain loop over `evaluate`, and what two
sets of packs would change. `python -m tests.bench.policy_case [RECORDS]` runs it alone (1,000,000 by default).

The plain loop gets every twentieth record, because it would take a minute for all; what both found must be the same.
"""

import gc
import random
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from shared.clock import stopwatch
from shared.policy import Evaluator, Facts, Window, evaluate, load_packs
from shared.policy.compare import Comparer
from shared.vocabulary import PenaltyType, RecordKind, SubjectKind
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place

RECORDS = 1_000_000
PLAIN_SHARE = 20
_COMPARED = 5_000

_AS_OF = date(2026, 11, 2)
_FIRST = date(2021, 11, 1)
_DAYS = 1_826
_LONG_TERM = date(2099, 12, 31)
_TYPES = (
    frozenset({PenaltyType.FINE}),
    frozenset({PenaltyType.FINE}),
    frozenset({PenaltyType.WARNING}),
    frozenset({PenaltyType.WARNING, PenaltyType.FINE}),
    frozenset({PenaltyType.FINE, PenaltyType.CONFISCATION_OF_GAINS}),
    frozenset({PenaltyType.SUSPENSION_OF_BUSINESS}),
)
_REGIONS = (*(f"32{city:02d}{county:02d}" for city in range(1, 14) for county in (0, 5, 12, 13)), "NT-KFQ", "")


def register(records: int, seed: int = 1) -> Iterator[Facts]:
    """Five years of a province: four penalties to one licence, every city, any amount; none built to please a cache."""
    chance = random.Random(seed)
    for _ in range(records):
        decided_on = _FIRST + timedelta(days=chance.randrange(_DAYS))
        if chance.random() < 0.2:
            yield _licence(chance, decided_on)
            continue
        types = chance.choice(_TYPES)
        yield Facts(
            kind=RecordKind.PENALTY,
            decided_on=decided_on,
            first_submitted_on=decided_on + timedelta(days=chance.randrange(8)),
            subject_kind=SubjectKind.SOLE_TRADER if chance.random() < 0.2 else SubjectKind.LEGAL_PERSON,
            authority_region=chance.choice(_REGIONS),
            penalty_types=types,
            fine=Decimal(chance.randrange(1_000, 3_000_000)) if PenaltyType.FINE in types else None,
            accident_related=chance.random() < 0.05,
        )


def _licence(chance: random.Random, decided_on: date) -> Facts:
    """Valid for three years, most of them; some for long, and some until any day."""
    ends = chance.choice((1_095, 1_095, 1_095, 0, chance.randrange(30, 1_800)))
    return Facts(
        kind=RecordKind.LICENCE,
        decided_on=decided_on,
        first_submitted_on=decided_on + timedelta(days=chance.randrange(8)),
        subject_kind=SubjectKind.LEGAL_PERSON,
        authority_region=chance.choice(_REGIONS),
        valid_until=decided_on + timedelta(days=ends) if ends else _LONG_TERM,
    )


def policy(_place: Place, sizes: Sizes) -> Figures:
    return measure(sizes.register)


def measure(records: int = RECORDS) -> Figures:
    """Evaluations a second each way, in this process and after each other."""
    packs, facts = load_packs(), list(register(records))
    gc.freeze()
    part = facts[::PLAIN_SHARE]
    plain = _seconds(part, lambda one: evaluate(one, packs, _AS_OF))
    fresh = Evaluator(packs)
    cached = _seconds(facts, lambda one: fresh.evaluate(one, _AS_OF))
    comparer = Comparer(packs, packs, _AS_OF)
    compared = _seconds(facts, lambda one: comparer.add("", "", one))
    demand(comparer.result().changed_records == 0, "packs that are the same would change something")
    for one in part[:_COMPARED]:
        demand(fresh.evaluate(one, _AS_OF) == evaluate(one, packs, _AS_OF), f"the evaluator differs for {one}")
    return {
        "records_per_s": records / cached,
        "seconds_a_million": cached / records * 1_000_000,
        "plain_records_per_s": len(part) / plain,
        "compared_records_per_s": records / compared,
    }


def _seconds(facts: list[Facts], one_by_one: Callable[[Facts], tuple[Window, ...] | None]) -> float:
    gc.collect()
    started = stopwatch()
    for one in facts:
        one_by_one(one)
    return stopwatch() - started


if __name__ == "__main__":
    for name, figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS).items():
        print(f"{name}: {figure:,.2f}")

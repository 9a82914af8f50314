"""Evaluating a register's windows with the caching evaluator beside a plain loop over `evaluate`.

`python -m tests.bench.policy_case [RECORDS]` runs alone (1,000,000 by default): both ways on the same facts in
interleaved rounds, the same windows demanded of both, and the ratio within each round. The plain loop is measured on a
part and scaled, because it would take minutes.
"""

import gc
import random
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from shared.clock import stopwatch
from shared.policy import Evaluator, Facts, Packs, Window, evaluate, load_packs
from shared.vocabulary import PenaltyType, RecordKind, SubjectKind

RECORDS = 1_000_000
ROUNDS = 3
PLAIN_SHARE = 20
"""The plain loop gets every twentieth record."""

_AS_OF = date(2026, 11, 2)
_TYPES = (
    frozenset({PenaltyType.FINE}),
    frozenset({PenaltyType.FINE}),
    frozenset({PenaltyType.WARNING}),
    frozenset({PenaltyType.FINE, PenaltyType.CONFISCATION_OF_GAINS}),
    frozenset({PenaltyType.SUSPENSION_OF_BUSINESS}),
)
_REGIONS = ("320600", "320685", "320412", "320500", "321200", "NT-KFQ")


def register(records: int, seed: int = 1) -> Iterator[Facts]:
    """Penalties of seven years as a province has them: many alike, none built to please a cache."""
    chance = random.Random(seed)
    first = date(2019, 7, 1)
    for _ in range(records):
        types = chance.choice(_TYPES)
        decided_on = first + timedelta(days=chance.randrange(2_670))
        yield Facts(
            kind=RecordKind.PENALTY,
            decided_on=decided_on,
            first_submitted_on=decided_on + timedelta(days=chance.randrange(8)),
            subject_kind=SubjectKind.SOLE_TRADER if chance.random() < 0.2 else SubjectKind.LEGAL_PERSON,
            authority_region=chance.choice(_REGIONS),
            penalty_types=types,
            fine=Decimal(chance.randrange(1_000, 300_000)) if PenaltyType.FINE in types else None,
            accident_related=chance.random() < 0.05,
        )


def measure(records: int = RECORDS, rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds for all records each way, and how many times faster the evaluator is: the median of the rounds."""
    packs, facts = load_packs(), list(register(records))
    part = facts[::PLAIN_SHARE]
    _demand_the_same(packs, part[:5_000])
    cached, plain = [], []
    for _ in range(rounds):
        evaluator = Evaluator(packs)
        cached.append(_seconds(facts, lambda one, by=evaluator: by.evaluate(one, _AS_OF)))  # type: ignore[misc]
        plain.append(_seconds(part, lambda one: evaluate(one, packs, _AS_OF)) * len(facts) / len(part))
    ratios = [slow / fast for slow, fast in zip(plain, cached, strict=True)]
    return {
        "records": float(records),
        "cached_s": statistics.median(cached),
        "plain_s": statistics.median(plain),
        "ratio": statistics.median(ratios),
        "records_per_s": records / statistics.median(cached),
    }


def _seconds(facts: list[Facts], one_by_one: Callable[[Facts], tuple[Window, ...]]) -> float:
    gc.collect()
    started = stopwatch()
    for one in facts:
        one_by_one(one)
    return stopwatch() - started


def _demand_the_same(packs: Packs, facts: list[Facts]) -> None:
    evaluator = Evaluator(packs)
    if any(evaluator.evaluate(one, _AS_OF) != evaluate(one, packs, _AS_OF) for one in facts):
        raise SystemExit("the evaluator's windows differ from the engine's")


if __name__ == "__main__":
    for name, figure in measure(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS).items():
        print(f"{name}: {figure:,.2f}")

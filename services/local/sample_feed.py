"""A synthetic feed of penalties and licences for the demonstration and for tests: the same seed gives the same rows.

It says beside the rows what must become of them, so that a receipt can be held against it (guarantee G02). It asks no
clock and names no real subject.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from random import Random

from services.local import sample_licences, sample_penalties
from services.local.sample_days import Days, Group, licence_days, penalty_days
from services.local.sample_faults import LICENCE_FAULTS, PENALTY_FAULTS, Fault, oddity
from services.local.sample_licences import LicenceRows
from services.local.sample_penalties import PenaltyRows
from services.local.sample_subjects import Bureau, Row, SampleSubject, bureaus, subjects_by_bureau

_FAULTY = 0.015
_ODD = 0.02
_REPEATS = 8
_ROWS_PER_REPEAT = 100
_NANTONG = "3206"
_NANTONG_WEIGHT = 4  # the demonstration looks at Nantong, so its bureaus send more than the others

Write = Callable[[Group, date, Bureau, list[SampleSubject]], Row]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What must become of the rows of one kind. Row numbers count from 1, as in receipts."""

    admitted: int
    unchanged: int
    corrected: int  # admitted with a note (V15)
    faulty: Mapping[int, Fault]
    groups: Mapping[Group, int]  # of the admitted rows

    @property
    def quarantined(self) -> dict[str, int]:
        """Quarantined rows by the code of the check."""
        return dict(Counter(fault.code for fault in self.faulty.values()))


@dataclass(frozen=True, slots=True)
class Expected:
    """The outcome of the whole feed, by kind of record."""

    penalties: Outcome
    licences: Outcome


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """Rows of the two templates, oldest decision first and repeats last, and what must become of them."""

    penalties: list[Row]
    licences: list[Row]
    expected: Expected


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between penalties and licences."""

    prefix: str
    shares: Mapping[Group, float]
    days: Days
    faults: Sequence[Fault]
    write: Write


def authorities() -> list[tuple[str, str]]:
    """Code and name of every bureau that appears in a feed; the same for every seed."""
    return [(bureau.code, bureau.name) for bureau in bureaus()]


def sample_feed(seed: int, today: date, penalties: int = 2000, licences: int = 1000) -> SampleFeed:
    """As many rows as asked for, with decisions of the three years up to `today`."""
    rng = Random(seed)
    subjects = subjects_by_bureau(rng)
    penalty = _Kind("CF", sample_penalties.SHARES, penalty_days(today), PENALTY_FAULTS, PenaltyRows(rng).row)
    licence = _Kind("XK", sample_licences.SHARES, licence_days(today), LICENCE_FAULTS, LicenceRows(rng).row)
    make = partial(_rows, rng, today, subjects)
    penalty_rows, of_penalties = make(penalty, penalties)
    licence_rows, of_licences = make(licence, licences)
    return SampleFeed(penalty_rows, licence_rows, Expected(of_penalties, of_licences))


def _rows(
    rng: Random, today: date, subjects: Mapping[str, list[SampleSubject]], kind: _Kind, count: int
) -> tuple[list[Row], Outcome]:
    repeats = min(_REPEATS, count // _ROWS_PER_REPEAT)
    plan = _plan(rng, kind, count - repeats)
    rows = _written(rng, kind, plan, subjects)
    order = rng.sample(range(len(rows)), len(rows))
    faulty_count, odd_count = round(len(rows) * _FAULTY), round(len(rows) * _ODD)
    faulty = {at + 1: _spoil(rng, rows[at], kind.faults, turn, today) for turn, at in enumerate(order[:faulty_count])}
    odd = order[faulty_count : faulty_count + odd_count]
    for at in odd:
        rows[at] |= oddity(kind.prefix, rng, rows[at])
    rows += [dict(rows[at]) for at in sorted(order[len(order) - repeats :])]
    groups = Counter(group for number, (_, group) in enumerate(plan, start=1) if number not in faulty)
    return rows, Outcome(len(plan) - len(faulty), repeats, len(odd), dict(sorted(faulty.items())), groups)


def _written(
    rng: Random, kind: _Kind, plan: list[tuple[date, Group]], subjects: Mapping[str, list[SampleSubject]]
) -> list[Row]:
    weights = [_NANTONG_WEIGHT if bureau.division.startswith(_NANTONG) else 1 for bureau in bureaus()]
    senders = rng.choices(bureaus(), weights, k=len(plan))
    return [
        kind.write(group, day, sender, subjects[sender.code])
        for (day, group), sender in zip(plan, senders, strict=True)
    ]


def _plan(rng: Random, kind: _Kind, count: int) -> list[tuple[date, Group]]:
    """Day and group of each row, by day, so that document numbers grow with the days."""
    groups = [group for group, share in kind.shares.items() for _ in range(round(count * share))]
    groups += [Group.RUNNING] * (count - len(groups))
    return sorted((rng.choice(kind.days[group]), group) for group in groups)


def _spoil(rng: Random, row: Row, faults: Sequence[Fault], turn: int, today: date) -> Fault:
    """Put the fault whose turn it is into the row, or the next one that the row lends itself to."""
    for offset in range(len(faults)):
        fault = faults[(turn + offset) % len(faults)]
        change = fault.change(rng, row, today)
        if change:
            row |= change
            return fault
    raise ValueError("every list of faults holds one that suits any row")

"""`evaluate` for many records: the same windows, with courses and dates shared between records that are judged alike.

Bounded caches, because a register of a million records holds only some thousand different courses. Keeps no clock and
changes no result; a property test holds it to `evaluate`. Serves G03.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from shared.policy.clock_start import CountFrom
from shared.policy.codec import Inputs
from shared.policy.conditions import has_usable_fine
from shared.policy.course import Course
from shared.policy.evaluate import (
    AUDIENCES,
    Draft,
    arrived_overdue,
    courses_of,
    drafts_of,
    outlines_of,
    refused,
    windows_of,
)
from shared.policy.model import Facts, Window
from shared.policy.outline import Outline
from shared.policy.pack import Packs
from shared.vocabulary import Audience

_PLACES = {audience: place for place, audience in enumerate(AUDIENCES)}


class Ruling:
    """What records share that were decided on the same day, follow the same course, and came in time or late alike.

    Compared by identity: equal ones are the same object as long as the evaluator's cache holds them.
    """

    __slots__ = ("drafts", "outlines")

    def __init__(self, outlines: tuple[Outline, ...]) -> None:
        self.outlines = outlines
        self.drafts: tuple[Draft, ...] = drafts_of(outlines)

    def of(self, audience: Audience) -> Outline:
        return self.outlines[_PLACES[audience]]


class _Day:
    """The rulings of one course for one day: that for who came in time, and those for who came late, if anybody did."""

    __slots__ = ("in_time", "late", "late_from")

    def __init__(self, outlines: tuple[Outline, ...]) -> None:
        self.in_time = Ruling(outlines)
        self.late: dict[tuple[bool, ...], Ruling] = {}
        self.late_from = min((one.offline_on for one in outlines if one.offline_on is not None), default=date.max)


class _Path:
    """Courses with the days that were decided under them. Different facts often share a path."""

    __slots__ = ("courses", "days", "from_disclosure")

    def __init__(self, courses: tuple[Course, ...]) -> None:
        self.courses = courses
        self.days: dict[Any, _Day] = {}
        self.from_disclosure = any(
            step.rule is not None and step.rule.count_from is CountFrom.DISCLOSURE
            for course in courses
            for step in course.steps
        )


class Evaluator:
    """Evaluates against one set of packs. `limit` bounds each cache; a full cache is emptied."""

    def __init__(self, packs: Packs, limit: int = 100_000) -> None:
        self.packs = packs
        self._limit = limit
        self._version = packs.version
        self._tiers = sorted(packs.settings.fine_tiers.values())
        self._by_facts: dict[tuple[object, ...], _Path] = {}
        self._by_courses: dict[tuple[Course, ...], _Path] = {}
        self._days = 0
        self._regions: dict[str, str | None] = {}
        self._eras: dict[date, int] = {}

    def evaluate(self, facts: Facts, as_of: date) -> tuple[Window, ...]:
        return windows_of(self.ruling(facts, as_of).drafts, self._version, Inputs(facts, as_of))

    def ruling(self, facts: Facts, as_of: date) -> Ruling:
        """Everything about the windows except their inputs, shared: enough to compare, and made once for many."""
        key = self._key(facts, as_of)
        path = self._by_facts.get(key) or self._settle(key, facts, as_of)
        decided_on, valid_until = facts.decided_on, facts.valid_until
        on: object = decided_on if valid_until is None else (decided_on, valid_until)
        if path.from_disclosure:
            on = (on, facts.first_submitted_on)
        day = path.days.get(on) or self._judge(path, on, facts)
        if facts.first_submitted_on < day.late_from:
            return day.in_time
        return self._late(day, facts.first_submitted_on)

    def _settle(self, key: tuple[object, ...], facts: Facts, as_of: date) -> _Path:
        if len(self._by_facts) >= self._limit:
            self._by_facts.clear()
            self._by_courses.clear()
            self._days = 0
        courses = courses_of(facts, self.packs, as_of)
        path = self._by_facts[key] = self._by_courses.setdefault(courses, _Path(courses))
        return path

    def _judge(self, path: _Path, on: object, facts: Facts) -> _Day:
        if self._days >= self._limit:
            self._forget_days(self._by_courses.values())
        day = path.days[on] = _Day(outlines_of(path.courses, facts, self.packs))
        self._days += 1
        return day

    def _forget_days(self, paths: Iterable[_Path]) -> None:
        for path in paths:
            path.days.clear()
        self._days = 0

    def _late(self, day: _Day, first_submitted_on: date) -> Ruling:
        outlines = day.in_time.outlines
        late = arrived_overdue(outlines, first_submitted_on, self.packs)
        if True not in late:
            return day.in_time
        found = day.late.get(late)
        if found is None:
            found = day.late[late] = Ruling(refused(outlines, late, self.packs))
        return found

    def _key(self, facts: Facts, as_of: date) -> tuple[object, ...]:
        """All that a condition can see, with the dates reduced to their era and the fine to its tier."""
        decided_on, valid_until, fine = facts.decided_on, facts.valid_until, facts.fine
        eras, regions = self._eras, self._regions
        era, today, region = eras.get(decided_on), eras.get(as_of), facts.authority_region
        return (
            facts.kind,
            self._era(decided_on) if era is None else era,
            self._era(as_of) if today is None else today,
            facts.subject_kind,
            regions[region] if region in regions else self._region(region),
            facts.penalty_types,
            None if fine is None else self._tier(facts, fine),
            facts.procedure,
            facts.accident_related,
            facts.list_conditions,
            facts.serious_by_law,
            None if valid_until is None else valid_until < decided_on,
            facts.licence_valid,
            facts.subject_under_18,
            facts.secret,
            facts.milder_confirmed,
        )

    def _era(self, day: date) -> int:
        if len(self._eras) >= self._limit:
            self._eras.clear()
        era = self._eras[day] = self.packs.era(day)
        return era

    def _region(self, authority_region: str) -> str | None:
        if len(self._regions) >= self._limit:
            self._regions.clear()
        region = self._regions[authority_region] = self.packs.region_of(authority_region)
        return region

    def _tier(self, facts: Facts, fine: Decimal) -> int:
        """How many tiers the fine reaches; -1 for one that is no amount."""
        return bisect_right(self._tiers, fine) if has_usable_fine(facts) else -1
